"""Who and where we are: what every use case needs to sign what it writes."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kiosk.domain.codes import CodeRules, code_key
from kiosk.domain.ids import ID_BYTES, crockford, new_id
from kiosk.domain.journal import Kind, Role
from kiosk.domain.programme import ClaimPolicy
from kiosk.domain.programme_json import CONFERENCE_FIELDS, CONFERENCE_ID, ProgrammeChange, Subject
from kiosk.domain.trust import DeviceRole
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput, StorageError
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.storage import programme
from kiosk.storage.journal import Journal
from kiosk.storage.own_clock import running_ms, utc_now
from kiosk.storage.roster import staff_id
from kiosk.storage.store import STATION_NAME_SETTING, Store
from kiosk.storage.view import View

_CONFERENCE_SETTING = "conference"
_SECRET_SETTING = "code_secret"  # noqa: S105  (the name of a setting)
_OPERATOR_SETTING = "operator"
_ROOM_SETTING = "door_room"

_TELLS = (DeviceRole.ORGANIZER, DeviceRole.DESK)
"""Stations that may tell others what the conference is called."""

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Conference:
    """What a station knows of the conference it serves."""

    title: str = "Conference"
    short_name: str = ""
    """In the status strip: PLECET 2023."""
    zone: str = "America/New_York"
    """IANA name. Times are shown in it, whatever the laptop thinks."""
    code_prefix: str = ""
    year: int | None = None
    url_hosts: tuple[str, ...] = ()
    claim: ClaimPolicy = ClaimPolicy.ASK
    """Whether registration desks ask the hub before they let somebody in."""
    demo: bool = False

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone. Raises BadInput when this computer does not know it."""
        try:
            return ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            words = _("The time zone {zone} is not known. Use a name like America/New_York.")
            raise BadInput(words.format(zone=self.zone)) from error

    @property
    def code_rules(self) -> CodeRules:
        """What is this conference's own among codes."""
        return CodeRules.for_conference(self.code_prefix, self.year, self.url_hosts)


@dataclass(frozen=True, slots=True)
class Moment:
    """When something happens."""

    now: datetime
    """What time it is, as far as is known here: to decide and to show."""
    recorded: datetime
    """What this computer's clock says, or somebody said: for the record, which nobody changes later."""
    said: bool = False


def conference_of(stored: Mapping[str, Any]) -> Conference:
    """A conference as it was kept; what another version added is left out."""
    known = {name: stored[name] for name in stored if name in Conference.__dataclass_fields__}
    sound = {"url_hosts": tuple(known.get("url_hosts", ())), "claim": ClaimPolicy(known.get("claim", ""))}
    return Conference(**{**known, **sound})


