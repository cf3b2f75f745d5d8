"""What a programme leaves unsaid is filled in so that nobody is turned away on a guess."""

from __future__ import annotations

import pytest

from kiosk.domain.programme import Audience, CreditKind, CreditRule, DoorPolicy
from kiosk.domain.programme_defaults import audience_of, code_from, credit_of, door_of, kind_of


@pytest.mark.parametrize(
    "words, audience",
    [
        ("", Audience()),
        ("All", Audience()),
        ("Tribal Agencies", Audience("Tribal Agencies", agency_types=("Tribal",))),
        ("Nonprofit Representatives", Audience("Nonprofit Representatives", agency_types=("Nonprofit",))),
        ("Municipal Staff and Officials", Audience("Municipal Staff and Officials", agency_types=("Municipal",))),
        ("Sworn only", Audience("Sworn only", sworn=True)),
        ("Non-sworn personnel", Audience("Non-sworn personnel", sworn=False)),
        ("Chaplains", Audience("Chaplains")),
        ("Type: Chaplain, VIP", Audience("Type: Chaplain, VIP", registration_types=("Chaplain", "VIP"))),
        (
            "sworn; agency: Local, State; type: Staff",
            Audience("sworn; agency: Local, State; type: Staff", ("Staff",), ("Local", "State"), sworn=True),
        ),
        ("Agency Heads", Audience("Agency Heads")),
    ],
)
def test_an_audience_refuses_only_where_the_roster_can_tell(words: str, audience: Audience) -> None:
    assert audience_of(words) == audience


@pytest.mark.parametrize("hours, worth, least", [("1.25", 75, 62), ("1", 60, 50), ("0.33", 20, 16), ("2,5", 150, 125)])
def test_of_each_clock_hour_fifty_minutes_have_to_be_there(hours: str, worth: int, least: int) -> None:
    assert credit_of(hours) == CreditRule(CreditKind.MINUTES, worth, least, late_grace_min=5)


def test_no_hours_no_credit() -> None:
    assert credit_of("0.0") == CreditRule()
    assert credit_of("lots") is None
    assert credit_of("-1") is None


@pytest.mark.parametrize(
    "kind, track, meant, door",
    [
        ("course", "", "course", DoorPolicy.ASK),
        ("Workshop", "", "course", DoorPolicy.ASK),
        ("", "Town Hall", "townhall", DoorPolicy.ANYONE),
        ("", "", "course", DoorPolicy.ASK),
        ("Talk", "Plenary", "plenary", DoorPolicy.ANYONE),
        ("panel", "", "panel", DoorPolicy.ASK),
        ("service", "Course", "service", DoorPolicy.ANYONE),
    ],
)
def test_a_kind_says_what_happens_at_the_door(kind: str, track: str, meant: str, door: DoorPolicy) -> None:
    assert kind_of(kind, track) == meant
    assert door_of(meant) is door


def test_a_code_is_made_of_initials() -> None:
    assert code_from("Building Connections Across the Differences") == "BCAD"
    assert code_from("社区") == "S"
