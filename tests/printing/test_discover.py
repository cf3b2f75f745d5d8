"""Printers that are found: at a USB port, on the network, with CUPS; and what keeps one from being used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kiosk.domain.printers import Media
from kiosk.printing import discover
from kiosk.printing.discover import Announced, network_printers, udev_rules, usb_printers
from kiosk.printing.transports.ipp import IppLine
from tests.printing.ipp_emulator import Ipp, IppServer, write

IPP, RAW = "_ipp._tcp.local.", "_pdl-datastream._tcp.local."


@pytest.fixture
def computer(tmp_path: Path) -> tuple[Path, Path]:
    """The folders in which Linux keeps what is plugged in, with a Brother and an office printer."""
    for number, (vendor, product, name) in enumerate([("04f9", "209d", "QL-820NWB"), ("03f0", "1234", "LaserJet")]):
        device = tmp_path / "devices" / str(number)
        (device / "interface").mkdir(parents=True)
        for file, words in (("idVendor", vendor), ("idProduct", product), ("product", name)):
            (device / file).write_text(words + "\n")
        (tmp_path / "class" / f"lp{number}").mkdir(parents=True)
        (tmp_path / "class" / f"lp{number}" / "device").symlink_to(device / "interface")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "lp0").touch()
    return tmp_path / "class", tmp_path / "dev"


def test_a_label_printer_at_a_usb_port(computer: tuple[Path, Path]) -> None:
    [offer] = usb_printers(*computer)
    profile = offer.profile
    assert (profile.name, profile.language, profile.transport) == ("QL-820NWB", "brother", "usb")
    assert (profile.address, profile.media, profile.head_dots) == (
        str(computer[1] / "lp0"),
        Media(62, None, "DK-22205"),
        720,
    )
    assert offer.problem == ""


def test_a_device_file_that_may_not_be_used_comes_with_the_rule_that_is_missing(
    computer: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_args: False)
    [offer] = usb_printers(*computer)
    assert "lp0 may not be used by this account" in offer.problem
    assert udev_rules() in offer.problem


def test_the_rules_name_every_maker_and_are_rules() -> None:
    lines = udev_rules().splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert [line.split('idVendor}=="')[1][:4] for line in rules] == ["04f9", "0922", "0a5f", "04b8"]
    assert all(line.endswith('TAG+="uaccess"') for line in rules)


def test_a_computer_without_usb_printers(tmp_path: Path) -> None:
    assert usb_printers(tmp_path / "none", tmp_path / "none") == []


@pytest.mark.parametrize(
    "one, model, address",
    [
        (Announced(IPP, "Badge A", "10.0.0.7", 631, "ipp/print"), "ipp", "ipp://10.0.0.7:631/ipp/print"),
        (Announced(IPP, "Badge A", "fe80::1", 631, "/ipp/print"), "ipp", "ipp://[fe80::1]:631/ipp/print"),
        (Announced(RAW, "ZDesigner ZD421-300dpi", "10.0.0.8", 9100), "zebra-300", "10.0.0.8:9100"),
        (Announced(RAW, "desk", "10.0.0.8", 9100, kind="Zebra ZD230"), "zebra-203", "10.0.0.8:9100"),
        (Announced(RAW, "Brother QL-820NWB", "10.0.0.9", 9100), "brother-ql-820", "10.0.0.9:9100"),
        (Announced(RAW, "Brother QL-1110NWB", "10.0.0.9", 9100), "brother-ql-1110", "10.0.0.9:9100"),
        (Announced(RAW, "EPSON TM-T88VI", "10.0.0.9", 9100), "epson-tm-180", "10.0.0.9:9100"),
    ],
)
def test_a_printer_that_announces_itself(one: Announced, model: str, address: str) -> None:
    [offer] = network_printers(lambda _seconds: [one])
    assert (offer.profile.model, offer.profile.address) == (model, address)
    assert one.host in offer.words


def test_port_9100_alone_does_not_say_what_is_spoken_there() -> None:
    assert network_printers(lambda _seconds: [Announced(RAW, "HP LaserJet", "10.0.0.9", 9100)]) == []


def test_a_name_from_the_network_is_plain_text_on_one_line() -> None:
    [offer] = network_printers(lambda _seconds: [Announced(IPP, "Badge\x1b[2J\n" + "A" * 99, "10.0.0.7", 631)])
    assert offer.profile.name == ("Badge [2J " + "A" * 99)[:40]


def test_the_queues_of_cups(monkeypatch: pytest.MonkeyPatch) -> None:
    printer = Ipp()
    names = [
        (0x42, "printer-name", b"labels"),
        (0x41, "printer-info", b"Label printer"),
        (0x41, "printer-make-and-model", b"Zebra"),
    ]
    monkeypatch.setattr(printer, "answer", lambda data: write(0, 4, names))
    server = IppServer(printer)
    monkeypatch.setattr(discover, "cups_line", lambda: IppLine(server.address))
    try:
        [offer] = discover.cups_printers()
    finally:
        server.close()
    assert (offer.profile.name, offer.profile.transport, offer.profile.address) == ("Label printer", "cups", "labels")
    assert offer.words == "CUPS, Zebra"
    assert discover.cups_printers() == []  # switched off


@pytest.mark.expect_log
def test_one_way_of_looking_that_fails_costs_the_others_nothing(
    computer: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> list[discover.Offer]:
        raise RuntimeError("no network")

    cups = discover.Offer(discover.model_by_id("cups").profile("A", "cups", "labels"))  # type: ignore[union-attr]
    system = discover.Offer(discover.model_by_id("system").profile("A", "system", "labels"))  # type: ignore[union-attr]
    monkeypatch.setattr(discover, "usb_printers", lambda: usb_printers(*computer))
    monkeypatch.setattr(discover, "network_printers", broken)
    monkeypatch.setattr(discover, "cups_printers", lambda: [cups])
    monkeypatch.setattr(discover, "system_printers", lambda: [system])
    found = discover.looked_for().result(20)
    assert [offer.profile.transport for offer in found] == ["usb", "cups"]  # Qt's list has CUPS' queues once more
