"""What the strip says of the hub."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.domain.sync_state import Fetched, SyncState, SyncStatus, sync_words
from tests.builders import NOON


@pytest.mark.parametrize(
    "status, words",
    [
        (SyncStatus(), "This station only – saved here"),
        (SyncStatus(SyncState.OFFLINE, 37), "○ Offline – saving here, 37 to send"),
        (SyncStatus(SyncState.ONLINE, 3, NOON), "● Online · 3 to send"),
        (SyncStatus(SyncState.ONLINE, 0, NOON - timedelta(seconds=12)), "● Online · all sent 12 s ago"),
        (SyncStatus(SyncState.ONLINE, 0, NOON - timedelta(seconds=200)), "● Online · all sent 3 min ago"),
        (SyncStatus(SyncState.ONLINE, 0, NOON + timedelta(seconds=9)), "● Online · all sent 0 s ago"),
        (
            SyncStatus(SyncState.ONLINE, 1, NOON, fetching=Fetched(0.349)),
            "● Fetching the roster: 34 %",
        ),
        (
            SyncStatus(SyncState.ONLINE, 1, NOON, fetching=Fetched(1.0, 12_000)),
            "● Sorting the roster in: 12,000 people so far",
        ),
        (SyncStatus(SyncState.OFFLINE, 1, fetching=Fetched(0.5)), "○ Offline – saving here, 1 to send"),
        (SyncStatus(SyncState.REFUSED, 2), "✕ The hub refuses this station – saving here, 2 to send"),
    ],
)
def test_the_strip_says_whether_things_are_sent(status: SyncStatus, words: str) -> None:
    assert sync_words(status, NOON) == words


@pytest.mark.parametrize(
    "offset_ms, words",
    [(0, ""), (59_000, ""), (7_200_000, " · this clock is 2 h slow"), (-90_000, " · this clock is 1 min fast")],
)
def test_a_clock_that_is_wrong_is_said(offset_ms: int, words: str) -> None:
    status = SyncStatus(SyncState.ONLINE, 3, NOON, clock_offset_ms=offset_ms)
    assert sync_words(status, NOON) == "● Online · 3 to send" + words
