"""The printers of this station: how they are set up, how they are, and what is left on their rolls.

Profiles are choices of this station and kept among its settings. How a printer is, its own thread tells; nothing here
ever asks one, so that whoever looks is answered at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kiosk.domain.printer_json import checked, id_for, profile_as_json, profile_of_json
from kiosk.domain.printer_turns import Standing, is_down
from kiosk.domain.printers import PDF, PrinterProfile, PrinterState, PrinterStatus, SelfPrinting
from kiosk.errors import BadInput
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.storage.journal import Journal
from kiosk.storage.settings import put_setting
from kiosk.storage.store import Store

_PRINTERS_SETTING = "printers"
_ROLLS_SETTING = "labels_left"
_POLICY_SETTING = "self_printing"

MAX_PRINTERS = 20

OnChange = Callable[[], None]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PrinterNow:
    """One printer as the desk sees it."""

    profile: PrinterProfile
    status: PrinterStatus | None
    """None before it was asked."""
    labels_left: int | None


class Printers:
    """The printers of one station. Safe to use from any thread."""

    def __init__(
        self, store: Store, fallback: PrinterProfile = PDF, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._fallback = fallback
        self.clock_s = clock_s
        self._lock = threading.Lock()
        self._listeners: list[OnChange] = []
        self._on_set_up: list[OnChange] = []
        self._emptied: set[str] = set()
        self._profiles = self._read()
        self._rolls: dict[str, int] = dict(store.setting(_ROLLS_SETTING, {}))
        self._policy = _policy_of(store.setting(_POLICY_SETTING, SelfPrinting.AUTOMATIC.value))
        self._standings: dict[str, Standing] = {}
        self._take_stock()

    def _read(self) -> tuple[PrinterProfile, ...]:
        found = []
        values: list[object] = self._store.setting(_PRINTERS_SETTING, [])
        for value in values:
            try:
                found.append(profile_of_json(value))
            except BadInput as error:  # the others still print
                _log.error("a printer's settings cannot be used: %s", plain(str(error)))
        return _in_order(found)

    # Setting up

    def profiles(self) -> tuple[PrinterProfile, ...]:
        """All printers that were set up, in their order."""
        return self._profiles

    def at_work(self) -> tuple[PrinterProfile, ...]:
        """The printers that take jobs: those switched on, else the one that is always there."""
        enabled = tuple(profile for profile in self._profiles if profile.enabled)
        return enabled or (self._fallback,)

    def profile(self, printer_id: str | None) -> PrinterProfile | None:
        """One printer, also when it is switched off."""
        everyone = (*self._profiles, self._fallback)
        return next((profile for profile in everyone if profile.id == printer_id), None)

    def named(self, name: str) -> PrinterProfile:
        """The printer at work that people call so. Raises BadInput that lists those there are."""
        for profile in self.at_work():
            if name.casefold() in (profile.name.casefold(), profile.id):
                return profile
        words = _("There is no printer called {name}. Known here: {known}.")
        raise BadInput(words.format(name=name, known=", ".join(profile.name for profile in self.at_work())))

    def name_of(self, printer_id: str | None) -> str:
        """What people call it; its id when it is gone, empty for none."""
        profile = self.profile(printer_id)
        return profile.name if profile is not None else printer_id or ""

    def next_order(self) -> int:
        """The order of one more printer that stands in for those there are."""
        return max((known.order for known in self._profiles), default=-1) + 1

    def add(self, profile: PrinterProfile) -> PrinterProfile:
        """Set up one more; its id is made from its name. Raises BadInput, NotSaved."""
        taken = frozenset(known.id for known in self._profiles)
        return self.save(replace(profile, id=id_for(profile.name, taken)))

    def save(self, profile: PrinterProfile) -> PrinterProfile:
        """Keep a profile, in place of the one with its id. Raises BadInput, NotSaved."""
        profile = checked(profile)
        others = [known for known in self._profiles if known.id != profile.id]
        if any(known.name.casefold() == profile.name.casefold() for known in others):
            raise BadInput(_("There is a printer called {name} already.").format(name=profile.name))
        if len(others) >= MAX_PRINTERS:
            raise BadInput(_("A station can have at most {count} printers.").format(count=MAX_PRINTERS))
        self._keep([*others, profile])
        if profile.labels_per_roll is not None and profile.id not in self._rolls:
            self.new_roll(profile.id)
        return profile

    def remove(self, printer_id: str) -> None:
        """Forget a printer; what waits for it goes to another. Raises NotSaved."""
        self._keep([known for known in self._profiles if known.id != printer_id])

    def _keep(self, profiles: Sequence[PrinterProfile]) -> None:
        ordered = _in_order(profiles)
        self._store.set_setting(_PRINTERS_SETTING, [profile_as_json(profile) for profile in ordered])
        self._profiles = ordered
        self._take_stock()
        for follow in self._on_set_up:
            follow()
        self._tell()

    def when_set_up(self, follow: OnChange) -> None:
        """Call this whenever printers were set up differently, in the thread that did it."""
        self._on_set_up.append(follow)

    def _take_stock(self) -> None:
        with self._lock:
            known = self._standings
            self._standings = {
                profile.id: replace(known.get(profile.id, Standing(profile)), profile=profile)
                for profile in self.at_work()
            }

    @property
    def self_printing(self) -> SelfPrinting:
        """Whether a badge prints by itself when somebody is first let in."""
        return self._policy

    def set_self_printing(self, policy: SelfPrinting) -> None:
        """Choose it. Raises NotSaved."""
        self._store.set_setting(_POLICY_SETTING, policy.value)
        self._policy = policy

    # How they are

    def listen(self, on_change: OnChange) -> None:
        """Call this whenever a printer, its set-up or its roll changed, in whatever thread noticed."""
        self._listeners.append(on_change)

    def told(self, printer_id: str, status: PrinterStatus) -> None:
        """Its thread says how a printer is."""
        with self._lock:
            before = self._standings.get(printer_id)
            if before is None:
                return  # switched off meanwhile
            since = self.clock_s() if before.down_since_s is None else before.down_since_s
            self._standings[printer_id] = replace(
                before, status=status, down_since_s=since if is_down(status) else None
            )
        rolled = self._look_at_roll(before.profile, status)
        if rolled or before.status != status:
            self._tell()

    def standings(self) -> list[Standing]:
        """The printers at work and how they are."""
        with self._lock:
            return list(self._standings.values())

    def now(self) -> list[PrinterNow]:
        """All that were set up, or the one that is always there, as the desk sees them."""
        with self._lock:
            standings = dict(self._standings)
        known = self._profiles or self.at_work()
        found = []
        for profile in known:
            status = standings[profile.id].status if profile.id in standings else None
            found.append(PrinterNow(profile, status, self._rolls.get(profile.id)))
        return found

    # Rolls

    def labels_left(self, printer_id: str) -> int | None:
        """What is left on its roll, counted or as it says; None where nobody counts."""
        return self._rolls.get(printer_id)

    def new_roll(self, printer_id: str, labels: int | None = None) -> None:
        """Somebody put in a new roll, of so many labels where it is not the usual one. Raises BadInput, NotSaved."""
        profile = self.profile(printer_id)
        count = labels if labels is not None or profile is None else profile.labels_per_roll
        if count is None or not 0 < count <= 100_000:
            raise BadInput(_("Say how many labels a new roll holds."))
        self._set_roll(printer_id, count)
        self._tell()

    def label_used(self, journal: Journal, printer_id: str | None) -> None:
        """A label came out: count it, in the transaction that says so."""
        if printer_id in self._rolls:
            self._rolls[printer_id] = max(0, self._rolls[printer_id] - 1)
            put_setting(journal.connection, _ROLLS_SETTING, self._rolls)

    def count_label(self, printer_id: str) -> None:
        """A label came out that was no badge."""
        left = self._rolls.get(printer_id)
        if left:
            self._set_roll(printer_id, left - 1)
            self._tell()

    def _look_at_roll(self, profile: PrinterProfile, status: PrinterStatus) -> bool:
        """What its status says of the roll: how much is left, or that one ran out and there is another."""
        if status.labels_left is not None:
            left: int | None = status.labels_left
        elif status.state.takes_jobs and profile.id in self._emptied:
            left = profile.labels_per_roll
        else:
            left = None
        if status.state is PrinterState.PAPER_OUT:
            self._emptied.add(profile.id)
        elif status.state.takes_jobs:
            self._emptied.discard(profile.id)
        if left is None or left == self._rolls.get(profile.id):
            return False
        self._set_roll(profile.id, left)
        return True

    def _set_roll(self, printer_id: str, left: int) -> None:
        with self._store.reading():  # no label is counted meanwhile
            rolls = {**self._rolls, printer_id: left}
            self._store.set_setting(_ROLLS_SETTING, rolls)
            self._rolls = rolls

    def _tell(self) -> None:
        for listener in self._listeners:
            try:
                listener()
            except Exception:
                _log.exception("a listener failed on a printer's news")


def _in_order(profiles: Sequence[PrinterProfile]) -> tuple[PrinterProfile, ...]:
    return tuple(sorted(profiles, key=lambda profile: (profile.order, profile.id)))


def _policy_of(value: str) -> SelfPrinting:
    return SelfPrinting(value) if value in list(SelfPrinting) else SelfPrinting.AUTOMATIC
