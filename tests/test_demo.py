"""The sample conference is whole: people, a programme, and places that fit its rooms."""

from __future__ import annotations

from kiosk.demo import demo_desk
from kiosk.services.programme import Programme


def test_the_demo_has_a_programme_and_people_in_it() -> None:
    with demo_desk() as desk:
        programme = Programme(desk.store, desk.station)
        sessions, counts = programme.sessions(), programme.enrolled_counts()
        assert len(sessions) == 87
        courses = [session for session in sessions if session.course_slot]
        assert all(0 < counts[session.id] <= (session.capacity or 0) for session in courses)
        somebody = programme.enrolled(courses[0].id)[0]
        assert [session.course_slot for session in programme.enrolments_of(somebody.id)] == [1, 2, 3, 4, 5, 6, 7, 8]
