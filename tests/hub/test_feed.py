"""News inside the hub: what other processes wrote is noticed, and what this one wrote is not taken for theirs."""

from __future__ import annotations

from pathlib import Path

from kiosk.hub.database import open_database
from kiosk.hub.feed import Feed
from kiosk.hub.schema import STEPS
from kiosk.hub.settings import put_setting
from tests.builders import KEY


def test_on_sqlite_only_what_others_write_is_news_of_others(tmp_path: Path) -> None:
    """Else every scan would have every station ask for a round, half a second after it was told of it."""
    database, other = (open_database(tmp_path, KEY, None, STEPS) for _ in range(2))
    feed = Feed(database)
    try:
        before = feed._version()
        database.write(lambda connection: put_setting(connection, "title", "ours"))
        assert feed._version() == before
        other.write(lambda connection: put_setting(connection, "title", "theirs"))
        assert feed._version() != before
    finally:
        feed.close()
        database.close()
        other.close()
