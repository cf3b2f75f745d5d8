"""The short way for plain names, by which nearly everybody is indexed, comes to the same as the long one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.people import Attendee, AttendeeId
from kiosk.domain.search import name_forms, read_forms, rotations, sort_form, write_forms
from kiosk.storage.search_index import _kept

names = st.one_of(
    st.text("abcXYZ", max_size=34), st.text("ab '-1é", max_size=9), st.sampled_from(["Ada", "de la Cruz", "O’Neil", ""])
)


@given(names, names, st.sampled_from(["", "", "Ada L."]))
def test_it_comes_to_the_same(first: str, last: str, badge_name: str) -> None:
    attendee = Attendee(AttendeeId("A" * 26), first, last, badge_name)
    kept = _kept(7, attendee, ["000001"])
    forms = name_forms(attendee, lambda text: text.encode("ascii", "ignore").decode())
    if (first + last).isascii():
        assert (kept.sort, kept.forms) == (sort_form(forms[0]), write_forms(forms))
    turned = {(int(surname), key, 7) for form in read_forms(kept.forms) for surname, key in rotations(form)}
    assert kept.names() == turned
