"""Charts that say the same in grey, as a table, and to whoever cannot see them."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from kiosk.domain.charts import Bar, Bars, Columns, Look, Series, bars_svg, columns_svg

SVG = "{http://www.w3.org/2000/svg}"
HOURS = ("2:00", "2:10", "2:20")


def chart(*series: Series, **more: object) -> Columns:
    return Columns("Arrivals", "check-ins each 10 minutes", "time, EDT", HOURS, series, **more)  # type: ignore[arg-type]


def drawn(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in drawn(svg).iter(f"{SVG}text")]


def test_columns_say_what_they_count_and_in_which_zone() -> None:
    svg = columns_svg(chart(Series("Desk 1", (1, 2, 3)), expected=(1, 2, 2), expected_name="expected"), 600, 240)
    assert {"check-ins each 10 minutes", "time, EDT", "expected", *HOURS} <= set(texts(svg))
    assert drawn(svg).get("aria-label") == "Arrivals"
    assert drawn(svg).find(f"{SVG}title") is not None


def test_heights_follow_the_numbers_and_stacks_stand_on_each_other() -> None:
    svg = columns_svg(chart(Series("A", (1, 2, 4)), Series("B", (3, 0, 0))), 600, 240)
    boxes = [
        (box.get("fill"), float(box.get("y", 0)), float(box.get("height", 0)))
        for box in drawn(svg).iter(f"{SVG}rect")
        if float(box.get("width", 0)) > 100
    ]
    first, second = Look().series[:2]
    one = next(high for fill, _y, high in boxes if fill == first)
    assert [round((high + 1) / (one + 1)) for fill, _y, high in boxes if fill == first] == [1, 2, 4]
    ((_fill, y, high),) = [box for box in boxes if box[0] == second]
    assert y + high < next(y for fill, y, _high in boxes if fill == first)


def test_more_series_than_can_be_told_apart_are_drawn_together_and_listed_apart() -> None:
    many = chart(*(Series(f"Desk {n}", (n, n, n)) for n in range(1, 9)), others="others")
    said = texts(columns_svg(many, 900, 240))
    assert "others" in said
    assert "Desk 8" in said
    assert "Desk 1" not in said
    headers, rows = many.rows()
    assert headers == ("time, EDT", *(f"Desk {n}" for n in range(1, 9)))
    assert rows[0] == ("2:00", "1", "2", "3", "4", "5", "6", "7", "8")


def test_nothing_yet_has_axes_and_says_so() -> None:
    svg = columns_svg(chart(empty="No scans yet"), 600, 240)
    assert "No scans yet" in texts(svg)
    assert len(list(drawn(svg).iter(f"{SVG}line"))) == 5


@pytest.mark.parametrize("top, ticks", [(3, "4"), (13, "20"), (124, "200"), (1098, "1 200")])
def test_the_axis_ends_at_a_round_number(top: int, ticks: str) -> None:
    assert ticks in texts(columns_svg(chart(Series("A", (0, 0, top))), 600, 240))


def test_crowded_rooms_are_hatched_and_bars_are_as_long_as_they_are_full() -> None:
    svg = bars_svg(
        Bars("Rooms", (Bar("Salon D", 180, 180, "FULL · 180", crowded=True), Bar("LC 2", 45, 90, "50 %"))), 800
    )
    assert len(list(drawn(svg).iter(f"{SVG}path"))) == 1
    full, half = (float(box.get("width", 0)) for box in drawn(svg).iter(f"{SVG}rect") if box.get("fill") != "none")
    assert full == pytest.approx(2 * half)
    assert {"Salon D", "FULL · 180", "LC 2", "50 %"} <= set(texts(svg))


def test_names_are_text_and_nothing_else() -> None:
    svg = bars_svg(Bars('"><script>x</script>', (Bar("<b>A & B</b>", 1, 2, "1 / 2"),)), 800)
    assert "<script>" not in svg
    assert "<b>A & B</b>" in texts(svg)
    assert re.search(r"style=|href|url\(", svg) is None


def test_series_are_told_apart_in_grey() -> None:
    greys = [
        sum(int(colour[at : at + 2], 16) * share for at, share in ((1, 0.3), (3, 0.59), (5, 0.11)))
        for colour in Look().series
    ]
    assert min(abs(one - other) for one, other in combinations(greys, 2)) > 18
