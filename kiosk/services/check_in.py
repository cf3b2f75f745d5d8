"""One scan: read the code, take the lock, read the facts, decide, record, answer.

Nothing is answered before it is on the disk. When the disk refuses, the answer is NOT SAVED and nobody is let go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from kiosk.domain.admission import DESK, Facts, decide, welcome
from kiosk.domain.claims import NOT_ASKED, Claim
from kiosk.domain.codes import Reading, read
from kiosk.domain.journal import Kind
from kiosk.domain.people import Attendee, Ticket, TicketCode
from kiosk.domain.programme import ClaimPolicy
from kiosk.domain.typed import one_line
from kiosk.domain.verdicts import Reason, RecordId, Verdict
from kiosk.errors import BadInput, StorageError
from kiosk.i18n import _
from kiosk.services.answering import digest_of, holder, saved, somebody, take_back
from kiosk.services.claims import Claims, forbids
from kiosk.services.station import Moment, Station
from kiosk.storage import passages, roster, unread_view
from kiosk.storage.database import DriverError
from kiosk.storage.journal import Journal
from kiosk.storage.store import Store

OnFirstAdmission = Callable[[Journal, Verdict], None]
"""Called inside the transaction that lets somebody in here for the first time: where a badge print is asked for."""


class CheckIn:
    """Check-in at the desk."""

    def __init__(self, store: Store, station: Station, on_first_admission: OnFirstAdmission | None = None) -> None:
        self._store = store
        self._station = station
        self._on_first_admission = on_first_admission
        self.claims: Claims | None = None
        """Where there is a hub: asked before anybody is let in."""

    def present(self, text: str, place: str = DESK, at: datetime | None = None) -> Verdict | None:
        """Answer what a scanner delivered. None when there was nothing in it: a press of the trigger, no code.

        `at` is when it was scanned, where that is not now.
        """
        reading = read(text, self._station.conference.code_rules)
        if reading.empty:
            return None
        when = self._station.moment(at)
        claimed = self._claimed(lambda: self._facts(reading, place), when.now)
        return saved(self._store, lambda: self._present(reading, place, when, claimed), reading, place, when.now)

    def admit(self, attendee_id: str, place: str = DESK, how: str = "search", at: datetime | None = None) -> Verdict:
        """Answer for somebody picked from the search, as if a code of theirs had been scanned."""
        when = self._station.moment(at)
        claimed = self._claimed(lambda: self._facts_of_somebody(attendee_id, place, how), when.now)
        return saved(self._store, lambda: self._admit(attendee_id, place, how, when, claimed), None, place, when.now)

    def override(self, attendee_id: str, why: str, by: str, place: str = DESK, at: datetime | None = None) -> Verdict:
        """Let somebody in in spite of a refusal. Raises BadInput unless both the reason and the person deciding are
        given.
        """
        why, by = one_line(why, 200), one_line(by, 80)
        if not why or not by:
            raise BadInput(_("Say who lets this person in, and why."))
        when = self._station.moment(at)
        return saved(self._store, lambda: self._override(attendee_id, why, by, place, when), None, place, when.now)

    def undo(self, record: RecordId, by: str | None = None, at: datetime | None = None) -> None:
        """Take an admission back: a new record, never a deletion. Undoing twice is harmless.

        Raises BadInput when the record is no admission, NotSaved when the disk refuses.
        """
        when = self._station.moment(at)
        with self._store.write() as journal:
            take_back(self._store, self._station, journal, record, when, by)

    def _claimed(self, look: Callable[[], Facts], now: datetime) -> Claim:
        """Whether somebody else is letting this person in at this moment, asked where this desk would, and without
        the lock: nobody waits for a network.
        """
        if self.claims is None or self._station.conference.claim is ClaimPolicy.ALONE:
            return NOT_ASKED
        try:
            with self._store.reading():
                facts = look()
        except (StorageError, DriverError):
            return NOT_ASKED  # whoever decides will meet it, and say so
        verdict = decide(facts, now)
        if facts.attendee is None or not verdict.admitted or verdict.repeat:
            return NOT_ASKED
        return self.claims.ask(facts.attendee.id, facts.place)

    def _with(self, facts: Facts, claimed: Claim) -> Facts:
        """The facts with what the hub said, where this desk has not heard better."""
        silent = forbids(claimed, self._station.conference.claim)
        return replace(facts, admitted=facts.admitted or claimed.first, hub_silent=silent)

    def _present(self, reading: Reading, place: str, when: Moment, claimed: Claim) -> Verdict:
        with self._store.write() as journal:
            facts = self._with(self._facts(reading, place), claimed)
            verdict = decide(facts, when.now)
            if verdict.repeat:
                return verdict
            subject = facts.attendee.id if facts.attendee else "?" + digest_of(self._station, reading)
            code = self._code_of(facts, reading)
            return self._remember(journal, facts, verdict, when, subject, code, "code", claimed)

    def _admit(self, attendee_id: str, place: str, how: str, when: Moment, claimed: Claim) -> Verdict:
        with self._store.write() as journal:
            facts = self._with(self._facts_of_somebody(attendee_id, place, how), claimed)
            verdict = decide(facts, when.now)
            if verdict.repeat:
                return verdict
            return self._remember(journal, facts, verdict, when, attendee_id, how, how, claimed)

    def _override(self, attendee_id: str, why: str, by: str, place: str, when: Moment) -> Verdict:
        with self._store.write() as journal:
            facts = self._facts_of(somebody(self._store.view.connection, attendee_id), None, place, "override")
            verdict = welcome(facts, when.now)
            # Somebody who is in already is let in once more: it is kept as such, and whoever counts sees two for one
            # place.
            verdict = replace(verdict, reason=Reason.OVERRIDE, more=_without_ok(verdict))
            return self._remember(journal, facts, verdict, when, attendee_id, "override", "override", why=why, by=by)

    def _facts(self, reading: Reading, place: str) -> Facts:
        view = self._store.view.connection
        found = holder(view, reading)
        if found is not None:
            attendee, ticket = found
            return self._facts_of(attendee, ticket, place, self._station.code_digest(ticket.code))
        digest = digest_of(self._station, reading)
        return Facts(
            place=place,
            code=TicketCode(reading.excerpt),
            last=passages.last_presented(view, "?" + digest, digest, place, self._store.journal.log),
            wrong_conference=reading.wrong_conference,
            looks_like=reading.looks_like,
            newer_at=unread_view.newer_about(view, "", reading.candidates),
        )

    def _facts_of_somebody(self, attendee_id: str, place: str, how: str) -> Facts:
        return self._facts_of(somebody(self._store.view.connection, attendee_id), None, place, how)

    def _facts_of(self, attendee: Attendee, ticket: Ticket | None, place: str, code: str) -> Facts:
        view = self._store.view.connection
        return Facts(
            place=place,
            code=ticket.code if ticket else None,
            attendee=attendee,
            ticket=ticket,
            admitted=roster.admission_of(view, attendee.id, place),
            last=passages.last_presented(view, attendee.id, code, place, self._store.journal.log),
            newer_at=unread_view.newer_about(view, attendee.id),
        )

    def _code_of(self, facts: Facts, reading: Reading) -> str:
        return self._station.code_digest(facts.ticket.code) if facts.ticket else digest_of(self._station, reading)

    def _remember(
        self,
        journal: Journal,
        facts: Facts,
        verdict: Verdict,
        when: Moment,
        subject: str,
        code: str,
        how: str,
        claimed: Claim = NOT_ASKED,
        *,
        why: str | None = None,
        by: str | None = None,
    ) -> Verdict:
        """Append the answer; with a first admission, also what follows from it, in the same transaction."""
        body: dict[str, str | bool] = {
            "subject": subject,
            "code": code,
            "how": how,
            "outcome": verdict.outcome.value,
            "reason": verdict.reason.value,
        }
        values = []
        if why is not None:
            body["override"] = True
            values.append(why.encode())
        kind = Kind.ADMIT if verdict.admitted else Kind.DENY
        actor = self._station.actor(journal, by)
        record = journal.append(
            kind, body, at=when.recorded, actor=actor, place=facts.place, values=values, said=when.said,
            basis=claimed.basis,
        )  # fmt: skip
        verdict = replace(verdict, record=record.id)
        if verdict.admitted and self._on_first_admission is not None:
            self._on_first_admission(journal, verdict)
        return verdict


def _without_ok(verdict: Verdict) -> tuple[Reason, ...]:
    things = (verdict.reason, *verdict.more)
    return tuple(thing for thing in things if thing is not Reason.OK)
