"""Who wants to go where, as somebody's list has it: which columns name the person, which the sessions.

A line is one person with one session or with several in one cell, as registration systems and forms write them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.roster_sheet import Book
from kiosk.domain.roster_values import clean, fold
from kiosk.errors import BadInput
from kiosk.i18n import _

_HEADER_WITHIN = 12
"""Records from the top among which the header is looked for."""

_PERSON: Mapping[str, str] = {
    name: kind
    for kind, names in {
        "code": "badge no|badge number|badge|badge id|number|attendee no|attendee number|attendee|ticket code|ticket"
        "|barcode|barcode number|qr|secret|confirmation number|registration code|attendee code|order code",
        "id": "attendee id|person id",
        "email": "e mail|email|email address|e mail address|mail|attendee email|username",
        "first": "first name|first|given name",
        "last": "last name|last|surname|family name",
        "name": "name|full name|attendee name",
    }.items()
    for name in names.split("|")
}
_SESSION = re.compile(
    r"^(?:session|course|workshop|talk|class)s?(?: (?:code|id|title|name)s?)?$|^agenda items?$|^enrolled in$"
    r"|\b(?:which|choose|select)\b.*\b(?:courses?|sessions?|workshops?)\b|^(?:session|course) \d+$"
)
_KEYS = frozenset({"code", "id", "email"})


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """One line: who, and the cells that name sessions."""

    row: int
    person: Mapping[str, str]
    """Texts by kind: code, id, email, first, last, name."""
    sessions: tuple[str, ...]


def read_lines(book: Book) -> list[EnrolmentLine]:
    """Every line of the first sheet that names people and sessions. Raises BadInput where none does."""
    for sheet in book.sheets:
        found = None if sheet.hidden else _header(sheet.rows)
        if found is not None:
            header, people, sessions = found
            return [
                _line(number, row, people, sessions)
                for number, row in enumerate(sheet.rows[header + 1 :], header + 2)
                if any(cell.strip() for cell in row)
            ]
    raise BadInput(
        _(
            "“{name}” does not say who goes where. It needs a column for the person (badge_no, email, attendee_id or "
            "a ticket code) and one for the session (session_code)."
        ).format(name=book.name)
    )


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[int, str], list[int]] | None:
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        names = [fold(cell) for cell in row]
        sessions = [index for index, name in enumerate(names) if _SESSION.search(name)]
        people: dict[int, str] = {}
        for index, name in enumerate(names):
            kind = _PERSON.get(name) or ("name" if name.startswith("full name") else None)
            if kind and index not in sessions and kind not in people.values():
                people[index] = kind
        if not sessions and "code" in names and people:
            sessions = [names.index("code")]
        if sessions and _KEYS & set(people.values()):
            return number, people, sessions
    return None


def _line(number: int, row: Sequence[str], people: Mapping[int, str], sessions: Sequence[int]) -> EnrolmentLine:
    cells = {index: row[index] if index < len(row) else "" for index in (*people, *sessions)}
    person = {kind: clean(cells[index]).text for index, kind in people.items()}
    return EnrolmentLine(number, person, tuple(cells[index] for index in sessions if cells[index].strip()))


_BREAKS = re.compile(r"\s*[;\n|]\s*")


def split_cell(cell: str, known: Mapping[str, object]) -> list[str]:
    """The sessions one cell names; `known` holds every code and title, folded.

    Titles may hold commas themselves, so a piece with commas is taken apart at those after which something known
    begins and before which something known ends: always the longest that is known.
    """
    found: list[str] = []
    for piece in _BREAKS.split(cell.strip()):
        if piece:
            found += [clean(piece).text] if fold(piece) in known else _at_commas(piece, known)
    return found


def _at_commas(piece: str, known: Mapping[str, object]) -> list[str]:
    parts = [part.strip() for part in piece.split(",")]
    found, at, unknown = [], 0, ""
    while at < len(parts):
        end = next((end for end in range(len(parts), at, -1) if fold(", ".join(parts[at:end])) in known), None)
        if end is None:
            unknown = ", ".join(filter(None, (unknown, parts[at])))
            at += 1
            continue
        found += [unknown] if unknown else []
        found.append(", ".join(parts[at:end]))
        at, unknown = end, ""
    return found + ([unknown] if unknown else [])
