"""What a list says about somebody known, beside what is known: what is the same, what is added, what differs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.people import Attendee, Status
from kiosk.domain.roster import FieldValue
from kiosk.domain.roster_draft import Draft
from kiosk.domain.roster_known import KnownPerson
from kiosk.domain.roster_names import name_key
from kiosk.domain.roster_values import ORDINARY, fold


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that had a value and gets another."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Differences:
    """Values to write, values they replace, and which of them are changes rather than additions."""

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    was: Mapping[str, FieldValue] = field(default_factory=dict)
    changed: tuple[Difference, ...] = ()


def same_person(draft: Draft, attendee: Attendee) -> bool:
    """Whether name or address agree; for telling a shared number from two lists' numbering."""
    if draft.email and draft.email == attendee.email:
        return True
    return bool(draft.name_key) and draft.name_key == name_key(attendee.first, attendee.last)


def differences(draft: Draft, person: KnownPerson) -> Differences:
    """What the list adds or changes. An empty cell erases nothing, and a damaged one replaces nothing good.

    Another list's spelling (capitals, accents, grouping of a phone number) is no change; the same list's correction is.
    """
    exact = person.only_from(draft.system)
    fields: dict[str, FieldValue] = {}
    was: dict[str, FieldValue] = {}
    changed: list[Difference] = []
    for name, new in draft.values.items():
        old = getattr(person.attendee, name)
        if _stays(name, old, new, draft, person, exact):
            continue
        fields[name], was[name] = new, old
        if not _is_blank(old):
            changed.append(Difference(name, _words(old), _words(new)))
    if person.attendee.placeholder and not draft.values.get("placeholder") and draft.name_key:
        fields["placeholder"], was["placeholder"] = False, True
        changed.append(Difference("placeholder", _words(True), _words(False)))
    extras, extras_were = _extras(draft, person, exact, changed)
    if extras:
        fields["extras"], was["extras"] = extras, extras_were
    return Differences(fields, was, tuple(changed))


def _stays(name: str, old: FieldValue, new: FieldValue, draft: Draft, person: KnownPerson, exact: bool) -> bool:
    if new in ("", None) or new == old:
        return True
    if name == "placeholder" or (draft.values.get("placeholder") and name in ("first", "last")):
        return True  # somebody named the seat at the desk; the list still says "TBD"
    if name in person.imported and person.imported[name] == new:
        return True  # edited at the desk since; the list says nothing new
    if _is_blank(old):
        return False
    if not exact and (name in draft.damaged or ("full_name" in draft.damaged and name in ("first", "last"))):
        return True
    return not exact and (_reads_alike(name, str(old), str(new), person.attendee, draft) or _says_less(name, str(new)))


def _says_less(name: str, new: str) -> bool:
    """A speaker who also bought a conference pass is a speaker."""
    return name == "registration_type" and new == ORDINARY


def _reads_alike(name: str, old: str, new: str, attendee: Attendee, draft: Draft) -> bool:
    if name in ("first", "last") and draft.name_key == name_key(attendee.first, attendee.last):
        return True
    if name == "phone":
        return _digits(old) == _digits(new)
    return fold(old) == fold(new)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text).removeprefix("1")


def _extras(
    draft: Draft, person: KnownPerson, exact: bool, changed: list[Difference]
) -> tuple[dict[str, str], dict[str, str]]:
    extras, were = {}, {}
    known = person.attendee.extras
    for header, new in draft.extras.items():
        old = known.get(header, "")
        if (
            new == old
            or person.imported.get(f"extras.{header}") == new
            or (old and not exact and fold(old) == fold(new))
        ):
            continue
        extras[header] = new
        if old:
            were[header] = old
            changed.append(Difference(header, old, new))
    return extras, were


def new_status(draft: Draft, person: KnownPerson) -> Status | None:
    """The status to write, if any.

    A list gives a place to whoever waited for one, and takes away only a place nobody else gave.
    """
    old, new = person.attendee.status, draft.status
    if old is new or person.imported.get("status") == new.value:
        return None
    if person.only_from(draft.system):
        return new
    return new if draft.attests and draft.coming and new is Status.COMING else None


def _is_blank(value: FieldValue) -> bool:
    return value is None or value == "" or value is False


def _words(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value is not None else ""
