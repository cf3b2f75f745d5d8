"""Contact details on a screen that others can see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.masking import mask_email, mask_phone


@pytest.mark.parametrize(
    "address, masked",
    [
        ("jessica@gainesville.example", "j•••@gainesville…"),
        ("j@x.example", "j•••@x…"),
        ("  a@b  ", "a•••@b"),
        ("no address", "n•••"),
        ("", ""),
        ("two@signs@host.example", "t•••@host…"),
    ],
)
def test_an_address_shows_its_first_letter_and_its_host(address: str, masked: str) -> None:
    assert mask_email(address) == masked


@pytest.mark.parametrize("number, masked", [("+1-404-555-0123", "•••23"), ("123", "•••"), ("", ""), ("ask her", "")])
def test_a_number_shows_its_last_two_digits(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=2, max_size=30))
def test_the_rest_of_the_local_part_is_never_shown(local: str) -> None:
    assert mask_email(f"{local}@police.example") == f"{local[0]}•••@police…"
