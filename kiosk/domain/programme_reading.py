"""What an item of somebody's programme means: a session of ours, or why it is none.

What a file does not say stays open: a new session gets our defaults (`programme_defaults.py`), a known one keeps what
it has.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo

from kiosk.domain.programme import ProgrammeSession, SessionId
from kiosk.domain.programme_defaults import COURSE, audience_of, code_from, credit_of, door_of, kind_of
from kiosk.domain.programme_faults import Effect, Fault, Finding, effect_of
from kiosk.domain.programme_json import WHEN
from kiosk.domain.programme_source import SourceItem, SourceProgramme
from kiosk.domain.programme_times import read_minutes, read_time
from kiosk.domain.programme_words import span_words
from kiosk.domain.roster_values import clean, fold

LONGEST_TEXT = 300
LONGEST_CODE = 40
LONGEST_ID = 64
LONGEST_SESSION = timedelta(days=14)
MOST_SEATS = 1_000_000
OPENS_AT_MOST_MIN = 24 * 60

_YES = frozenset("1 true yes y x cancelled canceled".split())
_UUID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@[^#]*)?", re.IGNORECASE)
_TEXTS = ("code", "title", "kind", "track", "room", "audience")


@dataclass(slots=True)
class Draft:
    """One item on its way to becoming a session."""

    place: str
    title: str = ""
    session: ProgrammeSession | None = None
    """As a new session would be; None where it cannot be one."""
    given: set[str] = field(default_factory=set)
    """The registers the file speaks of."""
    findings: list[Finding] = field(default_factory=list)

    def note(self, kind: Fault, value: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, self.place, self.title, value))

    @property
    def effect(self) -> Effect:
        """What follows from all that was found."""
        effects = {effect_of(finding.kind) for finding in self.findings}
        return next((effect for effect in (Effect.SKIP, Effect.DECIDE) if effect in effects), Effect.WARN)


def read_items(source: SourceProgramme, zone: tzinfo) -> list[Draft]:
    """Every item of a file, weighed against the others; `zone` is that of times that name none."""
    drafts = [_read_item(item, zone) for item in source.items]
    sound = [draft for draft in drafts if draft.session is not None]
    _part_shared_ids(sound)
    _find_shared_codes(sound)
    _number_slots(sound)
    return drafts


def _read_item(item: SourceItem, zone: tzinfo) -> Draft:
    draft = Draft(item.place)
    texts = {name: _text(draft, name, item.values) for name in _TEXTS}
    draft.title = texts["title"]
    if not any(value.strip() for value in item.values.values()):
        draft.note(Fault.BLANK)
        return draft
    when = _when(draft, item.values, zone)
    if not draft.title:
        draft.note(Fault.NO_TITLE)
    if draft.effect is not Effect.WARN or when is None:
        return draft
    start, end = when
    kind = kind_of(texts["kind"], texts["track"])
    session = ProgrammeSession(
        SessionId(""), texts["code"], draft.title, texts["room"], start, end, kind, texts["track"], door=door_of(kind)
    )
    draft.given |= {WHEN, *(name for name in ("code", "title", "room", "kind", "track") if texts[name])}
    draft.session = _with_the_rest(draft, session, item, texts["audience"])
    if not texts["room"]:
        draft.note(Fault.NO_ROOM)
    return draft


def _with_the_rest(draft: Draft, session: ProgrammeSession, item: SourceItem, audience: str) -> ProgrammeSession:
    values = item.values
    if audience:
        draft.given.add("audience")
        session = replace(session, audience=audience_of(audience))
    capacity = _number(draft, values, "capacity", MOST_SEATS)
    if capacity is not None:
        session = replace(session, capacity=capacity)
    slot = _number(draft, values, "course_slot", 99)
    if slot is not None:
        session = replace(session, course_slot=slot)
    opens = _number(draft, values, "opens_before_min", OPENS_AT_MOST_MIN)
    if opens is not None:
        session = replace(session, opens_before_min=opens)
    if values.get("clock_hours", "").strip():
        credit = credit_of(values["clock_hours"])
        if credit is None:
            draft.note(Fault.BAD_NUMBER, values["clock_hours"])
        else:
            draft.given.add("credit")
            session = replace(session, credit=credit)
    if item.speakers:
        draft.given.add("speakers")
        session = replace(session, speakers=tuple(clean(name).text[:LONGEST_TEXT] for name in item.speakers))
    if "cancelled" in values:
        draft.given.add("cancelled")
        session = replace(session, cancelled=values["cancelled"].strip().casefold() in _YES)
        if session.cancelled:
            draft.note(Fault.CANCELLED)
    return replace(session, id=_session_id(values.get("guid", ""), session))


def _text(draft: Draft, name: str, values: Mapping[str, str]) -> str:
    text = clean(values.get(name, "")).text
    longest = LONGEST_CODE if name == "code" else LONGEST_TEXT
    if len(text) > longest:
        draft.note(Fault.TEXT_CUT, name)
        text = text[:longest].rstrip()
    return text


def _number(draft: Draft, values: Mapping[str, str], name: str, most: int) -> int | None:
    """A whole number the file gives, if it does; `200.0` is one to a spreadsheet."""
    text = values.get(name, "").strip()
    if not text:
        return None
    whole = re.fullmatch(r"(\d{1,7})(?:\.0+)?", text)
    if whole is None or int(whole[1]) > most:
        draft.note(Fault.BAD_NUMBER, text)
        return None
    draft.given.add(name)
    return int(whole[1])


# Times


def _when(draft: Draft, values: Mapping[str, str], zone: tzinfo) -> tuple[datetime, datetime] | None:
    start = _time(draft, values.get("start", ""), Fault.NO_START, zone)
    if start is None:
        return None
    length = read_minutes(values.get("duration", ""))
    if values.get("end", "").strip() or length is None:
        end = _time(draft, values.get("end", ""), Fault.NO_END, zone)
    else:
        end = start + timedelta(minutes=length)
    if end is None:
        return None
    if end <= start:
        draft.note(Fault.BACKWARDS, span_words(start, end, zone))
    elif end - start > LONGEST_SESSION:
        draft.note(Fault.TOO_LONG, span_words(start, end, zone))
    return start, end


def _time(draft: Draft, text: str, missing: Fault, zone: tzinfo) -> datetime | None:
    if not text.strip():
        draft.note(missing)
        return None
    found = read_time(text, zone)
    for fault in found.faults:
        if not any(finding.kind is fault for finding in draft.findings):
            draft.note(fault, text)
    return found.at


# Names


def _session_id(guid: str, session: ProgrammeSession) -> SessionId:
    """The source's own identifier where it has one, else made from the code, else from title and start."""
    guid = guid.strip()
    if found := _UUID.fullmatch(guid):
        return SessionId(found[1].lower())  # `UUID@host`, as calendars write it, is the same session
    if guid:
        return SessionId(guid if len(guid) <= LONGEST_ID and guid.isprintable() else _digest(guid))
    if session.code:
        return SessionId("code:" + fold(session.code))
    return SessionId(_digest(f"{fold(session.title)} {session.start.isoformat()}"))


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _part_shared_ids(drafts: Sequence[Draft]) -> None:
    """One identifier for many events: each gets one of its own, made from its title and, failing that, its start."""
    groups: dict[str, list[Draft]] = {}
    for draft in drafts:
        groups.setdefault(_id(draft), []).append(draft)
    for shared in (group for group in groups.values() if len(group) > 1):
        titles = [fold(draft.title) for draft in shared]
        for draft in shared:
            assert draft.session is not None
            part = fold(draft.title)
            if titles.count(part) > 1:
                part = f"{part} {draft.session.start.isoformat()}"
            draft.session = replace(draft.session, id=SessionId(_digest(f"{_id(draft)} {part}")))
            draft.note(Fault.SAME_UID, draft.title)
    met: set[str] = set()
    for draft in drafts:
        if _id(draft) in met:
            draft.note(Fault.TWICE)
        met.add(_id(draft))


