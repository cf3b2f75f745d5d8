"""What stations push, from the request to the disk: read and proved beside the writer, placed many pushes at a time.

What is nearly always pushed – further records of the device's own log – goes the short way (`reading.py`, `runs.py`),
everything else the general one (`taking.py`). What comes of it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from kiosk.domain.exchange import Fate, Head, Signed
from kiosk.domain.messages import Vouched
from kiosk.domain.placing import Received
from kiosk.domain.trust import DeviceRole
from kiosk.hub import records, taking
from kiosk.hub.database import Connection, note, then
from kiosk.hub.devices import DeviceState, KnownDevice, role_of
from kiosk.hub.hub import Hub
from kiosk.hub.news import RECORDS
from kiosk.hub.reading import Run, runs_of
from kiosk.hub.records import Announced
from kiosk.hub.runs import take_in_runs
from kiosk.storage.journal import Device


@dataclass(frozen=True, slots=True)
class Push:
    """What a device pushed, on its way to the disk."""

    own: Device
    """The hub's."""
    devices: tuple[KnownDevice, ...]
    """Who is known."""
    expected: Callable[[], Sequence[Vouched]]
    """Who else counts: those that are to join anew."""
    by: str
    batch: Sequence[Signed]
    follow: Callable[[Mapping[str, Head]], object]
    """Who wants to know where logs end now."""
    runs: list[Run] | None
    """The batch, where it is what is nearly always pushed."""


async def take_in(hub: Hub, by: KnownDevice, batch: Sequence[Signed]) -> Received:
    """Take in what this device pushed. When this answers, it is on the disk, and others are being told."""
    devices = hub.devices.all()
    if hub.told is not devices:
        await hub.write(lambda connection: _told(connection, hub, devices))
        hub.told = devices
    if not batch:
        return Received()
    runs = runs_of(by, batch) if by.state is DeviceState.ACTIVE else None
    push = Push(hub.identity.device, devices, hub.devices.expected, by.id, batch, hub.ends.follow, runs)
    received = await hub.database.writer.submit_with(placed, push, len(batch))
    if received.fates[Fate.TAKEN]:
        hub.news.tell(received.taken, by=by.id)
    return received


def _told(connection: Connection, hub: Hub, devices: Sequence[KnownDevice]) -> None:
    """Say in the hub's own log who counts, and take in what waited for that."""
    own, counting = hub.identity.device, _counting(devices, hub.devices.expected())
    if records.announce(connection, own, hub.boot, counting, hub.clock()):
        taking.release(connection, _keys(counting), own, _roles(devices))
        note(connection, RECORDS)


def placed(connection: Connection, pushes: list[Push]) -> list[Received]:
    """What became of each; in a transaction of the writer."""
    short = take_in_runs(connection, [push.runs for push in pushes])
    received = [done or _placed_singly(connection, push) for done, push in zip(short, pushes, strict=True)]
    moved = [push.runs or [] for done, push in zip(short, pushes, strict=True) if done]
    then(connection, partial(pushes[0].follow, {run.log: run.end for runs in moved for run in runs}))
    if any(each.fates[Fate.TAKEN] for each in received):
        note(connection, RECORDS)
    return received


def _placed_singly(connection: Connection, push: Push) -> Received:
    keys = _keys(_counting(push.devices, push.expected()))
    return taking.take_in(connection, keys, push.own, push.batch, _roles(push.devices), push.by)


def _counting(devices: Sequence[KnownDevice], expected: Sequence[Vouched]) -> dict[str, Announced]:
    """Devices whose records count: those let in, and those that are to join anew."""
    counting = {each.device: Announced(each.key, each.name, role_of(each)) for each in expected}
    active = [device for device in devices if device.state is DeviceState.ACTIVE]
    return counting | {device.id: Announced(device.sign_key, device.name, device.role) for device in active}


def _keys(counting: Mapping[str, Announced]) -> dict[str, str]:
    return {device: said.key for device, said in counting.items()}


def _roles(devices: Sequence[KnownDevice]) -> dict[str, DeviceRole]:
    return {device.id: device.role for device in devices}
