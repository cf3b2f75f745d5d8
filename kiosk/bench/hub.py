"""The hub under load: a process of its own, over TLS, with every signature and chain proved.

Beside each rate stands its floor: the same rows put bare into the same database (`hub_floors.py`).
`KIOSK_BENCH_DATABASE=postgresql://…` measures PostgreSQL instead of SQLite; what is written there goes into schemas of
its own, which are dropped.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from kiosk.bench import hub_ingest, hub_news, hub_returning, hub_stations
from kiosk.bench.hub_floors import name_of
from kiosk.bench.rows import Row

DATABASE_VARIABLE = "KIOSK_BENCH_DATABASE"
PARTS = (hub_ingest, hub_returning, hub_news, hub_stations)


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Every figure of the hub."""
    url = os.environ.get(DATABASE_VARIABLE)
    name = name_of(url)
    return [row for part in PARTS for row in part.run(tell, name, url)]