def _id(draft: Draft) -> str:
    assert draft.session is not None
    return draft.session.id


def _find_shared_codes(drafts: Sequence[Draft]) -> None:
    met: set[str] = set()
    for draft in drafts:
        assert draft.session is not None
        code = fold(draft.session.code)
        if code and code in met and not any(finding.kind is Fault.TWICE for finding in draft.findings):
            draft.note(Fault.CODE_TWICE, draft.session.code)
        met.add(code)


def _number_slots(drafts: Sequence[Draft]) -> None:
    """Which of the eight a course is, where the file does not say: those that start together are one choice."""
    courses = [draft for draft in drafts if draft.session and draft.session.kind == COURSE]
    if any("course_slot" in draft.given for draft in courses):
        return
    starts = sorted({draft.session.start for draft in courses if draft.session})
    for draft in courses:
        assert draft.session is not None
        draft.session = replace(draft.session, course_slot=starts.index(draft.session.start) + 1)


def make_codes(drafts: Iterable[Draft], taken: Iterable[str]) -> None:
    """Give sessions without a code one made from their titles, that no other has."""
    used = {fold(code) for code in taken}
    waiting = []
    for draft in drafts:
        if draft.session is not None and draft.session.code:
            used.add(fold(draft.session.code))
        elif draft.session is not None:
            waiting.append(draft)
    for draft in waiting:
        assert draft.session is not None
        stem, number = code_from(draft.title), 1
        code = stem
        while fold(code) in used:
            number += 1
            code = f"{stem}{number}"
        used.add(fold(code))
        draft.session = replace(draft.session, code=code)
        draft.note(Fault.CODE_MADE, code)
