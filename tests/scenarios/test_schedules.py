"""Random days of several stations against a small model (`tests/schedules.py`), and broken programs that it catches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain import merging, placing
from kiosk.domain.exchange import Arrived, Signed, read_arrived
from kiosk.storage import view
from tests.schedules import Broken, live_through, prepare

pytestmark = [pytest.mark.expect_log, pytest.mark.timeout(120)]

PORTIONS, DAYS = 8, 5


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stations")
    prepare(folder)
    return folder


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_every_promise_is_kept_on_random_days(template: Path, portion: int) -> None:
    for seed in range(portion * DAYS, (portion + 1) * DAYS):
        live_through(template, seed)


def by_arrival(passages: Any) -> list[Any]:
    undone = {passage.target for passage in passages}
    return [p for p in passages if p.kind == "admit" and str(p.record) not in undone]


def only_known_kinds(signed: Signed) -> Arrived:
    arrived = read_arrived(signed)
    if arrived.record.kind == "future.kind":
        raise ValueError("is of no kind I know")
    return arrived


BROKEN_PROGRAMS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the clock decides between edits": lambda patch: patch.setattr(
        "kiosk.storage.roster._with_bases", lambda _view, change: change
    ),
    "the admission that came first counts": lambda patch: patch.setattr(merging, "standing_passages", by_arrival),
    "further admissions are forgotten": lambda patch: patch.setattr(
        "kiosk.storage.exchange_view.admitted_again", lambda _passages: []
    ),
    "every admission counts": lambda patch: patch.setattr(
        view, "effective_admission", lambda passages: (list(passages)[-1], ())
    ),
    "what it does not know it does not keep": lambda patch: patch.setattr(placing, "read_arrived", only_known_kinds),
    "a copied disk goes unnoticed": lambda patch: patch.setattr(
        "kiosk.storage.exchange_view.ExchangeFold.opened", lambda _self, _record: None
    ),
}


@pytest.mark.parametrize("how", BROKEN_PROGRAMS)
def test_a_broken_program_is_caught(template: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BROKEN_PROGRAMS[how](monkeypatch)
    with pytest.raises(Broken):
        live_through_days(template, 60)


def live_through_days(template: Path, days: int) -> None:
    for seed in range(days):
        live_through(template, seed)
