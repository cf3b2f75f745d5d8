"""Layouts from files: the ones we ship, and one somebody names in the shell."""

from __future__ import annotations

from pathlib import Path

from kiosk.config import asset
from kiosk.domain.layout import Layout
from kiosk.domain.layout_json import MAX_BYTES, read_layout
from kiosk.errors import BadInput
from kiosk.i18n import _

DEFAULT = "layouts/attendee-4x3.json"


def load_layout(path: Path | None = None) -> Layout:
    """The layout in this file, or the one we ship.

    Raises BadInput saying which entry is wrong and what is allowed there.
    """
    path = path or asset(DEFAULT)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(_("{path} is too large for a badge layout.").format(path=path))
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror)) from error
    try:
        return read_layout(data)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error}") from error
