from __future__ import annotations

import itertools

import pytest

from kiosk.domain.print_jobs import JobEvent, JobState, NotPossible, after

S, E = JobState, JobEvent


def next_states(state: JobState) -> set[JobState]:
    reached = set()
    for event in JobEvent:
        try:
            reached.add(after(state, event))
        except NotPossible:
            continue
    return reached


def reachable(state: JobState) -> set[JobState]:
    found, fresh = {state}, {state}
    while fresh:
        fresh = set(itertools.chain.from_iterable(map(next_states, fresh))) - found
        found |= fresh
    return found


@pytest.mark.parametrize("state", [S.SENT, S.UNCERTAIN, S.PRINTED, S.FAILED])
def test_what_was_sent_is_never_sent_again(state: JobState) -> None:
    assert reachable(state).isdisjoint({S.QUEUED, S.CLAIMED, S.SENDING})


def test_every_job_can_end() -> None:
    assert all(reachable(state) & {S.PRINTED, S.FAILED} for state in JobState)


def test_ended_is_ended() -> None:
    assert [state for state in JobState if not next_states(state)] == [s for s in JobState if s.is_final]


@pytest.mark.parametrize("before, then", [(S.CLAIMED, S.QUEUED), (S.SENDING, S.UNCERTAIN), (S.SENT, S.UNCERTAIN)])
def test_a_crash_loses_no_job_and_repeats_none(before: JobState, then: JobState) -> None:
    assert after(before, E.RESTART) is then


def test_only_a_person_settles_what_nobody_knows() -> None:
    people = {E.CAME_OUT, E.DID_NOT_COME_OUT, E.GIVE_UP}
    for event in set(JobEvent) - people:
        with pytest.raises(NotPossible):
            after(S.UNCERTAIN, event)
