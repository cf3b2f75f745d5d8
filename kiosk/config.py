"""Where things are and how large they may grow: read once at the start, checked once, passed down.

Everything a person may choose for a start is here: the data folder (`--data`, else `KIOSK_DATA`, else the platform's
own place for application data). Choices made inside the app live in the store, not here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kiosk.errors import BadInput
from kiosk.i18n import _

APP = "kiosk-checkin"
"""Our name in the platform's folders and in the keyring."""

KEY_FILE = "key.json"
"""In the data folder: says where its key is. Where there is none, this is a fresh machine."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one start of the program is told."""

    data: Path
    """The data folder, absolute; it may not exist yet."""
    log_file_bytes: int = 1_000_000
    """A log file this large is rotated away."""
    log_files: int = 5
    """So many rotated files are kept beside the current one."""

    def __post_init__(self) -> None:
        if not self.data.is_absolute():
            raise ValueError(f"the data folder must be absolute: {self.data}")
        if self.log_file_bytes <= 0 or self.log_files < 0:
            raise ValueError("log limits must be positive")


def load(data: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this start. Raises BadInput when the data folder's name belongs to a file."""
    environ = os.environ if environ is None else environ
    folder = data or _folder_from(environ) or _platform_folder()
    folder = folder.expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise BadInput(_("{path} is a file. Choose a folder for the data.").format(path=folder))
    return Settings(data=folder)


def _folder_from(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("KIOSK_DATA", "").strip()
    return Path(named) if named else None


def _platform_folder() -> Path:
    from platformdirs import user_data_path  # not needed when the folder is named

    # Local, not roaming: a database must not be copied about by Windows profiles.
    return user_data_path(APP, appauthor=False, roaming=False)


def assets() -> Path:
    """The folder of fonts, sounds, icons and the sample conference: packed, installed or in the source tree.

    Raises FileNotFoundError when the program was installed without it.
    """
    for folder in _asset_folders():
        if folder.is_dir():
            return folder
    raise FileNotFoundError("the assets folder is missing from this installation")


def asset(name: str) -> Path:
    """One file or folder of `assets/`, by its path with forward slashes. Raises FileNotFoundError, naming it."""
    path = assets().joinpath(*name.split("/"))
    if not path.exists():
        raise FileNotFoundError(f"no asset named {name!r} in {path.parent}")
    return path


def _asset_folders() -> list[Path]:
    package = Path(__file__).resolve().parent
    packed = getattr(sys, "_MEIPASS", None)  # PyInstaller's folder
    folders = [Path(packed) / "kiosk" / "_assets"] if packed else []
    return [*folders, package / "_assets", package.parent / "assets"]
