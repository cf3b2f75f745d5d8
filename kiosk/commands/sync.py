"""`kiosk sync`: rounds with the hub, now or until Ctrl+C."""

from __future__ import annotations

import threading

import click

from kiosk.commands.shell import Shell, answer, complain, json_option, pass_shell
from kiosk.domain.journal import Kind
from kiosk.domain.placing import Received
from kiosk.domain.sync_state import Fetched, SyncState, SyncStatus, fetching_words, sync_words
from kiosk.errors import HubRefused, HubUnavailable
from kiosk.i18n import _
from kiosk.services.hub_link import HubLink
from kiosk.services.retention import Retention
from kiosk.services.station import Station

_SCANS = (Kind.ADMIT, Kind.DENY, Kind.EXIT)


@click.command("sync")
@click.option("--once", is_flag=True, help="Send and fetch until there is no more, then end.")
@json_option
@pass_shell
def sync_command(shell: Shell, once: bool, as_json: bool) -> None:
    """Send what the hub lacks and fetch what it has; without --once, until Ctrl+C."""
    with shell.station() as station:
        link = HubLink.read(station.store)
        if link is None:
            raise HubUnavailable(_("This station belongs to no hub. `kiosk join` makes it belong to one."))
        if once:
            sync_once(station, link, as_json)
        else:
            _go_on(station, as_json)


def sync_once(station: Station, link: HubLink, as_json: bool) -> None:
    """Rounds until there is no more, with words about them. Raises HubUnavailable where the hub does not answer."""
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
    unsent = round_.unsent()
    scans = sum(received.kinds[kind] for kind in _SCANS)
    if as_json:
        counts = {"sent": sent, "received": sum(received.kinds.values()), "scans": scans, "unsent": unsent}
        answer({"ok": not trouble, **counts, "trouble": trouble})
    else:
        words = _("{sent} records sent, {received} received, {scans} of them scans; {unsent} to send.")
        click.echo(words.format(sent=sent, received=sum(received.kinds.values()), scans=scans, unsent=unsent))
    if purged:
        complain(retention.told())
    if trouble:
        raise HubUnavailable(trouble)


def _go_on(station: Station, as_json: bool) -> None:
    from kiosk.sync.loop import SyncLoop

    told = ""

    def tell(status: SyncStatus) -> None:
        nonlocal told
        words = sync_words(status, status.confirmed_at or station.clock())
        if words != told:
            told = words
            answer(_as_data(status)) if as_json else click.echo(words)

    loop = SyncLoop(station.store, station, tell)
    loop.start()
    try:
        threading.Event().wait()
    finally:
        loop.close()


def _as_data(status: SyncStatus) -> dict[str, object]:
    online = status.state is SyncState.ONLINE
    return {"ok": online, "state": status.state.value, "unsent": status.unsent, "trouble": status.says}
