"""Certificates: what one says, the code on it, and whether today's records still say the same.

The code is a keyed digest over who, what and how many hours, so nobody can make one up and the same certificate always
has the same code. When it is made, a record says so, and keeps what it said beside it; that is what a code is looked
up in, here and wherever the record has been synced to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kiosk.domain.credit_words import hours_words
from kiosk.domain.own_codes import own_form
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.services.attendance import Attendance, PersonHours
from kiosk.services.station import Station
from kiosk.storage import attendance as stored
from kiosk.storage.attendance import StoredCertificate
from kiosk.storage.store import Store

BATCH = 200
"""Certificates to a transaction: scans get their turn between two."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate said."""

    code: str
    attendee_id: str
    name: str
    """Empty where the personal values were purged."""
    agency: str
    total: int
    """Hundredths of an hour."""
    courses: tuple[tuple[str, str, int], ...]
    """Session id, title and hundredths of an hour, each."""
    at: datetime
    by: str
    station: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate, and what the records say today."""

    certified: Certified
    differences: tuple[str, ...]
    """In words; none where today's records give the same."""


class Certificates:
    """Made and looked up on this station."""

    def __init__(self, store: Store, station: Station, attendance: Attendance) -> None:
        self._store = store
        self._station = station
        self._attendance = attendance

    def code_of(self, person: PersonHours) -> str:
        """The code a certificate of this person has, as things stand, in groups of four."""
        return in_groups(self._station.certificate_code(_what_it_says(person)))

    def issue(
        self, people: Sequence[PersonHours], by: str | None = None, tell: Callable[[int, int], object] | None = None
    ) -> list[str]:
        """Keep that certificates of these people are made; answers their codes. One that was made before and says
        the same is not written again.
        """
        codes = []
        for start in range(0, len(people), BATCH):
            part = people[start : start + BATCH]
            codes += self._issue(part, by)
            if tell is not None:
                tell(start + len(part), len(people))
        return codes

    def _issue(self, people: Iterable[PersonHours], by: str | None) -> list[str]:
        codes = []
        with self._store.write() as journal:
            actor = self._station.actor(journal, by)
            for person in people:
                words = _what_it_says(person)
                code = self._station.certificate_code(words)
                codes.append(in_groups(code))
                if not stored.certificates(self._store.view.connection, code):
                    stored.write_certificate(
                        journal,
                        person.attendee.id,
                        code,
                        person.result.total,
                        len(person.result.counting),
                        words,
                        at=self._station.clock(),
                        actor=actor,
                    )
        return codes

    def verify(self, text: str) -> Verified:
        """What was certified under a code, and whether the records still say so.

        Raises BadInput for what is no code, and for a code under which nothing was certified here.
        """
        code = own_form(text.strip())
        if code is None:
            raise BadInput(
                _("A certificate's code has 16 letters and figures, in groups of four: 7K2M-93QF-ZB0C-4D1T.")
            )
        with self._store.reading():
            found = stored.certificates(self._store.view.connection, code)
        if not found:
            words = _("No certificate with the code {code} is known on this computer. Sync, then try again.")
            raise BadInput(words.format(code=in_groups(code)))
        certified = _certified(found[0])
        return Verified(certified, tuple(self._differences(certified)))

    def _differences(self, certified: Certified) -> list[str]:
        try:
            today = self._attendance.of(certified.attendee_id)
        except BadInput:
            return [_("This person is no longer on the roster.")]
        found = []
        name = today.attendee.full_name
        if certified.name and certified.name != name:
            found.append(_("The name was {was}; the roster says {now}.").format(was=certified.name, now=name))
        if today.result.total != certified.total:
            hours = (hours_words(certified.total), hours_words(today.result.total))
            found.append(_("The total was {was} h; the records now give {now} h.").format(was=hours[0], now=hours[1]))
        worth = {str(line.session.id): line.credit for line in today.result.counting}
        for session_id, title, credit in certified.courses:
            if worth.pop(session_id, 0) != credit:
                words = _("“{title}” no longer counts {hours} h.")
                found.append(words.format(title=title, hours=hours_words(credit)))
        if certified.courses and worth:
            found.append(_("Courses count now that did not count then."))
        return found


def in_groups(code: str) -> str:
    """As it is printed: `7K2M-93QF-ZB0C-4D1T`."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def _what_it_says(person: PersonHours) -> bytes:
    """A certificate in canonical bytes: what the code is made over, and what is kept beside the record."""
    courses = [[line.session.id, line.session.title, line.credit] for line in person.result.counting]
    content: Mapping[str, Any] = {
        "who": person.attendee.id,
        "name": person.attendee.full_name,
        "agency": person.attendee.agency,
        "courses": courses,
        "total": person.result.total,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _certified(found: StoredCertificate) -> Certified:
    content = json.loads(found.paper) if found.paper else {}
    return Certified(
        found.code,
        found.subject,
        str(content.get("name", "")),
        str(content.get("agency", "")),
        found.total,
        tuple((str(name), str(title), int(credit)) for name, title, credit in content.get("courses", ())),
        found.at,
        found.by,
        found.station,
    )
