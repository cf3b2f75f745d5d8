"""The hub's database: what is confirmed is on the disk, one bad work spoils no other, newer files are left alone."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
import sqlalchemy as sa

from kiosk.errors import BadInput, DamagedFile, NewerFile, NotSaved, StorageError
from kiosk.hub.database import Connection, driver_cursor, open_database
from kiosk.hub.schema import STEPS
from kiosk.hub.settings import get_setting, put_setting

KEY = bytes(range(32))


def test_a_choice_is_there_after_opening_again(tmp_path: Path, database_url: str | None) -> None:
    database = open_database(tmp_path, KEY, database_url, STEPS)
    database.write(lambda connection: put_setting(connection, "title", "Ünicode"))
    database.close()
    database = open_database(tmp_path, KEY, database_url, STEPS)
    with database.read() as connection:
        assert get_setting(connection, "title") == "Ünicode"
    database.close()
    if database_url is None:
        assert "Ünicode".encode() not in (tmp_path / "hub.db").read_bytes()


def test_what_waits_is_committed_together_and_one_bad_work_spoils_none(
    tmp_path: Path, database_url: str | None
) -> None:
    database = open_database(tmp_path, KEY, database_url, STEPS)
    gate = Event()
    database.writer.submit(lambda _connection: gate.wait(10))

    def bad(connection: Connection) -> None:
        put_setting(connection, "bad", 1)
        raise ValueError("no")

    good = [database.writer.submit(lambda c, n=n: put_setting(c, f"good{n}", n)) for n in range(3)]
    wrong = database.writer.submit(bad)
    wronger = database.writer.submit(lambda c: c.execute(sa.text("select nothing from nowhere")))
    wrongest = database.writer.submit(lambda c: driver_cursor(c).execute("select nothing from nowhere"))
    gate.set()
    assert [future.result() for future in good] == [None] * 3
    with pytest.raises(ValueError, match="no"):
        wrong.result()
    for future in (wronger, wrongest):
        with pytest.raises(NotSaved):
            future.result()
    with database.read() as connection:
        assert [get_setting(connection, f"good{n}") for n in range(3)] == [0, 1, 2]
        assert get_setting(connection, "bad") is None
    database.close()


def test_a_newer_database_is_left_alone(tmp_path: Path, database_url: str | None) -> None:
    database = open_database(tmp_path, KEY, database_url, [*STEPS, ("of tomorrow", lambda _connection: None)])
    database.close()
    with pytest.raises(NewerFile, match="Update the program"):
        open_database(tmp_path, KEY, database_url, STEPS)


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, database_url: str | None) -> None:
    def half(connection: Connection) -> None:
        put_setting(connection, "half", 1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        open_database(tmp_path, KEY, database_url, [*STEPS, ("half", half)])
    database = open_database(tmp_path, KEY, database_url, STEPS)
    with database.read() as connection:
        assert get_setting(connection, "half") is None
    database.close()


def test_a_wrong_key_is_a_sentence(tmp_path: Path) -> None:
    open_database(tmp_path, KEY, None, STEPS).close()
    with pytest.raises(DamagedFile, match=r"hub\.db is damaged, or its key is another"):
        open_database(tmp_path, KEY[::-1], None, STEPS)


@pytest.mark.parametrize("url", ["mysql://host/x", "nonsense", "postgresql+psycopg2"])
def test_another_database_is_refused_in_words(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadInput, match="postgresql://"):
        open_database(tmp_path, KEY, url, STEPS)


@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:9/none", "postgresql://nobody@no-such-host.invalid/x"])
def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(StorageError, match="does not answer"):
        open_database(tmp_path, KEY, url, STEPS)
