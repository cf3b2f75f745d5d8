"""The key to a station's data: in the operating system's keyring, or under a passphrase. Never in the clear.

`key.json` beside the databases says which. With a passphrase it holds the data key wrapped by AES-256-GCM under a key that
argon2id makes of the passphrase (RFC 9106, second recommended choice: 64 MiB, three passes). With a keyring it holds only the
name under which the keyring knows the key.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kiosk.errors import KeyUnavailable
from kiosk.i18n import _
from kiosk.storage.database import KEY_BYTES

KEY_FILE = "key.json"
PASSPHRASE_VARIABLE = "KIOSK_PASSPHRASE"
MIN_PASSPHRASE = 8
_SERVICE = "kiosk-checkin"
_ARGON2 = {"time_cost": 3, "memory_cost": 64 * 1024, "parallelism": 4}

AskPassphrase = Callable[[bool], str | None]
"""Asks a person for the passphrase; the argument says whether it is a new one. None when nobody can be asked."""


def nobody_to_ask(new: bool) -> str | None:
    """For programs and tests: there is no one at the keyboard."""
    return None


def data_key(folder: Path, ask: AskPassphrase = nobody_to_ask) -> bytes:
    """The key to the data in this folder; made and put away safely on the first call.

    Raises KeyUnavailable, in words, where there is neither keyring nor passphrase, or the passphrase does not fit.
    """
    file = folder / KEY_FILE
    if not file.exists():
        return _new_key(file, ask)
    try:
        content = json.loads(file.read_text("utf-8"))
        kind = content["kind"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeyUnavailable(
            _("{path} cannot be read. Without it the data stays locked; put it back from a copy.").format(path=file)
        ) from error
    if kind == "keyring":
        return _from_keyring(content["name"])
    return _unwrap(content, _passphrase(ask, new=False))


def has_key(folder: Path) -> bool:
    """Whether this folder holds a station's data already."""
    return (folder / KEY_FILE).exists()


def _new_key(file: Path, ask: AskPassphrase) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    if not os.environ.get(PASSPHRASE_VARIABLE) and _keyring() is not None:
        content: dict[str, Any] = {"kind": "keyring", "name": secrets.token_hex(16)}
        _keyring().set_password(_SERVICE, content["name"], key.hex())
    else:
        passphrase = _passphrase(ask, new=True)
        if len(passphrase) < MIN_PASSPHRASE:
            raise KeyUnavailable(_("The passphrase is too short: take at least {n} characters.").format(n=MIN_PASSPHRASE))
        content = _wrap(key, passphrase)
    _write_whole(file, json.dumps(content).encode())
    return key


def _passphrase(ask: AskPassphrase, *, new: bool) -> str:
    given = os.environ.get(PASSPHRASE_VARIABLE) or ask(new)
    if not given:
        raise KeyUnavailable(
            _(
                "The data is encrypted and this computer has no keyring to hold its key. "
                "Set KIOSK_PASSPHRASE, or start the program where it can ask for the passphrase."
            )
        )
    return given


def _keyring() -> Any:
    """The system's keyring, or None where there is none worth the name."""
    import keyring  # noqa: PLC0415  (slow to import, and not needed with a passphrase)
    from keyring.backends import chainer, fail, null  # noqa: PLC0415

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring) or "plaintext" in type(backend).__module__.lower():
        return None
    if isinstance(backend, chainer.ChainerBackend) and not backend.backends:
        return None
    return backend


def _from_keyring(name: str) -> bytes:
    backend = _keyring()
    stored = backend.get_password(_SERVICE, name) if backend is not None else None
    if not stored:
        raise KeyUnavailable(
            _("The keyring of this computer does not give out the key to this data. Log in as the person who set it up.")
        )
    return bytes.fromhex(stored)


def _wrap(key: bytes, passphrase: str) -> dict[str, Any]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapped = AESGCM(_stretch(passphrase, salt, _ARGON2)).encrypt(nonce, key, None)
    return {"kind": "passphrase", "argon2id": _ARGON2, "salt": _text(salt), "nonce": _text(nonce), "wrapped": _text(wrapped)}


def _unwrap(content: dict[str, Any], passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    try:
        salt, nonce, wrapped = (base64.b64decode(content[name]) for name in ("salt", "nonce", "wrapped"))
        return AESGCM(_stretch(passphrase, salt, content["argon2id"])).decrypt(nonce, wrapped, None)
    except InvalidTag as error:
        raise KeyUnavailable(_("This is not the passphrase of this data. Try again.")) from error
    except (KeyError, TypeError, ValueError) as error:
        raise KeyUnavailable(
            _("The key file is damaged. Without it the data stays locked; put it back from a copy.")
        ) from error


def _stretch(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415

    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=min(cost["time_cost"], 10),
        memory_cost=min(cost["memory_cost"], 1024 * 1024),
        parallelism=min(cost["parallelism"], 16),
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _write_whole(file: Path, data: bytes) -> None:
    """Write so that the file is there entirely, on the disk, or not at all."""
    part = file.with_suffix(".part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    part.replace(file)
    if os.name == "posix":
        handle = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
