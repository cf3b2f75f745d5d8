from __future__ import annotations

import json
from pathlib import Path

import pytest
import zxingcpp
from click.testing import CliRunner, Result

from kiosk.commands.badge import badge_command
from kiosk.commands.printers import printers_command
from kiosk.commands.shell import Shell
from kiosk.config import asset
from kiosk.desk import press
from kiosk.domain.printer_offers import Offer
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.errors import BadInput
from kiosk.printing.press import Press
from kiosk.services.printers import Printers
from kiosk.storage.keys import data_key
from tests.builders import a_store, an_attendee, enrol
from tests.printing import decoders
from tests.printing.emulators import PAPER_OUT, Zebra
from tests.printing.places import Network, running

pytestmark = pytest.mark.usefixtures("qapp")

ADA = an_attendee("Ada", "Lovelace", code="000001")
FOUND = PrinterProfile("", "QL-820NWB", "brother", "usb", "/dev/usb/lp0", media=Media(62))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KIOSK_PASSPHRASE", "correct horse battery staple")
    monkeypatch.setattr(Press, "found", lambda _self: [Offer(FOUND, "USB", "No permission:\nrule")])
    folder = tmp_path / "data"
    folder.mkdir()
    with a_store(folder, data_key(folder)) as store:
        enrol(store, ADA)
    return folder


def set_up(data: Path, *profiles: PrinterProfile) -> None:
    with a_store(data, data_key(data)) as store:
        for profile in profiles:
            Printers(store).add(profile)


def printers(data: Path, *words: str) -> Result:
    return CliRunner().invoke(printers_command, list(words), obj=Shell(data))


def test_without_any_there_is_the_pdf_printer_and_what_was_found(data: Path) -> None:
    result = printers(data)
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "✓ PDF  pdf, file  a folder  ready",
        "Found, not set up:",
        "· QL-820NWB  USB",
        "  No permission:",
        "  rule",
    ]


def test_a_printer_in_trouble_is_said_with_what_to_do(data: Path) -> None:
    zebra = Zebra()
    with running(zebra, Network(zebra)) as place:
        set_up(data, PrinterProfile("", "Badge 1", "zpl", "tcp", place.address))
        fine = printers(data, "--json", "--no-found")
        assert fine.exit_code == 0
        [one] = json.loads(fine.output)["printers"]
        assert (one["name"], one["state"], one["ready"]) == ("Badge 1", "ready", True)
        zebra.fault(PAPER_OUT)
        result = printers(data)
    assert result.exit_code == 1
    assert "✕ Badge 1  zpl, tcp" in result.output
    assert "Badge 1 is out of labels. Put in a new roll of 101.6 × 76.2 mm" in result.output


def test_what_is_set_up_is_not_found_again(data: Path) -> None:
    set_up(data, FOUND)
    result = printers(data, "--json")
    assert json.loads(result.output)["found"] == []
    assert json.loads(result.output)["printers"][0]["state"] == "offline"


def test_the_rules_alone_go_to_standard_output(data: Path) -> None:
    result = printers(data, "--udev")
    assert result.exit_code == 0
    assert result.stdout == press().udev_rules()[1] + "\n"
    assert "/etc/udev/rules.d" in result.stderr


def test_a_badge_goes_to_the_printer_that_is_named(data: Path) -> None:
    zebra = Zebra()
    with running(zebra, Network(zebra)) as place:
        set_up(data, PrinterProfile("", "Badge 1", "zpl", "tcp", place.address))
        result = CliRunner().invoke(badge_command, ["000001", "--printer", "badge 1"], obj=Shell(data))
        assert "printed on Badge 1" in result.output
    [label] = decoders.zpl(zebra.labels[0])
    assert label.picture.size == (1200, 900)


@pytest.mark.parametrize(
    "ending, decode",
    [
        (".zpl", decoders.zpl),
        (".brother", decoders.brother),
        (".dymo", decoders.dymo),
        (".escpos", decoders.escpos),
        (".pwg", decoders.pwg),
    ],
)
def test_a_badge_as_a_printer_would_get_it(data: Path, tmp_path: Path, ending: str, decode: decoders.Decode) -> None:
    target = tmp_path / f"ada{ending}"
    result = CliRunner().invoke(badge_command, ["000001", "--to", str(target)], obj=Shell(data))
    assert (result.exit_code, result.output.strip()) == (0, str(target))
    [label] = decode(target.read_bytes())
    assert decoders.ink(label.picture) is not None


def test_a_badge_that_does_not_fit_the_labels_is_no_file(data: Path, tmp_path: Path) -> None:
    set_up(data, PrinterProfile("", "Badge 1", "brother", "usb", "/dev/usb/lp0", media=Media(29, 90)))
    layout = asset("layouts/attendee-4x3.json")
    words = ["000001", "--to", str(tmp_path / "ada.brother"), "--layout", str(layout), "--printer", "Badge 1"]
    result = CliRunner().invoke(badge_command, words, obj=Shell(data))
    assert isinstance(result.exception, BadInput)
    assert "101.6 × 76.2 mm" in str(result.exception)
    assert list(tmp_path.glob("*.brother")) == []


@pytest.mark.parametrize(
    "layout, ending, decode",
    [
        ("label-62x100", ".brother", lambda data: decoders.brother(data, (62, 100))),
        ("attendee-4x3", ".brother", lambda data: decoders.brother(data, (102, 153), 1296)),
        ("badge-4x6", ".dymo", lambda data: decoders.dymo(data, 1248)),
        ("dymo-name-badge", ".dymo", decoders.dymo),
    ],
)
def test_a_layout_that_is_named_gets_labels_it_fits_on(
    data: Path, tmp_path: Path, layout: str, ending: str, decode: decoders.Decode
) -> None:
    target = tmp_path / f"ada{ending}"
    words = ["000001", "--to", str(target), "--layout", str(asset(f"layouts/{layout}.json"))]
    assert CliRunner().invoke(badge_command, words, obj=Shell(data)).exit_code == 0
    [label] = decode(target.read_bytes())
    assert len(zxingcpp.read_barcodes(label.picture.convert("L"))) == 1


def test_a_file_can_be_made_for_one_printer(data: Path, tmp_path: Path) -> None:
    set_up(data, PrinterProfile("", "Badge 1", "zpl", "tcp", "127.0.0.1:1", dpi=203))
    words = ["000001", "--to", str(tmp_path / "ada.zpl"), "--printer", "Badge 1"]
    assert CliRunner().invoke(badge_command, words, obj=Shell(data)).exit_code == 0
    [label] = decoders.zpl((tmp_path / "ada.zpl").read_bytes())
    assert label.picture.size == (812, 609)
