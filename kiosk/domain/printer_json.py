"""A printer's profile as JSON: kept among the station's settings, read strictly.

A profile decides where bytes go, so nothing is taken on trust: an unknown key, a wrong type or a number no printer has
is refused in words, whether it comes from a file or from a form.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any

from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput
from kiosk.i18n import _

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FIELDS = {field.name: str(field.type) for field in dataclasses.fields(PrinterProfile)}
_MEDIA_FIELDS = {field.name: str(field.type) for field in dataclasses.fields(Media)}
_MAX_TEXT = 300
_MAX_NAME = 40

_RANGES: dict[str, tuple[float, float]] = {
    "width_mm": (10, 500),
    "length_mm": (10, 1000),
    "dpi": (100, 1200),
    "head_dots": (64, 10_000),
    "offset_x_mm": (-30, 30),
    "offset_y_mm": (-30, 30),
    "darkness": (-30, 100),
    "speed": (1, 20),
    "order": (0, 99),
    "labels_per_roll": (1, 100_000),
}


def profile_as_json(profile: PrinterProfile) -> dict[str, Any]:
    """The profile as plain JSON values."""
    return dataclasses.asdict(profile)


def profile_of_json(value: object) -> PrinterProfile:
    """The profile in these JSON values. Raises BadInput that names what is wrong."""
    values = _typed(value, _FIELDS)
    try:
        if "media" in values:
            values["media"] = Media(**_typed(values["media"], _MEDIA_FIELDS))
        profile = PrinterProfile(**values)
    except TypeError as error:
        raise BadInput(
            _("A printer needs an id, a name, a language and a transport; its labels need a width.")
        ) from error
    return checked(profile)


def checked(profile: PrinterProfile) -> PrinterProfile:
    """The profile, with its name tidied. Raises BadInput for what no printer can be."""
    profile = dataclasses.replace(profile, name=" ".join(profile.name.split()))
    if not _ID.fullmatch(profile.id):
        raise BadInput(_("A printer's id is made of small letters, digits and hyphens."))
    if not 0 < len(profile.name) <= _MAX_NAME or not profile.name.isprintable():
        raise BadInput(_("Give the printer a name of at most {count} letters.").format(count=_MAX_NAME))
    if profile.rotate not in (0, 90, 180, 270):
        raise BadInput(_("A badge can be turned by 0, 90, 180 or 270 degrees."))
    numbers = {**dataclasses.asdict(profile), **dataclasses.asdict(profile.media)}
    for name, (least, most) in _RANGES.items():
        number = numbers[name]
        if number is not None and not least <= number <= most:
            words = _("{what} must lie between {least} and {most}.")
            raise BadInput(words.format(what=name, least=f"{least:g}", most=f"{most:g}"))
    return profile


def id_for(name: str, taken: frozenset[str]) -> str:
    """An id for a new printer of this name that no other has."""
    stem = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:30] or "printer"
    if stem not in taken:
        return stem
    return next(made for number in range(2, len(taken) + 3) if (made := f"{stem}-{number}") not in taken)


def _typed(value: object, fields: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInput(_("A printer is written as a JSON object."))
    for name, content in value.items():
        if name not in fields:
            raise BadInput(_("A printer has no setting called {name}.").format(name=repr(name)[:60]))
        if not _fits(content, fields[name]):
            raise BadInput(_("The printer's setting {name} has a value it cannot have.").format(name=repr(name)))
    return dict(value)


def _fits(value: object, kind: str) -> bool:
    """Whether a JSON value may stand in a field annotated so."""
    wanted, _bar, nothing = kind.partition(" | ")
    if value is None:
        return nothing == "None"
    if wanted == "str":
        return isinstance(value, str) and len(value) <= _MAX_TEXT
    if wanted == "bool":
        return isinstance(value, bool)
    if wanted == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == "float":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return wanted == "Media" and isinstance(value, dict)
