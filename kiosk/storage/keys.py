"""The key to a station's data: in the operating system's keyring, or under a passphrase. Never in the clear.

`key.json` beside the databases says which. With a passphrase it holds the data key wrapped by AES-256-GCM under a key
that argon2id makes of the passphrase (RFC 9106, second recommended choice: 64 MiB, three passes). With a keyring it
holds only the name under which the keyring knows the key.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kiosk.config import KEY_FILE
from kiosk.errors import KeyUnavailable
from kiosk.i18n import _
from kiosk.storage.database import KEY_BYTES

PASSPHRASE_VARIABLE = "KIOSK_PASSPHRASE"  # noqa: S105  (a name, not a secret)
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
        if any(folder.glob("*.db")):
            # A new key would fit nothing here, and the data would look damaged.
            words = _("{path} is missing, and without it the data beside it stays locked. Put it back from a copy.")
            raise KeyUnavailable(words.format(path=file))
        return _new_key(file, ask)
    try:
        content = json.loads(file.read_text("utf-8"))
        kind, name = content["kind"], content.get("name")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KeyUnavailable(
            _("{path} cannot be read. Without it the data stays locked; put it back from a copy.").format(path=file)
        ) from error
    if kind == "keyring":
        return _from_keyring(str(name))
    return _unwrap(content, _passphrase(ask, new=False))


def has_key(folder: Path) -> bool:
    """Whether this folder holds a station's data already."""
    return (folder / KEY_FILE).exists()


def destroy_key(folder: Path) -> None:
    """Destroy the key to this data, for ever: nobody can read it any more, not even with the passphrase."""
    file = folder / KEY_FILE
    with suppress(OSError, ValueError, KeyError, TypeError):
        content = json.loads(file.read_text("utf-8"))
        if content["kind"] == "keyring":
            _forget(str(content["name"]))
    with suppress(OSError), file.open("r+b") as stream:
        stream.write(secrets.token_bytes(file.stat().st_size))
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(OSError):
        file.unlink()


def is_under_passphrase(folder: Path) -> bool:
    """Whether a passphrase opens this data: asking for one makes sense."""
    try:
        return bool(json.loads((folder / KEY_FILE).read_text("utf-8"))["kind"] == "passphrase")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def needs_passphrase() -> bool:
    """Whether a new station has to be given a passphrase, because nothing here can keep its key."""
    return not os.environ.get(PASSPHRASE_VARIABLE) and _keyring() is None


def _new_key(file: Path, ask: AskPassphrase) -> bytes:
    key = secrets.token_bytes(KEY_BYTES)
    if not os.environ.get(PASSPHRASE_VARIABLE) and _keyring() is not None:
        content: dict[str, Any] = {"kind": "keyring", "name": secrets.token_hex(16)}
        _to_keyring(content["name"], key)
    else:
        passphrase = _passphrase(ask, new=True)
        if len(passphrase) < MIN_PASSPHRASE:
            words = _("The passphrase is too short: take at least {n} characters.")
            raise KeyUnavailable(words.format(n=MIN_PASSPHRASE))
        content = _wrap(key, passphrase)
    try:
        _write_whole(file, json.dumps(content).encode())
    except FileExistsError:
        # The program was started twice at once, and the other one was faster: its key is the key.
        return data_key(file.parent, ask)
    except OSError as error:
        words = _(
            "The folder {folder} cannot be written to: {detail}. Check its permissions and the space on the disk."
        )
        raise KeyUnavailable(words.format(folder=file.parent, detail=error.strerror or error)) from error
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
    import keyring  # (slow to import, and not needed with a passphrase)
    from keyring.backends import chainer, fail, null

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring) or "plaintext" in type(backend).__module__.lower():
        return None
    if isinstance(backend, chainer.ChainerBackend) and not backend.backends:
        return None
    return backend


def _to_keyring(name: str, key: bytes) -> None:
    from keyring.errors import KeyringError

    words = _(
        "The keyring of this computer does not keep the key. Unlock it, or set KIOSK_PASSPHRASE, and start again."
    )
    try:
        _keyring().set_password(_SERVICE, name, key.hex())
        kept = _keyring().get_password(_SERVICE, name)
    except (KeyringError, OSError, RuntimeError) as error:
        raise KeyUnavailable(words) from error
    if kept != key.hex():
        raise KeyUnavailable(words)


def _from_keyring(name: str) -> bytes:
    from keyring.errors import KeyringError

    words = _(
        "The keyring of this computer does not give out the key to this data. "
        "Unlock it, or log in as the person who set it up."
    )
    try:
        backend = _keyring()
        stored = backend.get_password(_SERVICE, name) if backend is not None else None
        key = bytes.fromhex(stored or "")
    except (KeyringError, OSError, RuntimeError, ValueError) as error:
        raise KeyUnavailable(words) from error
    if len(key) != KEY_BYTES:
        raise KeyUnavailable(words)
    return key


def _forget(name: str) -> None:
    from keyring.errors import KeyringError

    with suppress(KeyringError, OSError, RuntimeError):
        backend = _keyring()
        if backend is not None:
            backend.delete_password(_SERVICE, name)


def _wrap(key: bytes, passphrase: str) -> dict[str, Any]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    wrapped = AESGCM(_stretch(passphrase, salt, _ARGON2)).encrypt(nonce, key, None)
    parts = {"salt": _text(salt), "nonce": _text(nonce), "wrapped": _text(wrapped)}
    return {"kind": "passphrase", "argon2id": _ARGON2, **parts}


def _unwrap(content: dict[str, Any], passphrase: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        salt, nonce, wrapped = (base64.b64decode(content[name]) for name in ("salt", "nonce", "wrapped"))
        return AESGCM(_stretch(passphrase, salt, content["argon2id"])).decrypt(nonce, wrapped, None)
    except InvalidTag as error:
        raise KeyUnavailable(_("This is not the passphrase of this data. Try again.")) from error
    except (KeyError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise KeyUnavailable(
            _("The key file is damaged. Without it the data stays locked; put it back from a copy.")
        ) from error


def _stretch(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    return Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=min(cost["time_cost"], 10),
        lanes=min(cost["parallelism"], 16),
        memory_cost=min(cost["memory_cost"], 1024 * 1024),
    ).derive(passphrase.encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _write_whole(file: Path, data: bytes) -> None:
    """Write so that the file is there wholly, on the disk, or not at all. Raises FileExistsError: it replaces none."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _put_in_place(part, file)
    finally:
        part.unlink(missing_ok=True)
    if os.name == "posix":
        handle = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _put_in_place(part: Path, file: Path) -> None:
    """Give the file its name unless there is one of that name."""
    if os.name == "nt":
        part.rename(file)  # refuses by itself to replace
        return
    try:
        os.link(part, file)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links, such as that of a USB stick.
        if file.exists():
            raise FileExistsError(file) from None
        part.rename(file)
