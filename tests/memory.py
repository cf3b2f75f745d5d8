"""A place for temporary files that is no disk: thousands of stations are made and thrown away, and none has to last."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ENOUGH_BYTES = 2 << 30


def folder() -> Path | None:
    """The place, where this system has one that is large enough."""
    try:
        return _MEMORY if shutil.disk_usage(_MEMORY).free >= _ENOUGH_BYTES else None
    except OSError:
        return None


def use() -> None:
    """Make everything temporary there from now on, in processes that are started as well."""
    if found := folder():
        os.environ["TMPDIR"] = tempfile.tempdir = str(found)
