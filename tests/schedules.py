"""Random days of several real stations and a real hub, and a small model that says what must come of them.

Stations scan, edit, take back, block; messages between them and with the hub are late, lost, cut, doubled and in any
order, and a portal answers in the hub's place; stations and hub are killed, the hub before and after it commits; disks
come back from older copies, are copied; clocks are years wrong; one program writes kinds the others do not know; the
hub refuses what a device may not write. At the end everybody meets, and then the promises are asked for
(`days/promises.py`): nothing shown green is gone, all say the same, one admission counts and every other is an
incident, nothing is said to be sent that is not, what was written in knowledge of something does not lose to it.

    python -m tests.schedules 200            # so many days; a seed that fails is printed and can be given again
    python -m tests.schedules --seed 17
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path

from tests import memory
from tests.days.day import live_through, prepare
from tests.days.promises import Broken, model

__all__ = ["Broken", "live_through", "model", "prepare"]


def main(arguments: list[str]) -> int:
    """Live through many days; answers the exit status."""
    logging.disable(logging.CRITICAL)
    seeds = [int(arguments[1])] if arguments[:1] == ["--seed"] else range(int(arguments[0]) if arguments else 100)
    broken = total = incidents = 0
    begun = time.process_time()
    memory.use()
    with tempfile.TemporaryDirectory(prefix="kiosk-days-") as template:
        prepare(Path(template))
        for seed in seeds:
            try:
                records, again = live_through(Path(template), seed)
            except Broken as error:
                broken += 1
                print(f"--seed {seed}: {error}", flush=True)
            else:
                total, incidents = total + records, incidents + again
    print(
        f"{len(seeds)} days, {total} records, {incidents} admissions were incidents, {broken} promises broken; "
        f"{time.process_time() - begun:.0f} s of a processor"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
