"""A desk as it is opened: its printers at work, what somebody sets up meanwhile, and the shell beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from kiosk.commands.badge import badge_command
from kiosk.commands.shell import Shell
from kiosk.config import Settings
from kiosk.desk import Desk, open_desk
from kiosk.domain.print_jobs import JobState
from kiosk.domain.printers import Media, PrinterProfile
from kiosk.services.printers import Printers
from kiosk.storage.keys import data_key
from tests.builders import KEY, a_store, an_attendee, enrol
from tests.printing.decoders import zpl
from tests.printing.emulators import PAPER_OUT, Zebra
from tests.printing.fake_printer import until
from tests.printing.places import Network, running

pytestmark = pytest.mark.usefixtures("qapp")

ADA = an_attendee("Ada", "Lovelace", code="000001")
GRACE = an_attendee("Grace", "Hopper", code="000002")


@pytest.fixture
def zebra() -> Iterator[tuple[Zebra, Network]]:
    paper = Zebra()
    with running(paper, Network(paper)) as place:
        assert isinstance(place, Network)
        yield paper, place


def profile(place: Network) -> PrinterProfile:
    return PrinterProfile("badge-1", "Badge 1", "zpl", "tcp", place.address, media=Media(101.6, 76.2))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = open_desk(Settings(data=tmp_path / "data"), KEY)
    enrol(desk.store, ADA, GRACE)
    yield desk
    desk.close()


def test_a_printer_set_up_while_the_desk_works_prints_the_next_badge(
    desk: Desk, zebra: tuple[Zebra, Network], tmp_path: Path
) -> None:
    paper, place = zebra
    badges = desk.services.badges
    desk.start_printing()
    desk.services.check_in.present("000001")
    first = until(badges, ADA.attendee.id, JobState.PRINTED)
    assert (first.printer, len(list((tmp_path / "data" / "badges").iterdir()))) == ("pdf", 1)
    badges.printers.save(profile(place))
    desk.services.check_in.present("000002")
    second = until(badges, GRACE.attendee.id, JobState.PRINTED)
    assert (second.printer, badges.printers.name_of(first.printer)) == ("badge-1", "PDF")
    [label] = zpl(paper.labels[0])
    assert label.picture.size == (1200, 900), "drawn for the dots and the labels of this printer"


def test_the_ruler_page_comes_out_between_two_badges(desk: Desk, zebra: tuple[Zebra, Network]) -> None:
    paper, place = zebra
    printers = desk.services.badges.printers
    printers.save(replace(profile(place), labels_per_roll=100))
    desk.start_printing()
    assert desk.services.print_room.test_page("badge-1").result(20) == "The test page is out."
    assert (len(paper.labels), printers.labels_left("badge-1")) == (1, 99)
    paper.fault(PAPER_OUT)
    assert "out of labels" in desk.services.print_room.test_page("badge-1").result(20)
    assert len(paper.labels) == 1


def test_the_shell_prints_on_the_printer_that_was_named(
    tmp_path: Path, zebra: tuple[Zebra, Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    paper, place = zebra
    monkeypatch.setenv("KIOSK_PASSPHRASE", "correct horse battery staple")
    folder = tmp_path / "shell"
    folder.mkdir()
    with a_store(folder, data_key(folder)) as store:
        enrol(store, ADA)
        Printers(store).save(profile(place))
    result = CliRunner().invoke(badge_command, ["000001", "--printer", "badge 1"], obj=Shell(folder))
    assert (result.exit_code, "printed on Badge 1" in result.output) == (0, True), result.output
    assert len(paper.labels) == 1
