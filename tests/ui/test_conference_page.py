"""The organizer says what the conference is called; every screen of the window says it from then on."""

from __future__ import annotations

import pytest

from kiosk.ui.screens.conference_page import ConferencePage
from tests.ui.conftest import Screen


@pytest.fixture
def page(screen: Screen) -> ConferencePage:
    screen.window.open_organize("Conference")
    screen.settle()
    page = screen.window.desk.page
    assert isinstance(page, ConferencePage)
    assert page.form is not None
    return page


def test_it_stands_there_as_it_is(page: ConferencePage) -> None:
    assert page.form is not None
    assert page.form.values() == {
        "title": "PLECET National Conference 2023", "short_name": "PLECET 2023", "zone": "America/New_York",
        "code_prefix": "", "year": "", "url_hosts": "",
    }  # fmt: skip
    assert page.form.inputs["title"].hasFocus()


def test_a_new_name_is_on_the_window_at_once(screen: Screen, page: ConferencePage) -> None:
    assert page.form is not None
    page.form.inputs["title"].setText("Harbor Summit")
    page.form.inputs["zone"].setText("America/Chicago")
    page.form.submit()
    screen.settle()
    assert screen.window.windowTitle().startswith("Harbor Summit")
    assert str(screen.window.info.zone) == "America/Chicago"


def test_what_is_wrong_is_said_beside_its_line_and_nothing_is_kept(screen: Screen, page: ConferencePage) -> None:
    assert page.form is not None
    page.form.inputs["title"].setText("Harbor Summit")
    page.form.inputs["zone"].setText("Mars/Olympus")
    page.form.inputs["year"].setText("23")
    page.form.submit()
    screen.settle()
    assert "Mars/Olympus is not known" in page.form.problem.text()
    assert "four digits" in page.form.problem.text()
    wrong = {key for key, line in page.form.inputs.items() if line.property("wrong")}
    assert wrong == {"zone", "year"}
    assert page.form.inputs["zone"].hasFocus()
    assert page.form.inputs["title"].text() == "Harbor Summit", "what was typed is still there"
    assert screen.services.conference()["title"] == "PLECET National Conference 2023"
