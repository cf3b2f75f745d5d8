"""The editor of badge layouts, used as somebody does: keys, forms, buttons, files."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QFileDialog, QPushButton, QWidget

from kiosk.domain.layout import Back, BoxMm, Element, Layout, Picture, Qr, Sworn, Text
from kiosk.domain.layout_choice import LayoutRules
from kiosk.domain.layout_fit import FitReport
from kiosk.domain.verdicts import Outcome
from kiosk.scanning.wedge import WedgeReader
from kiosk.ui.scan_filter import ScanFilter
from kiosk.ui.screens.layout_editor import LayoutEditor
from kiosk.ui.widgets.element_form import a_new, rows_for
from tests.ui.conftest import LONGEST, Screen

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
QR = 7
"""Which element of the usual layout is its QR."""


@pytest.fixture
def editor(screen: Screen) -> LayoutEditor:
    screen.window.open_organize("Badge layouts")
    page = screen.window.desk.page
    assert isinstance(page, LayoutEditor)
    settle(screen)
    return page


def settle(screen: Screen) -> None:
    """Answers of the desk ask for pictures, and these come from another thread."""
    screen.settle()
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, LayoutEditor)
    screen.bot.waitUntil(lambda: page.table._seen is not None and not page.table._is_drawing)


def layout(editor: LayoutEditor) -> Layout:
    return editor.table.edits.layout


def box(editor: LayoutEditor, place: int) -> BoxMm:
    return layout(editor).elements[place].box


def field(editor: LayoutEditor, name: str) -> Any:
    """The input of the form that a screen reader calls so."""
    found = [widget for widget in editor.table.form.findChildren(QWidget) if widget.accessibleName() == name]
    assert len(found) == 1, name
    return found[0]


def write(screen: Screen, editor: LayoutEditor, name: str, value: str) -> None:
    screen.settle()  # a form that was just built is shown by the event loop
    line = field(editor, name)
    line.setFocus()
    line.selectAll()
    screen.bot.keyClicks(line, value)
    screen.press(Qt.Key.Key_Return)


def listed(editor: LayoutEditor) -> list[str]:
    return [editor.table.elements.item(row).text() for row in range(editor.table.elements.count())]


def test_it_opens_on_the_usual_layout_drawn_by_what_prints(screen: Screen, editor: LayoutEditor) -> None:
    assert editor.which.currentText() == "Attendee, 4 × 3 in"
    assert editor.which.count() == len(screen.services.layouts.all())
    assert "Text {big}" in listed(editor)
    assert editor.table.view.hasFocus()
    tools = screen.services.badge_tools()
    printed = tools.preview(layout(editor), editor.table.sample, 300)
    shown = editor.table.view._image
    assert shown is not None
    assert (shown.width(), shown.height()) == (printed.width, printed.height)
    black = {(x, y) for x in range(0, 1200, 7) for y in range(0, 900, 7) if shown.pixelColor(x, y).value() == 0}
    dots = {
        (x, y) for x in range(0, 1200, 7) for y in range(0, 900, 7) if printed.rows[y * 150 + x // 8] >> (7 - x % 8) & 1
    }
    assert black == dots


def test_arrow_keys_move_half_a_millimetre_with_shift_five_and_with_control_they_resize(
    screen: Screen, editor: LayoutEditor
) -> None:
    editor.table.choose(4)
    before = box(editor, 4)
    screen.press(Qt.Key.Key_Right)
    screen.press(Qt.Key.Key_Up)
    assert box(editor, 4) == BoxMm(before.x + 0.5, before.y - 0.5, before.width, before.height)
    screen.press(Qt.Key.Key_Down, SHIFT)
    assert box(editor, 4).y == before.y + 4.5
    screen.press(Qt.Key.Key_Left, CONTROL)
    screen.press(Qt.Key.Key_Down, CONTROL | SHIFT)
    assert (box(editor, 4).width, box(editor, 4).height) == (before.width - 0.5, before.height + 5)
    for _n in range(10):
        screen.press(Qt.Key.Key_Right, SHIFT)
    assert box(editor, 4).x + box(editor, 4).width == pytest.approx(101.6)  # never off the badge


def test_elements_are_chosen_removed_and_brought_back_without_a_mouse(screen: Screen, editor: LayoutEditor) -> None:
    screen.press(Qt.Key.Key_PageDown)
    assert listed(editor)[editor.table.elements.currentRow()] == "Text {conference}"
    screen.press(Qt.Key.Key_Delete)
    assert "Text {conference}" not in listed(editor)
    assert editor.which.currentText().endswith("*")
    screen.press(Qt.Key.Key_Z, CONTROL)
    assert "Text {conference}" in listed(editor)
    assert not editor.which.currentText().endswith("*")
    screen.press(Qt.Key.Key_Y, CONTROL)
    assert "Text {conference}" not in listed(editor)


def test_undo_in_here_never_takes_back_a_check_in(screen: Screen, editor: LayoutEditor) -> None:
    screen.window.escape()
    screen.window.escape()
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    screen.window.open_organize("Badge layouts")
    settle(screen)
    editor.table.choose(0)
    screen.press(Qt.Key.Key_Down)
    for _n in range(3):
        screen.press(Qt.Key.Key_Z, CONTROL)
    for widget in (field(editor, "Words"), editor.which, editor.sample_buttons[2], editor.table.elements):
        widget.setFocus()
        assert widget.hasFocus()
        screen.press(Qt.Key.Key_Z, CONTROL)
    assert screen.services.history.recent()[0].undone is False


def test_undo_in_here_goes_through_the_key_filter_too(screen: Screen, editor: LayoutEditor, qapp: QApplication) -> None:
    """A real key is held by the filter for scanners first, and then given back."""
    screen.scan("000001")
    screen.window.open_organize("Badge layouts")
    settle(screen)
    editor.table.choose(0)
    screen.press(Qt.Key.Key_Down)
    assert editor.table.edits.is_changed
    keys = ScanFilter(WedgeReader(), qapp)
    try:
        QTest.keyClick(screen.window.windowHandle(), Qt.Key.Key_Z, CONTROL)
        screen.bot.waitUntil(lambda: not editor.table.edits.is_changed)
        QTest.keyClick(screen.window.windowHandle(), Qt.Key.Key_Z, CONTROL)
        screen.settle()
    finally:
        keys.close()
    screen.settle()
    assert screen.services.history.recent()[0].undone is False


def test_moves_in_a_row_are_one_step_and_another_element_begins_a_new_one(screen: Screen, editor: LayoutEditor) -> None:
    before = layout(editor)
    for place in (0, 1):
        editor.table.choose(place)
        for _n in range(4):
            screen.press(Qt.Key.Key_Down)
    screen.press(Qt.Key.Key_Z, CONTROL)
    assert box(editor, 1) == before.elements[1].box
    assert box(editor, 0).y == before.elements[0].box.y + 2
    screen.press(Qt.Key.Key_Z, CONTROL)
    assert layout(editor) == before


def test_a_mouse_moves_in_whole_millimetres(screen: Screen, editor: LayoutEditor) -> None:
    view = editor.table.view
    before = box(editor, QR)
    scale = view._side_rect().width() / 101.6
    start = view._rect_of(before).center().toPoint()
    screen.bot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    assert listed(editor)[editor.table.elements.currentRow()] == "QR"
    screen.bot.mouseMove(view, start - QPoint(round(3.2 * scale), round(1.9 * scale)))
    screen.bot.mouseRelease(view, Qt.MouseButton.LeftButton)
    assert (box(editor, QR).x, box(editor, QR).y) == (pytest.approx(before.x - 3), pytest.approx(before.y - 2))


def test_every_number_says_its_unit_and_every_input_its_name(editor: LayoutEditor) -> None:
    for place in range(-1, len(layout(editor).elements)):
        editor.table.choose(place)
        for widget in editor.table.form.findChildren(QDoubleSpinBox):
            assert widget.suffix() == {"Lines at most": "", "May be narrowed to": " %"}.get(
                widget.accessibleName(), " mm"
            )
        for kind in (QDoubleSpinBox, QComboBox):
            assert all(widget.accessibleName() for widget in editor.table.form.findChildren(kind))
    named = (*editor.findChildren(QPushButton), editor.which, editor.dpi, editor.table.view, editor.table.elements)
    assert all(widget.accessibleName() for widget in named)


def test_the_form_says_what_stands_where(screen: Screen, editor: LayoutEditor) -> None:
    editor.table.choose(4)
    field(editor, "From the left").setValue(6.5)
    field(editor, "If too long").setCurrentIndex(1)
    write(screen, editor, "Words", "{badge_name|first} · {pronoun}")
    text = layout(editor).elements[4]
    assert isinstance(text, Text)
    assert text.box.x == 6.5
    assert text.template.parts == ("{badge_name|first}", "{pronoun}")
    assert str(text.too_long) == "shorten"
    write(screen, editor, "Words", "{email}")
    assert layout(editor).elements[4] == text
    assert "email" in editor.state.text()
    assert "known are" in editor.state.text()


def test_a_rule_says_on_whose_badge_it_stands(screen: Screen, editor: LayoutEditor) -> None:
    editor.table.choose(QR)
    kinds = field(editor, "Stands on")
    kinds.setCurrentIndex(kinds.findText("all but these types:"))
    write(screen, editor, "Types, with commas", "Staff, Press")
    assert layout(editor).elements[QR].rule.unless.registration_type == ("Staff", "Press")
    kinds.setCurrentIndex(kinds.findText("sworn people"))
    assert layout(editor).elements[QR].rule.when.sworn == (Sworn.YES,)
    write(screen, editor, "Types, with commas", "")
    kinds.setCurrentIndex(0)
    assert layout(editor).elements[QR].rule.when == layout(editor).elements[0].rule.when


def test_a_doubt_stands_beside_its_element(screen: Screen, editor: LayoutEditor) -> None:
    editor.table.choose(QR)
    assert not editor.table.remarks.isVisible()
    for name in ("Width", "Height"):
        field(editor, name).setValue(16)
    assert "QR of 16 mm: telephones need 20 mm or more." in editor.table.remarks.text()
    assert "▲ QR" in listed(editor)
    field(editor, "Width").setValue(3)
    assert box(editor, QR).width == 14.5  # what could never be read is not made


@pytest.mark.parametrize("words", ["Longest name", "Arabic", "Emoji", "One name", "Short"])
def test_the_worst_samples_are_one_click_away_and_none_leaves_its_box(
    screen: Screen, editor: LayoutEditor, words: str
) -> None:
    screen.click(words)
    settle(screen)
    seen = editor.table._seen
    assert seen is not None
    assert not [problem for problem in seen.problems if problem.kind in ("outside", "missing_glyphs")]
    assert [made.text() for made in editor.sample_buttons if made.isChecked()] == [words]
    assert any(fit.words for fit in seen.fits)


def test_what_is_added_can_be_seen_moved_copied_and_ordered(screen: Screen, editor: LayoutEditor) -> None:
    count = len(layout(editor).elements)
    for words in ("+ Text", "+ QR", "+ Line", "+ Box", "+ Band"):
        screen.click(words)
    added = layout(editor).elements[count:]
    assert [type(element).__name__ for element in added] == ["Text", "Qr", "Line", "Frame", "Band"]
    assert editor.table.view.hasFocus()
    screen.click("Copy")
    assert layout(editor).elements[-1].box.x == pytest.approx(added[-1].box.x + 2)
    screen.click("Earlier")
    assert layout(editor).elements[-1] == added[-1]
    screen.click("Remove")
    assert len(layout(editor).elements) == count + 5


def a_picture(path: Path) -> str:
    Image.linear_gradient("L").save(path)
    return str(path)


def test_a_picture_is_brought_in_and_what_is_none_is_said(
    screen: Screen, editor: LayoutEditor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_file(monkeypatch, a_picture(tmp_path / "logo.png"))
    screen.click("+ Picture")
    picture = layout(editor).elements[-1]
    assert isinstance(picture, Picture)
    assert Image.open(io.BytesIO(picture.png)).size == (256, 256)
    (tmp_path / "bad.png").write_bytes(b"nothing")
    choose_file(monkeypatch, str(tmp_path / "bad.png"))
    screen.click("+ Picture")
    assert "no picture we can read" in editor.state.text()
    assert layout(editor).elements[-1] == picture


def choose_file(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, name, lambda *_args, **_more: (path, ""))


def test_the_badge_itself_has_a_name_a_size_and_a_back(screen: Screen, editor: LayoutEditor) -> None:
    editor.table.choose(-1)
    assert field(editor, "Size").currentText() == "101.6 × 76.2 mm"
    field(editor, "Width").setValue(90)
    assert field(editor, "Size").currentText() == "another size"
    assert layout(editor).width_mm == 90
    assert all(element.box.x + element.box.width <= 90.001 for element in layout(editor).elements)
    write(screen, editor, "Name", "Night shift")
    back = field(editor, "Back")
    back.setCurrentIndex(back.findText("folded over the top"))
    assert layout(editor).back == Back((), folded=True)
    editor.table.side.setCurrentIndex(1)
    screen.click("+ QR")
    settle(screen)
    assert isinstance(layout(editor).back.elements[0], Qr)  # type: ignore[union-attr]
    at = layout(editor).back.elements[0].box.x  # type: ignore[union-attr]
    screen.press(Qt.Key.Key_Left)  # to the left on the screen: the back stands upside down there
    assert layout(editor).back.elements[0].box.x == at + 0.5  # type: ignore[union-attr]
    write_name = layout(editor).name
    assert write_name == "Night shift"


def test_saving_keeps_a_copy_of_what_is_shipped_and_then_changes_it(screen: Screen, editor: LayoutEditor) -> None:
    assert not editor.save_button.isEnabled()
    editor.table.choose(0)
    screen.press(Qt.Key.Key_Down)
    screen.press(Qt.Key.Key_S, CONTROL)
    settle(screen)
    assert "“Attendee, 4 × 3 in 2” is saved." in editor.state.text()
    assert editor.which.currentText() == "Attendee, 4 × 3 in 2"
    [mine] = [kept for kept in screen.services.layouts.all() if not kept.shipped]
    assert mine.layout.elements[0].box.y == pytest.approx(3.1)
    screen.press(Qt.Key.Key_Down)
    screen.click("Save")
    settle(screen)
    assert screen.services.layouts.get(mine.id).layout.elements[0].box.y == pytest.approx(3.6)
    screen.click("Remove layout")
    settle(screen)
    assert "was removed" in editor.state.text()
    assert [kept for kept in screen.services.layouts.all() if not kept.shipped] == []


def test_what_is_not_saved_is_still_there_after_a_scan_and_another_layout(screen: Screen, editor: LayoutEditor) -> None:
    editor.table.choose(0)
    screen.press(Qt.Key.Key_Down)
    changed = layout(editor)
    editor.which.setCurrentIndex(3)
    settle(screen)
    assert layout(editor) != changed
    assert screen.scan("000001").outcome is Outcome.ADMITTED
    screen.window.open_organize("Badge layouts")
    settle(screen)
    editor.which.setCurrentIndex(0)
    settle(screen)
    assert layout(editor) == changed
    screen.press(Qt.Key.Key_Z, CONTROL)
    assert not editor.table.edits.is_changed


def test_check_all_draws_everybody_and_lists_what_does_not_fit(screen: Screen, editor: LayoutEditor) -> None:
    screen.click("Check all 11")
    screen.bot.waitUntil(editor.report.isVisible, timeout=60_000)
    text = editor.report.toPlainText()
    assert text.startswith("11 badges drawn: 0 outside a box, 0 with letters no font has, 2 smaller than asked for")
    assert f"Hubert {LONGEST}: “{LONGEST}” is printed smaller" in text
    assert "11 badges drawn" in editor.state.text()
    screen.click("Show the badge")
    assert editor.table.view.isVisible()


def test_a_check_that_takes_long_can_be_stopped(
    screen: Screen, editor: LayoutEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(
        _badges: object, _layouts: object, tell: Callable[[int, int], None], stopped: Callable[[], bool]
    ) -> FitReport:
        tell(1, 1000)
        while not stopped():
            pass
        return FitReport(1, stopped=True)

    monkeypatch.setattr(type(screen.services.badge_tools()), "check", staticmethod(check))
    screen.click("Check all")
    screen.bot.waitUntil(lambda: editor.bar.maximum() == 1000)
    assert screen.scan("000001").outcome is Outcome.ADMITTED  # nobody waits for it
    screen.window.open_organize("Badge layouts")
    screen.settle()
    screen.click("Stop")
    screen.bot.waitUntil(editor.report.isVisible)
    assert "Stopped after 1 badges" in editor.state.text()


def test_which_type_gets_which_layout(screen: Screen, editor: LayoutEditor) -> None:
    screen.click("For which types")
    assert list(editor.rules.choices) == ["Attendee"]
    chosen = editor.rules.choices["Attendee"]
    chosen.setCurrentIndex(chosen.findText("Attendee, 4 × 6 in"))
    settle(screen)
    assert screen.services.layouts.rules() == LayoutRules("attendee-4x3", {"Attendee": "badge-4x6"})
    assert "from the next badge on" in editor.state.text()


def test_whoever_chooses_a_layout_hears_that_its_back_is_for_sheets(screen: Screen, editor: LayoutEditor) -> None:
    layouts = screen.services.layouts
    kept = layouts.save(replace(layouts.get("attendee-4x3").layout, name="Two pages", back=Back((), folded=False)))
    screen.window.open_organize("Badge layouts")
    settle(screen)
    screen.click("For which types")
    editor.rules.usual.setCurrentIndex(editor.rules.usual.findText("Two pages"))
    settle(screen)
    assert layouts.rules().default == kept.id
    assert "printers of labels print the front alone" in editor.state.text()
    editor.rules.usual.setCurrentIndex(editor.rules.usual.findText("A6, folded over"))
    settle(screen)
    assert "the front alone" not in editor.state.text()


def test_layouts_come_in_and_go_out_as_files(
    screen: Screen, editor: LayoutEditor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_file(monkeypatch, str(tmp_path / "out.json"))
    screen.click("Save as file…")
    assert "Saved as" in editor.state.text()
    screen.click("Bring in…")
    settle(screen)
    assert editor.which.currentText() == "Attendee, 4 × 3 in 2"
    pretix = [
        {"type": "textarea", "left": "5", "bottom": "5", "width": "90", "fontsize": "12", "content": "question_1"}
    ]
    (tmp_path / "pretix.json").write_text(json.dumps(pretix))
    choose_file(monkeypatch, str(tmp_path / "pretix.json"))
    screen.click("Bring in…")
    settle(screen)
    assert "“From pretix” was brought in." in editor.state.text()
    assert "question_1" in editor.state.text()
    (tmp_path / "bad.json").write_text("{")
    choose_file(monkeypatch, str(tmp_path / "bad.json"))
    screen.click("Bring in…")
    assert "bad.json: this is not JSON" in editor.state.text()


def test_a_test_print_says_what_became_of_it(screen: Screen, editor: LayoutEditor) -> None:
    screen.click("Print test")
    screen.bot.waitUntil(lambda: editor.state.text() == "Printed.")


def test_a_layout_says_everything_that_can_be_said_of_each_element() -> None:
    """Whoever adds a field to an element adds it to the form."""
    shown = {
        "Text": 4 + 1 + 2 + 8, "Band": 4 + 2 + 2 + 1, "Qr": 4 + 2, "Picture": 4 + 1, "Frame": 4 + 2, "Line": 5,
    }  # fmt: skip
    png = base64.b64decode("iVBORw0KGgo=")
    for kind in ("text", "band", "qr", "image", "box", "line"):
        element: Element = a_new(kind, 100, 60, png)
        assert len(rows_for(element)) == shown[type(element).__name__] + 2
