"""How the desk looks: everything fits, can be reached and is told apart without its colour."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QImage, QShortcut
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from kiosk.domain.verdicts import Outcome
from kiosk.ui.services import DeskInfo
from kiosk.ui.theme import DAY, LOOKS, NIGHT, Colours, Theme
from kiosk.ui.widgets.status_strip import StatusStrip
from kiosk.ui.widgets.text import Elided, block
from kiosk.ui.widgets.verdict_card import Answer, VerdictCard
from tests.ui.conftest import LONGEST, Open, Screen

STATES: dict[str, Callable[[Screen], object]] = {
    "ready": lambda screen: None,
    "admitted": lambda screen: screen.scan("000008"),
    "longest name": lambda screen: screen.scan("000006"),
    "unpaid": lambda screen: screen.scan("000002"),
    "note and need": lambda screen: screen.scan("000005"),
    "already": lambda screen: (screen.scan("000008"), screen.scan("000008", later_s=1800)),
    "stop": lambda screen: screen.scan("000004"),
    "override": lambda screen: (screen.scan("000004"), screen.press(Qt.Key.Key_F8)),
    "unknown": lambda screen: screen.scan("https://example.org/menu"),
    "placeholder": lambda screen: (screen.scan("000003"), screen.press(Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)),
    "search": lambda screen: screen.press(Qt.Key.Key_F2),
    "walk-in": lambda screen: screen.press(Qt.Key.Key_F4),
    "keys": lambda screen: screen.press(Qt.Key.Key_F1),
    "diagnostics": lambda screen: screen.press(Qt.Key.Key_F12),
}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("state", STATES)
def test_nothing_has_to_be_scrolled_at_1280_by_800(screen: Screen, state: str) -> None:
    screen.window.resize(1280, 800)
    STATES[state](screen)
    screen.settle()
    assert screen.window.size() == QSize(1280, 800), "the window does not grow"
    scrolled = [
        area.widget().metaObject().className()
        for area in screen.window.findChildren(QScrollArea)
        if area.isVisible() and (area.verticalScrollBar().maximum() or area.horizontalScrollBar().maximum())
    ]
    assert not scrolled
    if screen.window.desk.card.isVisible():
        last = screen.window.desk.card._placed[-1]
        assert last.y + last.block.height <= screen.window.desk.card.height()


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_cut_off_at_twice_the_text_size(open_screen: Open, qapp: object, state: str) -> None:
    theme = Theme(text_scale=2.0)
    theme.apply(qapp)  # type: ignore[arg-type]
    screen = open_screen(theme=theme)
    screen.window.resize(1366, 768)
    STATES[state](screen)
    screen.settle()
    assert screen.window.width() == 1366
    assert screen.window.height() == 768
    for area in screen.window.findChildren(QScrollArea):
        if area.isVisible():
            assert area.widget().width() <= area.viewport().width(), "sideways there is no way to the rest"
    for each in [*screen.window.findChildren(QLabel), *screen.window.findChildren(QAbstractButton)]:
        if each.isVisible() and not isinstance(each, Elided) and each.property("kind") != "row":
            needed = each.heightForWidth(each.width()) if each.hasHeightForWidth() else each.sizeHint().height()
            assert each.height() >= needed - 2, f"{each.text()!r} is {each.height()} px high and needs {needed}"  # type: ignore[attr-defined]
            if not each.hasHeightForWidth():
                assert each.width() >= each.minimumSizeHint().width(), f"{each.text()!r} is too narrow"  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", STATES)
def test_every_control_has_a_name_and_can_be_reached_by_tab(screen: Screen, state: str) -> None:
    STATES[state](screen)
    screen.settle()
    controls = [
        each
        for kind in (QAbstractButton, QLineEdit)
        for each in screen.window.findChildren(kind)
        if each.isVisible() and each.isEnabled() and each.metaObject().className() != "QLineEditIconButton"
    ]
    for each in controls:
        assert each.accessibleName(), each.metaObject().className()
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus, each.accessibleName()
    assert {id(each) for each in controls} <= {id(each) for each in tab_order(screen)}


def tab_order(screen: Screen) -> list[QWidget]:
    """Where Tab leads, from the beginning until it comes round."""
    screen.window.desk.setFocus()
    order: list[QWidget] = []
    for _step in range(60):
        screen.window.focusNextPrevChild(True)
        if order and screen.window.focusWidget() is order[0]:
            break
        order.append(screen.window.focusWidget())
    return order


@pytest.mark.parametrize("state", ["admitted", "already", "override", "walk-in"])
def test_tab_follows_the_reading_order(screen: Screen, state: str) -> None:
    """The answer's column from top to bottom, then the scans beside it, then the foot."""
    STATES[state](screen)
    screen.settle()
    page, foot = screen.window.desk.pages, screen.window.state.parentWidget()
    order = tab_order(screen)
    order = [*order[(first := next(n for n, each in enumerate(order) if page.isAncestorOf(each))) :], *order[:first]]
    part = [0 if page.isAncestorOf(each) else 2 if foot.isAncestorOf(each) else 1 for each in order]
    assert part == sorted(part), [each.accessibleName() for each in order]
    for number in (0, 1, 2):
        places = [
            each.mapTo(screen.window, QPoint(0, 0)) for each, its in zip(order, part, strict=True) if its == number
        ]
        rows = [(place.y() // 40, place.x()) for place in places]
        assert rows == sorted(rows)


def test_no_shortcut_is_a_letter_or_digit_alone(screen: Screen) -> None:
    for state in ("admitted", "already", "override"):
        STATES[state](screen)
        for shortcut in screen.window.findChildren(QShortcut):
            keys = shortcut.key().toString()
            assert re.fullmatch(r"(Ctrl|Alt)\+.|F\d+|Esc", keys), keys


@pytest.mark.parametrize("colours", [DAY, NIGHT], ids=["day", "night"])
def test_day_and_night_can_be_read(colours: Colours) -> None:
    for ground in (colours.ground, colours.surface, colours.raised):
        assert contrast(colours.text, ground) >= 7
        assert contrast(colours.muted, ground) >= 4.5
        assert contrast(colours.focus, ground) >= 3
        assert contrast(colours.accent, ground) >= 4.5
        assert contrast(colours.edge, ground) >= 3
    assert contrast(colours.on_accent, colours.accent) >= 4.5


def test_verdicts_can_be_read_from_afar() -> None:
    for outcome, look in LOOKS.items():
        assert contrast(look.background, look.ink) >= 7, outcome


def test_every_outcome_has_a_shape_of_its_own_without_colour(qtbot: object) -> None:
    pictures: dict[Outcome, bytes] = {}
    for outcome in Outcome:
        card = VerdictCard(Theme())
        card.resize(600, 400)
        card.show_answer(Answer(outcome, ""))
        grey = card.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        pictures[outcome] = bytes(grey.constBits())
    assert len(set(pictures.values())) == len(Outcome)


def test_word_and_name_are_as_large_as_promised(screen: Screen) -> None:
    screen.window.resize(1280, 800)
    for state in ("admitted", "already", "unpaid", "stop"):
        STATES[state](screen)
        screen.settle()
        sizes = [item.block.size_px for item in screen.window.desk.card._placed]
        assert sizes[0] >= 88
        assert sorted(sizes)[-2] >= 44


def test_the_longest_name_stays_inside_the_card(screen: Screen) -> None:
    screen.scan("000006")
    card = screen.window.desk.card
    assert LONGEST in screen.card()
    bottom = 0.0
    for item in card._placed[1:]:
        assert item.y >= bottom, "lines do not overlap"
        bottom = item.y + item.block.height
        assert item.x + item.block.layout.boundingRect().width() <= card.width()
    assert bottom <= card.height()


def test_arabic_runs_from_right_to_left(screen: Screen) -> None:
    screen.scan("000007")
    assert any("محمد" in item.block.layout.text() for item in screen.window.desk.card._placed)
    mixed = block("محمد Smith", 40, 600).layout
    first, _ = mixed.lineAt(0).cursorToX(0)  # type: ignore[misc]
    last, _ = mixed.lineAt(0).cursorToX(len(mixed.text()))  # type: ignore[misc]
    assert first > last, "the name begins at the right, although its second half runs the other way"


def test_the_strip_says_what_it_has_to(screen: Screen) -> None:
    screen.scan("000008")
    strip = screen.words(screen.window.strip)
    for words in (
        "PLECET 2023 · Desk 2 (Maria R.)",
        "DEMO DATA",
        "This station only – saved here",
        "Printer",
        "Scanner ok",
        "PM EDT",
    ):
        assert words in strip


def test_the_strip_stays_on_one_line_where_a_part_that_is_well_can_be_spared(qtbot: QtBot, info: DeskInfo) -> None:
    strip = StatusStrip(info)
    qtbot.addWidget(strip)
    strip.say("scanner", "Scanner ok", well=True)
    room_px = strip.sizeHint().width()
    strip.resize(room_px, 100)
    strip.show()
    one_line = strip.heightForWidth(room_px)
    assert "scanner" in shown(strip)
    strip.resize(room_px - 20, 100)
    assert "scanner" not in shown(strip)
    assert strip.heightForWidth(room_px - 20) == one_line
    strip.say("scanner", "The scanner is unplugged")
    assert "scanner" in shown(strip), "what is wrong gives way to nothing"
    strip.say("scanner", "Scanner ok", well=True)
    strip.resize(room_px // 2, 100)
    assert "scanner" in shown(strip), "there are two lines anyway"


def shown(strip: StatusStrip) -> list[str]:
    return [name for name, part in strip._parts.items() if part.isVisible()]
