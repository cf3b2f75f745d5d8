"""A desk as a process of its own: it scans and scans, and tells each green on standard output once it is shown.

    python -m tests.station_process FOLDER SKEW_S SEED

`GREEN log:seq` for each; after a line `REST` on standard input it scans no more and says `HOLDS digest unsent` whenever
that has changed. It lives until it is killed.
"""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from unittest import mock

from kiosk.domain.exchange import digest_of
from kiosk.services.check_in import CheckIn
from kiosk.services.hub_link import HubLink
from kiosk.services.station import Station
from kiosk.services.stations import Stations
from kiosk.storage.journal import utc_now
from kiosk.storage.store import Store, open_store
from kiosk.sync import loop as loop_module
from kiosk.sync.loop import SyncLoop
from tests.builders import KEY

PEOPLE = 60
LOOK_S = 0.02


def soon(_failures: int, chance: random.Random) -> float:
    """A hub that does not answer is asked again at once: a day of waiting has no place in a run of seconds."""
    return chance.uniform(0.02, 0.3)


def run(folder: Path, skew_s: int, seed: int) -> None:
    """Until it is killed."""
    logging.disable(logging.CRITICAL)
    loop_module.wait_s = soon
    real_ns, rest = time.time_ns, threading.Event()
    threading.Thread(target=lambda: sys.stdin.readline() and rest.set(), daemon=True).start()

    def wrong_ns() -> int:
        return real_ns() + skew_s * 10**9

    with mock.patch("time.time_ns", wrong_ns):
        store = open_store(folder, KEY)
        station = Station(store, lambda: utc_now() + timedelta(seconds=skew_s))
        check_in = CheckIn(store, station)
        loop = SyncLoop(store, station, lambda _status: None)
        check_in.claims = loop
        loop.start()
        print("READY", flush=True)
        scan(check_in, random.Random(seed), rest)
        tell_what_it_holds(store, station)


def scan(check_in: CheckIn, chance: random.Random, rest: threading.Event) -> None:
    """Until told to rest."""
    while not rest.wait(chance.uniform(0, 0.05)):
        verdict = check_in.present(f"{chance.randrange(1, PEOPLE):06}")
        if verdict is not None and verdict.admitted and not verdict.repeat:
            print(f"GREEN {verdict.record}", flush=True)


def tell_what_it_holds(store: Store, station: Station) -> None:
    """Whenever it has changed."""
    stations, link, told = Stations(store, station), HubLink.read(store), ""
    assert link is not None
    while True:
        holds = f"HOLDS {digest_of(stations.vector())} {stations.unsent(link.hub)}"
        if holds != told:
            print(holds, flush=True)
        told = holds
        time.sleep(LOOK_S)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
