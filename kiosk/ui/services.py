"""What the desk is handed: the use cases it may call and what it should know of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # names only: the window is up before storage has to be
    from kiosk.domain.badge import Badge
    from kiosk.domain.dashboard import Alarm
    from kiosk.domain.hub_room import HubView, Invited, JoinPending
    from kiosk.domain.invitations import Invitation
    from kiosk.domain.layout import Layout
    from kiosk.domain.print_jobs import PrintJob
    from kiosk.domain.printer_offers import Offer
    from kiosk.domain.printers import PrinterProfile
    from kiosk.domain.sync_state import SyncStatus
    from kiosk.domain.trust import DeviceRole
    from kiosk.services.attendance import Attendance
    from kiosk.services.badge_tools import BadgeTools
    from kiosk.services.badges import Badges
    from kiosk.services.bulk_badges import BulkBadges
    from kiosk.services.check_in import CheckIn
    from kiosk.services.doors import Doors
    from kiosk.services.edit import Edit
    from kiosk.services.figures import LocalFigures
    from kiosk.services.find import Find
    from kiosk.services.history import History
    from kiosk.services.import_roster import ImportRoster
    from kiosk.services.incidents import Incidents
    from kiosk.services.layouts import Layouts
    from kiosk.services.monitor import Monitor
    from kiosk.services.people_lists import PeopleList, Story
    from kiosk.services.programme import Programme
    from kiosk.services.programme_files import ProgrammeFiles
    from kiosk.services.report_files import Reports
    from kiosk.services.roster import Roster
    from kiosk.services.walk_in import WalkIn


def _no_report() -> str:
    return ""


def _nobody(name: str) -> DeskInfo | None:
    return None


Answer = TypeVar("Answer")


def _answer(answer: Answer) -> Future[Answer]:
    future: Future[Answer] = Future()
    future.set_result(answer)
    return future


def _nothing_to_offer() -> Sequence[Offer]:
    return ()


@dataclass(frozen=True, slots=True)
class PrintRoom:
    """What the window may ask of the printers' threads; none of it waits for a printer, but for what says so."""

    take_back: Callable[[PrintJob, str | None, str], object] = lambda _job, _wish, _by: None
    """Let a printer forget a badge it holds, then print it on another, or not at all; by whom. What became of it is
    told like any other change of a job.
    """
    can_confirm: Callable[[str], bool] = lambda _printer_id: True
    """Whether a printer can ever say that a badge came out."""
    check: Callable[[PrinterProfile], object] = lambda _profile: None
    """Raises BadInput for a profile that no printer can have."""
    test_page: Callable[[str], Future[str]] = lambda _printer_id: _answer("")
    """Print the ruler page; answers in words what became of it. Raises BadInput."""
    discover: Callable[[], Future[Sequence[Offer]]] = lambda: _answer(())
    """Printers that could be set up; looks for a while."""
    models: Callable[[], Sequence[Offer]] = _nothing_to_offer
    """The table of models."""
    print_sample: Callable[[Layout, Badge], Future[str]] = lambda _layout, _badge: _answer("")
    """Print a badge that opens no door, in a layout that need not be kept; says what became of it. Raises BadInput."""


