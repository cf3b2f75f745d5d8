"""`kiosk sync`: rounds with the hub, now or until Ctrl+C."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import click

from kiosk.commands.nearby import meet_stations, say_stations, stations_data
from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.domain.invitations import read_address
from kiosk.domain.journal import Kind
from kiosk.domain.peers import DEFAULT_PEER_PORT
from kiosk.domain.placing import Received
from kiosk.domain.sync_state import Fetched, SyncState, SyncStatus, fetching_words, sync_words
from kiosk.errors import BadInput, HubRefused, HubUnavailable
from kiosk.i18n import _
from kiosk.relay_rooms import Relay
from kiosk.services.hub_link import HubLink
from kiosk.services.retention import Retention
from kiosk.services.station import Station

_SCANS = (Kind.ADMIT, Kind.DENY, Kind.EXIT)


@click.command("sync")
@click.option("--once", is_flag=True, help="Send and fetch until there is no more, then end.")
@click.option("--at", "addresses", multiple=True, metavar="ADDRESS", help="Where a station nearby may be asked.")
@json_option
@pass_shell
def sync_command(shell: Shell, once: bool, addresses: tuple[str, ...], as_json: bool) -> None:
    """Send what the hub lacks and fetch what it has; without --once, until Ctrl+C.

    While the hub is away, stations nearby are asked; they are known from it, or named with --at 192.168.1.21:7444.
    """
    named = [_station_at(address) for address in addresses]
    with shell.station() as station:
        link = HubLink.read(station.store)
        if link is None:
            raise HubUnavailable(_("This station belongs to no hub. `kiosk join` makes it belong to one."))
        if once:
            sync_once(station, link, as_json, named)
        else:
            _go_on(station, as_json, named)


def _station_at(address: str) -> str:
    host, colon, port = address.rpartition(":")
    read = read_address(address if colon and host else f"{host or port}:{DEFAULT_PEER_PORT}")
    if read is None:
        raise BadInput(_("{address} is no address. Write it like 192.168.1.21:7444.").format(address=address))
    return read


def sync_once(station: Station, link: HubLink, as_json: bool, named: Sequence[str] = ()) -> None:
    """Rounds until there is no more, with words about them; where the hub does not answer, with stations nearby.

    `named`: where some of those may be. Raises HubUnavailable where the hub does not answer.
    """
    from kiosk.sync.client import HubClient
    from kiosk.sync.loop import exchange
    from kiosk.sync.round import Round
    from kiosk.sync.snapshot import Snapshot

    client, round_, snapshot = HubClient(link), Round(station.store, station, link), Snapshot(station.store, link.hub)
    retention = Retention(station.store, station)
    received, sent, more, trouble, purged = Received(), 0, True, "", False

    def show(fetched: Fetched) -> None:
        if not as_json:
            click.echo(fetching_words(fetched))

    try:
        while more:
            outcome = exchange(client, round_)
            received.count(outcome.received)
            sent, more = sent + outcome.sent, outcome.more
            if snapshot.is_wanted(lacks_most=outcome.lacks_most):
                received.count(snapshot.fetch(client, round_, show, lambda: True))
                more = True
        link.reached_at(station.store, client.address)
        purged = retention.obey(link.hub, round_.unsent)
    except (HubUnavailable, HubRefused) as error:
        trouble = str(error)
    finally:
        client.close()
    asking = bool(trouble or named)
    met = meet_stations(station, link, named) if asking else []
    unsent = round_.unsent()
    scans = sum(received.kinds[kind] for kind in _SCANS)
    if as_json:
        counts = {"sent": sent, "received": sum(received.kinds.values()), "scans": scans, "unsent": unsent}
        answer({"ok": not trouble, **counts, "trouble": trouble, "nearby": stations_data(met)})
    else:
        words = _("{sent} records sent, {received} received, {scans} of them scans; {unsent} to send.")
        click.echo(words.format(sent=sent, received=sum(received.kinds.values()), scans=scans, unsent=unsent))
        if asking:
            say_stations(met)
    if purged:
        complain(retention.told())
    if trouble:
        raise HubUnavailable(trouble)


def _go_on(station: Station, as_json: bool, named: Sequence[str]) -> None:
    from kiosk.sync.loop import SyncLoop

    told = ""

    def tell(status: SyncStatus) -> None:
        nonlocal told
        words = sync_words(status, status.confirmed_at or station.clock())
        if words != told:
            told = words
            answer(_as_data(status)) if as_json else click.echo(words)

    relay = Relay(station, tell, named=named)
    loop = SyncLoop(station.store, station, relay.tell, relay.be_somewhere)
    relay.start(loop)
    loop.start()
    try:
        threading.Event().wait()
    finally:
        relay.close()
        loop.close()


def _as_data(status: SyncStatus) -> dict[str, object]:
    online = status.state is SyncState.ONLINE
    data = {"ok": online, "state": status.state.value, "unsent": status.unsent, "trouble": status.says}
    return {**data, "also_at": list(status.also_at)}
