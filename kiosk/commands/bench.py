"""`kiosk bench`: what this machine does, beside its floors and the limits."""

from __future__ import annotations

import importlib
from dataclasses import asdict

import click

from kiosk.bench.rows import Row
from kiosk.commands.shell import answer, complain, json_option
from kiosk.errors import BadInput
from kiosk.i18n import _

BENCHES = {
    "scan": "one scan through the service",
    "door": "one scan at a session's door, over one at the desk",
    "scan-while-printer-hangs": "a scan beside a printer that took the connection and says nothing",
    "paint": "last key of a scan to verdict painted",
    "search": "search as one types, 100,000 people",
    "import": "a roster of 20,000",
    "programme": "900 sessions in 35 rooms",
    "start": "window ready, memory",
    "badge": "badge drawn and made PDF",
    "printing": "badge to paper, by language, and labels a minute",
    "camera": "camera frames",
    "certificates": "certificates of 1,200 people",
    "hub": "the hub under load; KIOSK_BENCH_DATABASE=postgresql://… for PostgreSQL",
    "networks": "a scan beside every network a hotel has, over one at a station without a hub",
    "figures": "a dashboard's numbers, a million records",
}
_MODULES = {"import": "roster", "scan-while-printer-hangs": "hanging_printer", "start": "window"}


@click.command("bench", epilog="NAMEs: " + ", ".join(BENCHES))
@click.argument("names", nargs=-1, metavar="[NAME…]")
@json_option
def bench_command(names: tuple[str, ...], as_json: bool) -> None:
    """Measure what is named, or everything, which takes minutes: leave the machine alone."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise BadInput(
            _("There is no benchmark called {name}. There are: {list}.").format(
                name=unknown[0], list=", ".join(BENCHES)
            )
        )
    for name in names or BENCHES:
        complain(f"{name}: {BENCHES[name]}")
        module = importlib.import_module(f"kiosk.bench.{_MODULES.get(name, name)}")
        rows: list[Row] = module.run(lambda words: complain(f"  {words}"))
        for row in rows:
            if as_json:
                answer(asdict(row))
            else:
                click.echo(_line(row))


def _line(row: Row) -> str:
    beside = f"floor {row.floor:9.3f}  x {row.ratio:5.2f}" if row.floor is not None and row.ratio is not None else ""
    return f"{row.name:<66} {row.value:9.3f} {row.unit:<3} {beside:<26} {row.limit}"
