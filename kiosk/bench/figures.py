"""The dashboard: what one more record costs, whatever came before; a long conference at once; and two hundred pages.

The floor is decoding the records' JSON, which nobody can do without. Each fold runs in a process of its own, so that
its memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

from kiosk.bench import pages
from kiosk.bench.rows import Row

RECORDS = 1_000_000
LAST = 2_000
"""Records timed one by one, at the beginning and at the end."""

_FOLD = """
import json, sys, time
from itertools import islice
from kiosk.bench.figures import made_up_records
from kiosk.domain.figures import Figures
from kiosk.domain.journal import read_record
count, last = int(sys.argv[1]), int(sys.argv[2])
figures, spent, decoded, one = Figures(), 0.0, 0.0, []
now = time.perf_counter
records = made_up_records(count)
while batch := list(islice(records, 500)):
    begun = now()
    for data in batch:
        json.loads(data)
    decoded += now() - begun
    begun = now()
    read = [read_record(data) for data in batch]
    spent += now() - begun
    for record in read:
        begun = now()
        figures.add(record)
        one.append(now() - begun)
        del one[:-last]
        spent += now() - begun
memory = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1000
print(json.dumps({"s": spent, "floor": decoded, "one_us": sorted(one)[len(one) // 2] * 1e6, "mb": memory}))
"""


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """What the numbers of a dashboard cost."""
    tell("an hour")
    short = _child(LAST)
    tell(f"{RECORDS:,} records")
    long = _child(RECORDS)
    return [
        Row("one more record, at the beginning", short["one_us"], "us", limit="≤ 50 us"),
        Row(
            f"one more record, after {RECORDS:,}", long["one_us"], "us", short["one_us"],
            long["one_us"] / short["one_us"], "≤ 50 us",
        ),
        Row(
            f"{RECORDS:,} records, read and folded", long["s"], "s", long["floor"], long["s"] / long["floor"], "≤ 20 s"
        ),
        Row("memory of that", long["mb"], "MB", limit="≤ 500 MB"),
        *pages.run(tell),
    ]  # fmt: skip


def _child(count: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _FOLD, str(count), str(LAST)], capture_output=True, text=True, check=True
    )
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def made_up_records(count: int) -> Iterator[bytes]:
    """So many passages of 100,000 people at a desk and sixty doors, from forty stations."""
    from kiosk.domain.journal import canonical

    for n in range(count):
        at = 1683129600000 + n * 100
        yield canonical(
            {
                "v": 1, "log": f"LOG{n % 40:023d}", "seq": n // 40 + 1, "prev": "0" * 64, "dev": "D" * 26,
                "hlc": (at, 0), "wall": at, "tz": "-04:00", "mono": n, "clk": None, "actor": "A" * 26,
                "role": "desk", "gate": f"SESSION{n % 60}" if n % 10 else "desk",
                "basis": {"vvd": "0" * 16, "hub_age_s": None}, "kind": "admit" if n % 4 else "exit", "crit": False,
                "body": {
                    "subject": f"P{n // 10 % 100_000:025d}", "code": "0" * 16, "how": "code", "outcome": "admitted",
                    "reason": "ok",
                },
            }
        )  # fmt: skip
