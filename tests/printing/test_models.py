from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.config import asset
from kiosk.domain.badge import badge_of
from kiosk.domain.layout_choice import KeptLayout, LayoutRules, choose
from kiosk.domain.layout_json import read_layout
from kiosk.domain.people import Attendee, AttendeeId, TicketCode
from kiosk.domain.printer_json import checked
from kiosk.domain.printers import Media
from kiosk.printing.checks import not_fit
from kiosk.printing.languages import LANGUAGES, encode
from kiosk.printing.languages.brother import ROLLS, roll_of
from kiosk.printing.models import MODELS, Model, model_by_id, model_by_usb, offers
from kiosk.printing.render import draw
from kiosk.printing.ruler_page import ruler_page

pytestmark = pytest.mark.usefixtures("qapp")

ADA = badge_of(Attendee(AttendeeId("0" * 26), first="Ada", last="Lovelace"), TicketCode("K7Q4M2X9P3R8T6WZ"), "")
SHIPPED = [KeptLayout(file.stem, read_layout(file.read_bytes())) for file in sorted(asset("layouts").glob("*.json"))]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_what_the_table_offers_can_be_kept_and_printed_on(model: Model) -> None:
    profile = checked(replace(model.profile(), id="p"))
    assert profile.model == model.id
    layout = choose(SHIPPED, LayoutRules(), ADA, profile.media, turned=profile.rotate in (90, 270))
    for page in (draw(layout, ADA, profile.dpi).page, ruler_page(profile)):
        assert not_fit(page, profile) == ""
        if profile.language in LANGUAGES:
            assert encode(page, profile)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_its_ruler_page_fits_on_all_its_labels(model: Model) -> None:
    for media in model.media:
        profile = replace(model.profile(), media=media)
        assert not_fit(ruler_page(profile), profile) == ""


def test_each_model_is_there_once() -> None:
    assert len({model.id for model in MODELS}) == len(MODELS)
    assert len(offers()) == len(MODELS)
    assert all(offer.words for offer in offers())


def test_brother_labels_are_rolls_brother_makes() -> None:
    for model in MODELS:
        if model.language == "brother":
            assert all(roll_of(media) for media in model.media)
    assert roll_of(Media(102, 152)) in ROLLS
    assert roll_of(Media(61, 200)) is None


@pytest.mark.parametrize(
    "vendor, product, model_id",
    [(0x04F9, 0x209D, "brother-ql-820"), (0x0A5F, 0x1234, "zebra-203"), (0x0922, 0x001F, "dymo-4xl")],
)
def test_a_printer_is_known_by_what_it_says_over_usb(vendor: int, product: int, model_id: str) -> None:
    assert model_by_usb(vendor, product) is model_by_id(model_id)


def test_an_office_printer_is_none_of_ours() -> None:
    assert model_by_usb(0x03F0, 0x1234) is None
    assert model_by_usb(0x04F9, 0x0001) is None
