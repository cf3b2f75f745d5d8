"""What a badge says: plain texts, ready to be laid out. How it looks is a layout's business (`printing/`)."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields

from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.errors import BadInput
from kiosk.i18n import _

MAX_TEXT = 200
"""Characters of one field that are printed.

The longest real name we know of has 87; beyond this it is a mistake or an attack.
"""


@dataclass(frozen=True, slots=True)
class Badge:
    """One badge. Every text is plain, on one line, without control characters, and may be empty."""

    attendee_id: AttendeeId
    code: TicketCode
    """What its QR holds: the attendee's own code of this issue."""
    issue: int
    """1 for the first badge of a person; a reprint is a new issue with a new code."""
    big: str
    """The name to be read across a table: badge name, else first name, else the only name there is."""
    rest: str
    """What of the name stands smaller below it."""
    first: str
    last: str
    badge_name: str
    title: str
    pronoun: str
    agency: str
    agency_type: str
    type: str
    """Registration type: Attendee, Speaker, Staff…"""
    sworn: str
    """SWORN or NON-SWORN in the reader's language; empty where nobody asked."""
    number: str
    conference: str
    is_sworn: bool | None = None

    @property
    def name(self) -> str:
        """The whole name, for lists."""
        return f"{self.big} {self.rest}".strip()

    def text(self, field: str) -> str:
        """The text of one of `BADGE_FIELDS`."""
        return str(getattr(self, field))


BADGE_FIELDS: frozenset[str] = frozenset(field.name for field in fields(Badge)) - {"attendee_id", "issue", "is_sworn"}
"""The names a layout may use."""


def badge_of(attendee: Attendee, code: TicketCode, conference: str, issue: int = 1) -> Badge:
    """The badge of this person.

    Raises BadInput for a seat that has no person yet, and for a person without any name.
    """
    if attendee.placeholder:
        raise BadInput(_("This seat has no name yet. Ask for the name and enter it, then print the badge."))
    first, last, badge_name = plain(attendee.first), plain(attendee.last), plain(attendee.badge_name)
    big, rest = _name_lines(first, last, badge_name)
    if not big:
        raise BadInput(_("There is no name to print. Ask for the name and enter it, then print the badge."))
    return Badge(
        attendee_id=attendee.id,
        code=code,
        issue=issue,
        big=big,
        rest=rest,
        first=first,
        last=last,
        badge_name=badge_name,
        title=plain(attendee.title),
        pronoun=plain(attendee.pronoun),
        agency=plain(attendee.agency),
        agency_type=plain(attendee.agency_type),
        type=plain(attendee.registration_type),
        sworn=sworn_word(attendee.sworn),
        number=plain(attendee.number),
        conference=plain(conference),
        is_sworn=attendee.sworn,
    )


def sworn_word(sworn: bool | None) -> str:
    """How the badge says it; a word, because label printers have one colour."""
    if sworn is None:
        return ""
    return _("SWORN") if sworn else _("NON-SWORN")


def _name_lines(first: str, last: str, badge_name: str) -> tuple[str, str]:
    """The name in two sizes.

    A badge name that holds the surname ("Bill Smith", "Cher") is not followed by the surname again.
    """
    if not badge_name:
        return (first, last) if first else (last, "")
    given, family = badge_name[: -len(last)], badge_name[-len(last) :]
    if not last or family.casefold() != last.casefold():
        return badge_name, last
    if not given:
        return badge_name, ""
    return (given.rstrip(), family) if given.endswith(" ") else (badge_name, last)


def plain(text: str) -> str:
    """The text as one printable line.

    Composed (NFC), without controls, direction overrides or invisible spaces, at most `MAX_TEXT`.
    """
    composed = unicodedata.normalize("NFC", text[: MAX_TEXT * 4])
    kept = "".join(_visible(composed, place) for place in range(len(composed)))
    return " ".join(kept.split())[:MAX_TEXT].rstrip()


_JOINERS = "\u200c\u200d"
"""Zero-width joiners: they shape Persian and Indic names and emoji, and mean nothing between Latin letters."""


def _visible(text: str, place: int) -> str:
    character = text[place]
    if character in _JOINERS:
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        return character if before > "\u02ff" and after > "\u02ff" else ""
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f\x85":
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Co", "Cn") else character
