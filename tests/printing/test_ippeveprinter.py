"""CUPS' own IPP printer, for real: badge in, paper out seen, badge out after reload, once.

Needs `ippeveprinter` (Debian: cups-ipp-utils) and a running Avahi, without which it does not start: not for every test
run, `make soak` does it.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from kiosk.domain.printer_words import what_to_do
from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.printing import ipp_printer
from kiosk.printing.printer import Printer, Sent
from tests.printing import decoders
from tests.printing.desks import printer_of, running
from tests.printing.test_languages import a_page, picture_of

pytestmark = pytest.mark.soak

PAGE = a_page(1199, 899)
SIZE = "oe_badge-4x3_4x3in"
ATTRIBUTES = f"""\
ATTR keyword media-supported {SIZE},om_dk-1202_62x100mm
ATTR keyword media-default {SIZE}
ATTR keyword media-ready {SIZE}
ATTR collection media-size-supported {{
  MEMBER integer x-dimension 10160
  MEMBER integer y-dimension 7620
}},{{
  MEMBER integer x-dimension 6200
  MEMBER integer y-dimension 10000
}}
ATTR collection media-col-ready {{
  MEMBER collection media-size {{
    MEMBER integer x-dimension 10160
    MEMBER integer y-dimension 7620
  }}
  MEMBER keyword media-size-name {SIZE}
  MEMBER keyword media-source main
  MEMBER keyword media-type labels
}}
ATTR keyword media-source-supported main
ATTR keyword media-type-supported labels
ATTR octetString printer-input-tray "type=other;mediafeed=0;mediaxfeed=0;maxcapacity=250;level=250;status=0;name=main;"
ATTR keyword print-scaling-supported auto,none
ATTR resolution pwg-raster-document-resolution-supported 300dpi
ATTR keyword pwg-raster-document-type-supported black_1
ATTR mimeMediaType document-format-supported application/octet-stream,application/pdf,image/pwg-raster,image/png
"""


@dataclass
class Eve:
    """The printer, and the folder its jobs end in."""

    port: int
    out: Path

    def paper(self, sheets: int) -> None:
        address = f"http://localhost:{self.port}/media?size0={SIZE}&type0=labels&level0={sheets}"
        urllib.request.urlopen(address, timeout=5).read()

    def printer(self, language: str) -> Printer:
        return printer_of(PrinterProfile("eve", "Badge 1", language, "ipp", f"ipp://localhost:{self.port}/ipp/print"))

    def labels(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.out.iterdir())]


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[Eve]:
    program = shutil.which("ippeveprinter", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "ippeveprinter is missing (Debian: cups-ipp-utils, avahi-daemon)"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for name in ("spool", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "printer.conf").write_text(ATTRIBUTES)
    job = tmp_path / "job.sh"
    job.write_text(f'#!/bin/sh\ncp "$1" "{tmp_path}/out/"\n')
    job.chmod(0o700)
    words = [program, "-r", "off", "-n", "localhost", "-p", str(port), "-d", str(tmp_path / "spool"), "-k"]
    words += ["-a", str(tmp_path / "printer.conf"), "-c", str(job), f"Test {port}"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        there = Eve(port, tmp_path / "out")
        try:
            until = time.monotonic() + 20
            while there.printer("pdf").status().state is PrinterState.OFFLINE:
                assert time.monotonic() < until, "ippeveprinter does not start: is Avahi running?"
                time.sleep(0.1)
            there.paper(250)
            yield there
        finally:
            process.terminate()


def dots_of(language: str, data: bytes) -> bytes:
    if language == "pwg":
        return decoders.pwg(data)[0].picture.tobytes()
    if language == "png":
        return Image.open(io.BytesIO(data)).convert("1").tobytes()
    [image] = PdfReader(io.BytesIO(data)).pages[0].images
    assert image.image is not None
    return image.image.convert("1").tobytes()


@pytest.mark.parametrize("language", ["pdf", "pwg", "png"])
def test_one_badge_dot_for_dot(eve: Eve, language: str) -> None:
    printer = eve.printer(language)
    assert printer.status() == PrinterStatus(PrinterState.READY, loaded=Media(101.6, 76.2))
    assert printer.send(PAGE, "job-1", running).sent is Sent.PRINTED
    [label] = eve.labels()
    assert dots_of(language, label) == picture_of(PAGE).tobytes()
    assert eve.printer(language).follow("job-1", running).sent is Sent.PRINTED


def test_paper_out_is_seen_before_and_on_the_way_and_costs_nothing(eve: Eve, monkeypatch: pytest.MonkeyPatch) -> None:
    printer = eve.printer("pdf")
    eve.paper(0)
    outcome = printer.send(PAGE, "job-1", running)
    assert outcome.sent is Sent.NOT_STARTED
    assert outcome.status is not None
    assert "Badge 1 is out of labels" in what_to_do(printer.profile, outcome.status)
    with monkeypatch.context() as hasty:  # it runs out between our question and its answer
        hasty.setattr(ipp_printer.ipp, "parse", lambda _printer: PrinterStatus(PrinterState.READY))
        printer.send(PAGE, "job-1", lambda: True)
    assert printer.follow("job-1", running).sent is Sent.HELD
    eve.paper(250)
    until = time.monotonic() + 30
    while printer.follow("job-1", running).sent is not Sent.PRINTED:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert len(eve.labels()) == 1