def _nothing(*_arguments: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class HubRoom:
    """What the window may ask of the hub; all of it may take seconds. Raises KioskError, in words."""

    view: Callable[[], HubView]
    """How things stand."""
    host: Callable[[bool], object] = _nothing
    """Let the hub run on this computer, or no more."""
    invite: Callable[[DeviceRole, str], Invited | None] = _nothing
    """Invite a station: as what, and what it is to be called."""
    approve: Callable[[str], object] = _nothing
    """Let in the station that shows these digits."""
    refuse: Callable[[str], object] = _nothing
    """Send the station of this request away."""
    revoke: Callable[[str, bool], object] = _nothing
    """Speak with this device no more; and have it destroy its data."""
    prove: Callable[[str, str], object] = _nothing
    """Be this organizer, by this PIN, for the next minutes. What needs one raises PinNeeded before that."""
    part: Callable[[], object] = lambda: None
    """Be nobody in particular again."""
    set_pin: Callable[[str, str], object] = _nothing
    """Give somebody a PIN."""
    go_on_without: Callable[[str], object] = _nothing
    """Hand out seats though this station was not heard since the hub came back from a backup."""
    purge: Callable[[], object] = _nothing
    """The conference is over: let go of names everywhere."""
    let_count: Callable[[str], object] = _nothing
    """Let the record that stops this log count."""
    leave_out: Callable[[str], object] = _nothing
    """Let the rest of this log count without it."""
    ask: Callable[[Invitation], JoinPending | None] = _nothing
    """Ask another hub to let this station in."""
    joined: Callable[[], bool] = lambda: False
    """Whether a person there has approved."""
    give_up: Callable[[], object] = _nothing
    """Ask no more."""
    leave: Callable[[], object] = _nothing
    """Belong to no hub."""
    near: Callable[[], Sequence[str]] = tuple
    """Addresses at which there may be a hub: a hint, the code decides."""
    listen: Callable[[bool], object] = _nothing
    """Answer other stations while the hub is away, or no more."""


def _no_hub() -> HubRoom:
    from kiosk.domain.hub_room import HubView

    return HubRoom(HubView)


def _alone() -> SyncStatus:
    from kiosk.domain.sync_state import SyncStatus

    return SyncStatus()


@dataclass(frozen=True, slots=True)
class DeskServices:
    """The use cases of a desk.

    All run on the desk thread, but for `find`, `walk_in.similar` and `figures`, which read on the search thread, and
    `reports`, which have a thread of their own.
    """

    check_in: CheckIn
    history: History
    find: Find
    roster: Roster
    walk_in: WalkIn
    edit: Edit
    badges: Badges
    import_roster: ImportRoster
    layouts: Layouts
    figures: LocalFigures
    doors: Doors
    monitor: Monitor
    attendance: Attendance
    reports: Callable[[], Reports]
    """Every report; built when somebody first wants one."""
    programme: Programme
    programme_files: Callable[[], ProgrammeFiles]
    """The programme in files, in and out; built when somebody first wants it."""
    incidents: Incidents
    people_list: Callable[[str], PeopleList]
    """Who is behind a number of the dashboard."""
    story: Callable[[str], Story]
    """What happened to a person, by id."""
    bulk: BulkBadges
    badge_tools: Callable[[], BadgeTools]
    """Drawing, for whoever needs it: it is loaded when it is first asked for."""
    doctor: Callable[[], str] = _no_report
    """The self-check as plain text, for F12."""
    print_room: PrintRoom = PrintRoom()
    sync: Callable[[], SyncStatus] = _alone
    """How things stand with the hub."""
    hub: Callable[[], HubRoom] = _no_hub
    """The hub; loaded when somebody first asks for it."""
    be_door: Callable[[str], object] = lambda _room: None
    """This station is the door of a room from now on; of none: a desk."""
    alarms: Callable[[], Sequence[Alarm]] = lambda: ()
    """What wants a person, for the organizer's page."""
    conference: Callable[[], Mapping[str, str]] = dict
    """What the conference is called and so on, as it stands in a form."""
    change_conference: Callable[[Mapping[str, str]], DeskInfo | None] = lambda _values: None
    """Take what somebody typed there; answers what the window should know of itself from then on. Raises BadInput,
    `BadConference` where fields are wrong.
    """
    sit_down: Callable[[str], DeskInfo | None] = _nobody
    """Somebody says who sits here now; answers what the window should know of itself from then on."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class DeskInfo:
    """What the window should know of itself."""

    conference: str
    short_name: str
    zone: tzinfo
    station: str
    operator: str = ""
    demo: bool = False
    room: str = ""
    """Whose door this station is; empty for a desk."""
    strict: bool = False
    """Whether desks let nobody in without the hub's answer."""
    help_text: str = ""
    """Whom to call and how; set up by the organizer, shown on F8."""
    now: Callable[[], datetime] = _utc_now
