"""ESC/POS, for receipt printers and those that take labels in the same language.

python-escpos says the picture. It is imported when the first badge is printed and never seen again by anybody else:
at import it takes over the root logger, makes a new folder for temporary files, stumbles over anything else that is
called `cups`, and reads its table of printers for half a second, unless it finds a pickle of that table; a pickle is a
program, so it lies where only its owner writes.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from kiosk.config import APP
from kiosk.domain.printers import PrinterProfile
from kiosk.printing.bitmap import Page
from kiosk.printing.placing import centred, image_of

HEAD = 576
BAND_ROWS = 256
"""What every printer's buffer holds; longer bands are corrupted by some."""

FEED_AND_CUT = b"\x1dVB\x00"
NEXT_LABEL = b"\x1d\x0c"
FEED_FOR_TEARING = b"\x1bd\x04"
_PICKLES = "ESCPOS_CAPABILITIES_PICKLE_DIR"
_importing = threading.Lock()


def encode(page: Page, profile: PrinterProfile) -> bytes:
    """One badge. On a roll of labels it ends at the next label, on paper it is cut off or fed to the tear-off edge."""
    head = profile.head_dots or HEAD
    bitmap = page.bitmap if page.bitmap.width <= head else centred(page.bitmap, head, page.bitmap.height)
    printer = _collector(head)
    printer._raw(b"\x1b@")
    printer.image(image_of(bitmap), impl="bitImageRaster", fragment_height=BAND_ROWS)
    printer._raw(_ending(profile))
    data: bytes = printer.output
    return data


def _ending(profile: PrinterProfile) -> bytes:
    if profile.media.length_mm is not None:
        return NEXT_LABEL
    return FEED_AND_CUT if profile.cut else FEED_FOR_TEARING + b"\x0c"


def _collector(head: int) -> Any:
    """python-escpos's printer that only collects bytes, with a head of so many dots: it prints a notice where it does
    not know the width.
    """
    dummy, profile = _library()
    setup = profile()
    setup.profile_data = {**setup.profile_data, "media": {"width": {"mm": "Unknown", "pixels": head}}}
    return dummy(profile=setup)


@cache
def _library() -> tuple[Any, Any]:
    with _importing:
        handlers, level = list(logging.root.handlers), logging.root.level
        made, before = tempfile.mkdtemp, os.environ.get(_PICKLES)
        folder = str(_private_folder())
        tempfile.mkdtemp = lambda: folder  # type: ignore[assignment]  # asked once, whatever the environment says
        os.environ[_PICKLES] = folder
        cups = sys.modules.get("cups")
        sys.modules["cups"] = None  # type: ignore[assignment]  # as if there were none
        try:
            from escpos.capabilities import Profile
            from escpos.printer import Dummy
        finally:
            tempfile.mkdtemp = made
            del sys.modules["cups"]
            if cups is not None:
                sys.modules["cups"] = cups
            os.environ.pop(_PICKLES)
            if before is not None:
                os.environ[_PICKLES] = before
            logging.root.handlers[:], logging.root.level = handlers, level
    return Dummy, Profile


def _private_folder() -> Path:
    """A folder nobody else may write to: kept from one start to the next, or else a new one."""
    from platformdirs import user_cache_path

    try:
        folder = user_cache_path(APP, appauthor=False) / "escpos"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_ours(folder):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp())


def _is_ours(folder: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True  # on Windows it lies in the user's own profile
    status = folder.stat(follow_symlinks=False)
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return private and status.st_uid == os.getuid()