class Station:
    """This station at work: its conference, its name, who sits at it. Use cases share one."""

    def __init__(self, store: Store, clock: Clock = utc_now, running: Callable[[], int] = running_ms) -> None:
        self.store = store
        self.clock = clock
        """What this computer's clock says: for records. To decide and to show, ask `now`."""
        own_time = clock is not utc_now and running is running_ms
        store.journal.follow(lambda: self.clock(), None if own_time else running)  # noqa: PLW0108  (it may be changed)
        self._own_conference = conference_of(store.setting(_CONFERENCE_SETTING, {}))
        self._conference = self._own_conference
        self._seen: tuple[View, int] | None = None
        """The view that the conference was last read from, and how often it had changed there by then."""
        self.name: str = store.setting(STATION_NAME_SETTING, _("Desk 1"))
        self.operator: str = store.setting(_OPERATOR_SETTING, "")
        self.room: str = store.setting(_ROOM_SETTING, "")
        """Whose door this station is; empty for a desk."""
        store.journal.role = Role.DOOR if self.room else Role.DESK
        self._staff: dict[str, str] = {}
        secret = store.setting(_SECRET_SETTING, "")
        if not secret:
            secret = secrets.token_hex(32)
            store.set_setting(_SECRET_SETTING, secret)
        self._secret = bytes.fromhex(secret)
        self._tell_journal()
        with suppress(StorageError):  # said at the next start, then; this one has its own all the same
            self.say_conference()

    def now(self) -> datetime:
        """What time it is: by this computer's clock, put right where it was compared with the hub's."""
        return self.store.journal.hub_time(self.clock())

    def moment(self, said: datetime | None = None) -> Moment:
        """This moment, or the one that somebody said."""
        if said is not None:
            return Moment(said, said, said=True)
        clock = self.clock()
        return Moment(self.store.journal.hub_time(clock), clock)

    @property
    def conference(self) -> Conference:
        """The conference as all stations have it; what was set here, until somebody told them."""
        view = self.store.view
        seen = (view, view.programme.conference_changes)
        if seen != self._seen:
            told = self.store.look(programme.conference)
            view = self.store.view  # another one, where this one was damaged
            self._seen, self._conference = (view, view.programme.conference_changes), self._own_conference
            if told is not None and not self._own_conference.demo:
                self._conference = self._known_here(Conference(**told[0]))
            self._tell_journal()
        return self._conference

    def _known_here(self, told: Conference) -> Conference:
        """What was told, but for a time zone that this computer does not know: the one from before stays."""
        try:
            told.zone_info  # noqa: B018
        except BadInput:
            return replace(told, zone=self._own_conference.zone)
        return told

    def must_organize(self) -> None:
        """Raises BadInput at a door or a kiosk of a hub: what it writes of the conference, its programme or its roster
        the hub does not take, and the log would be held up there.
        """
        link = HubLink.read(self.store)
        if link is not None and link.role not in _TELLS:
            raise BadInput(_("This is a door or a kiosk: that is changed at a desk or at the organizer's station."))

    def set_conference(self, conference: Conference) -> None:
        """Serve this conference from now on; at a hub, tell all other stations. Raises BadInput for an unknown zone."""
        conference.zone_info  # noqa: B018  (refused here, in words, rather than at the next scan)
        self.store.set_setting(_CONFERENCE_SETTING, asdict(conference))
        self._own_conference, self._seen = conference, None
        link = HubLink.read(self.store)
        told = self._told()
        if not conference.demo and (told is not None or (link is not None and link.role in _TELLS)):
            self._write_conference(conference, told)
        self._tell_journal()

    def assume(self, conference: Conference) -> None:
        """Serve this conference for as long as no record tells of one; it is not kept."""
        self._own_conference, self._seen = conference, None

    def say_conference(self) -> None:
        """Tell all stations what was set here, if this one is the organizer's and nobody has told them yet."""
        own, link = self._own_conference, HubLink.read(self.store)
        is_organizers = link is not None and link.role is DeviceRole.ORGANIZER
        if is_organizers and not own.demo and own != Conference() and self._told() is None:
            self._write_conference(own, None)

    def _told(self) -> tuple[dict[str, Any], frozenset[str]] | None:
        return self.store.look(programme.conference)

    def _write_conference(self, wanted: Conference, told: tuple[dict[str, Any], frozenset[str]] | None) -> None:
        """Write down what is new in it, and whatever others disagree about: that settles it."""
        known, disputed = (Conference(**told[0]), told[1]) if told is not None else (Conference(), frozenset())
        fields = {
            name: value
            for name, value in asdict(wanted).items()
            if name in CONFERENCE_FIELDS and (name in disputed or value != getattr(known, name))
        }
        if fields:
            change = ProgrammeChange(Subject.CONFERENCE, CONFERENCE_ID, fields, new=told is None)
            with self.store.write() as journal:
                actor, view = self.actor(journal), self.store.view.connection
                programme.write_changes(
                    journal, view, [change], at=self.clock(), actor=actor, role=Role.ORGANIZER
                )  # fmt: skip

    def set_operator(self, name: str) -> None:
        """Say who sits here now; empty for nobody in particular."""
        self.operator = one_line(name, 80)
        self.store.set_setting(_OPERATOR_SETTING, self.operator)

    def set_room(self, room: str) -> None:
        """Be the door of this room from now on; empty to be a desk."""
        self.room = one_line(room, 300)
        self.store.set_setting(_ROOM_SETTING, self.room)
        self.store.journal.role = Role.DOOR if self.room else Role.DESK

    def set_name(self, name: str) -> None:
        """Name the station, as others will see it: Desk 2. In force from the next log on."""
        self.name = one_line(name, 40) or self.name
        self.store.journal.station_name = self.name
        self.store.set_setting(STATION_NAME_SETTING, self.name)

    def _tell_journal(self) -> None:
        offset = self.clock().astimezone(self._conference.zone_info).strftime("%z")
        self.store.journal.zone_offset = f"{offset[:3]}:{offset[3:5]}"

    def actor(self, journal: Journal, name: str | None = None) -> str:
        """The id under which records know this member of staff; made at first use. Names stay out of the chain."""
        name = self.operator if name is None else one_line(name, 80)
        if not name:
            return "station"
        known = self._staff.get(name) or staff_id(self.store.view.connection, name)
        if known is None:
            known = new_id(secrets.token_bytes(ID_BYTES))
            value = json.dumps({"staff": known, "name": name}, ensure_ascii=False).encode()
            journal.append(Kind.STAFF, {"staff": known}, at=self.clock(), actor="station", values=[value])
            return known
        self._staff[name] = known
        return known

    def certificate_code(self, words: bytes) -> str:
        """The code over what a certificate says: nobody makes one up who lacks the conference's secret."""
        return crockford(hashlib.blake2b(words, key=self._secret, digest_size=10, person=b"certificate").digest())

    def code_digest(self, code: str) -> str:
        """What stands for a code in records: it says nothing about the code to whoever lacks the conference's
        secret.
        """
        return hashlib.blake2b(code_key(code).encode(), key=self._secret, digest_size=8).hexdigest()
