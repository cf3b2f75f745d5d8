"""People to try a layout on: whoever fits the worst."""

from __future__ import annotations

from typing import Any

from kiosk.domain.badge import Badge, badge_of
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.i18n import _

TRIAL_CODE = TicketCode("0123456789ABCDEF")
"""As long as a code of ours, and nobody's."""

_LONGEST = "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaferswessenschafe"
"""The longest surname we know of: 87 letters."""


def samples(conference: str) -> list[tuple[str, Badge]]:
    """Each with the word for its button."""
    police: dict[str, Any] = {
        "agency": "Gainesville Police Department",
        "agency_type": _("Local"),
        "registration_type": _("Attendee"),
    }
    long: dict[str, Any] = {
        "agency": "University of the Lower Coast, School of Criminology and Criminal Justice Research",
        "agency_type": _("Campus"),
        "registration_type": _("Speaker"),
        "title": "Assistant Chief of Staff",
    }
    people = (
        (_("Usual"), Attendee(_ID, "Mary-Kate", "O’Sullivan", title="Sgt.", pronoun="she/her", sworn=True, **police)),
        (_("Longest name"), Attendee(_ID, "Hubert", _LONGEST, sworn=False, **long)),
        (_("Arabic"), Attendee(_ID, "محمد", "العبدالله", agency="شرطة دبي", agency_type=_("Federal"), sworn=True)),
        (_("Emoji"), Attendee(_ID, "Zoë 🚓", "Müller-Lüdenscheidt", sworn=False, **police)),
        (_("One name"), Attendee(_ID, "", "Cher", **police)),
        (_("Short"), Attendee(_ID, "Jo", "Li", agency="NYPD", registration_type=_("Staff"))),
    )
    return [(words, badge_of(person, TRIAL_CODE, conference)) for words, person in people]


_ID = AttendeeId("0" * 26)
