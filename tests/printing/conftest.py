from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.printing.ipp_printer import IppPrinter
from kiosk.printing.status import brother, dymo, escpos, zebra
from kiosk.printing.stream import StreamPrinter
from tests.printing.desks import DRIVERS, Desk, Sit, placed, printer_of
from tests.printing.emulators import BrotherNet
from tests.printing.places import running


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    with ExitStack() as closing:

        def sit_down(name: str, **settings: object) -> Desk:
            build, setup, decode = DRIVERS[name]
            paper = build()
            place = closing.enter_context(running(paper, placed(paper, setup, tmp_path)))
            status = f"brother-snmp:{paper.snmp_port}" if isinstance(paper, BrotherNet) else ""
            settings = {"address": place.address, "status": status, **settings}
            printer = printer_of(replace(setup, **settings))  # type: ignore[arg-type]
            assert isinstance(printer, StreamPrinter | IppPrinter)
            if isinstance(printer, StreamPrinter):
                closing.callback(printer.close)
            return Desk(printer, paper, place, decode)

        yield sit_down


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where silence is what is tested there is no need to wait for long."""
    for module in (brother, dymo, escpos, zebra):
        monkeypatch.setattr(module, "ANSWER_S", 0.1)
    monkeypatch.setattr(brother, "_ONE_TRY_S", 0.05)
