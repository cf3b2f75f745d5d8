"""A journal that is lost with the hours in it: what the view still knows is written down anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.attendance import Way
from kiosk.domain.journal import Kind
from kiosk.errors import StorageError
from kiosk.services.attendance import Attendance
from kiosk.services.certificates import Certificates
from kiosk.services.verify import verify
from kiosk.storage import salvage
from kiosk.storage.journal import read_after
from kiosk.storage.store import open_store
from tests.builders import KEY, a_station, an_attendee, enrol, hold
from tests.doors import a_course, attend

ADA, BOB = ("0" * 25 + mark for mark in "AB")
ONE, TWO = a_course("A1", course_slot=1), a_course("A2", 90, course_slot=2)


def power_cut(*_arguments: object, **_named: object) -> None:
    raise StorageError("the power is gone")


@pytest.mark.expect_log
@pytest.mark.parametrize("cut_off", [False, True])
def test_repairs_closings_grants_and_certificates_come_back_and_what_was_taken_back_stays_so(
    tmp_path: Path, cut_off: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_station(tmp_path) as desk:
        enrol(desk.store, an_attendee("Ada", "Lovelace", id=ADA), an_attendee("Bob", "Young", id=BOB))
        hold(desk.store, ONE, TWO)
        attendance = Attendance(desk.store, desk.station)
        attend(desk.store, ADA, ONE, 0, 10)
        left = attendance.of(ADA).stays[0].left
        assert left is not None
        attendance.repair(ADA, ONE.id, Way.OUT, ONE.end, "misread", "Deb", left.record)
        attend(desk.store, ADA, TWO, left_min=None)
        desk.clock.now = TWO.end
        attendance.close_session(TWO.id, "Maria")
        attendance.grant(BOB, ONE.id, 75, "spoke", "Deb")
        attendance.grant(BOB, TWO.id, 75, "by mistake", "Deb")
        attendance.undo(attendance.decisions(BOB)[-1].record, "Deb")
        (code,) = Certificates(desk.store, desk.station, attendance).issue([attendance.of(ADA)])
        before = {person: attendance.of(person).result.total for person in (ADA, BOB)}
        assert before == {ADA: 250, BOB: 125}
    if cut_off:
        with a_station(tmp_path) as desk:
            for table in ("record", "value"):
                desk.store.connection.execute(f"delete from {table} where seq > 1")
            desk.store.set_setting(salvage.MENDED_SETTING, True)
    else:
        for file in tmp_path.glob("journal.db*"):
            file.unlink()
    if cut_off:  # the power goes just before the recovered view takes its place: nothing is written down twice
        with monkeypatch.context() as patched:
            patched.setattr("kiosk.storage.store.Store._put_in_place", power_cut)
            with pytest.raises(StorageError, match="the power is gone"):
                open_store(tmp_path, KEY)
    with a_station(tmp_path) as desk:
        kinds = [each.record.kind for each in read_after(desk.store.connection, 0)]
        assert [kinds.count(kind) for kind in (Kind.REPAIR, Kind.CLOSE, Kind.GRANT, Kind.CERTIFICATE)] == [1, 1, 2, 1]
        attendance = Attendance(desk.store, desk.station)
        assert {person: attendance.of(person).result.total for person in (ADA, BOB)} == before
        (repaired, assumed) = attendance.of(ADA).stays
        assert repaired.left is not None
        assert (repaired.left.by, repaired.left.why) == ("Deb", "misread")
        assert assumed.left is not None
        assert assumed.left.by == "Maria"
        assert Certificates(desk.store, desk.station, attendance).verify(code).differences == ()
        assert verify(desk.store).problems == ()
