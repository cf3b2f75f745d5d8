"""A hub beside a station: the switch in the window.

The hub is a process of its own, so that forty stations coming back at once never make the desk wait. It lies in the
station's data folder under the same key, which it is told through a pipe; when the pipe closes, because the window was
closed or has crashed, the hub ends as well. The station whose computer it is belongs to it from the first moment.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys

from kiosk.domain.invitations import DEFAULT_PORT
from kiosk.domain.trust import DeviceRole
from kiosk.errors import StorageError
from kiosk.hub.board import name_conference
from kiosk.hub.console import Console
from kiosk.hub.founding import found
from kiosk.hub.hub import Hub, open_hub
from kiosk.hub.own_stations import let_in
from kiosk.i18n import _
from kiosk.services.addresses import own_addresses
from kiosk.services.hub_link import HOST_SETTING, HubLink
from kiosk.services.station import Station

END_S = 5

_log = logging.getLogger(__name__)


class Hosting:
    """The hub of this computer, switched on or off. All of it runs in one thread, but for `close`."""

    def __init__(self, station: Station, key: bytes) -> None:
        self._station = station
        self._key = key
        self._process: subprocess.Popen[str] | None = None
        self._hub: Hub | None = None
        self._port = DEFAULT_PORT

    @property
    def is_on(self) -> bool:
        """Whether the hub runs here."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_wanted(self) -> bool:
        """Whether somebody has switched it on: it comes back with the window."""
        return self._station.store.setting(HOST_SETTING, False)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where others reach it."""
        return own_addresses(self._port)

    def console(self, by: str = "") -> Console:
        """To look after it; `by`: which organizer has proved to be one."""
        return Console(self._opened(), by)

    def switch_on(self) -> None:
        """Host the hub from now on. Raises StorageError, in words, where it does not start."""
        self._start()
        self._join_myself()
        self._station.store.set_setting(HOST_SETTING, True)

    def resume(self) -> None:
        """The window is back: so is the hub, if it was on."""
        if self.is_wanted and not self.is_on:
            self._start()
            self._join_myself()

    def switch_off(self) -> None:
        """Host it no more; what it holds stays."""
        self._station.store.set_setting(HOST_SETTING, False)
        self.close()

    def close(self) -> None:
        """End the process, and what looks after it here."""
        self._end_process()
        if self._hub is not None:
            self._hub.close()
            self._hub = None

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _start(self) -> None:
        if self.is_on:
            return
        self._end_process()  # one that died by itself
        folder = self._station.store.folder
        command = [*_program(), "--data", str(folder), "hub", "--under-a-window", "--port", str(self._port)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(self._key.hex() + "\n")
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            process.kill()
            said = {"trouble": _("The hub does not start on this computer; the log says why.")}
            _log.warning("the hub did not start: %s", error)
        if "port" not in said:
            process.wait()
            process.stdin.close()
            process.stdout.close()
            raise StorageError(str(said["trouble"]))
        self._port = int(said["port"])
        self._process = process

    def _opened(self) -> Hub:
        if self._hub is None:
            self._hub = open_hub(self._station.store.folder, self._key)
        return self._hub

    def _join_myself(self) -> None:
        """This station belongs to its own hub, as the organizer's; nobody has to compare anything with itself."""
        hub, store = self._opened(), self._station.store
        hub.database.write(lambda connection: name_conference(connection, self._station.conference))
        old = HubLink.read(store)
        address = f"127.0.0.1:{self._port}"
        if old is not None and old.hub == hub.identity.id:
            old.reached_at(store, address)
            return
        found(hub, self._station)
        let_in(hub, self._station, DeviceRole.ORGANIZER, address)
        self._station.say_conference()


def _program() -> list[str]:
    """How this very program is started."""
    return [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, "-m", "kiosk"]
