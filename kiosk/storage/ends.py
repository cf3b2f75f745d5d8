"""Where every log ends that a journal holds: read once, then kept with every record that is added.

To count a million records at every round would hold up the scan that comes meanwhile.
"""

from __future__ import annotations

from collections.abc import ItemsView

from kiosk.storage.database import Connection, scalar

_LOGS = """with recursive each(log) as (
  select min(log) from record union all select (select min(log) from record where log > each.log) from each
  where each.log is not null)
select log from each where log is not null"""


class Ends:
    """The last record of each log: its place and its hash. The journal tells what it adds, and what becomes of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[str, tuple[int, bytes]] = {}
        self._added: dict[str, tuple[int, bytes]] = {}
        """By the transaction that is open."""
        self._torn: set[str] | None = None
        """Logs that lack a record before their end; None while nobody has asked."""
        self.read()

    def read(self) -> None:
        """Read all of it from the journal: at the start, and where the journal is not what it was."""
        last = "select seq, hash from record where log = ? order by seq desc limit 1"
        logs = self._connection.execute(_LOGS).fetchall()
        self._kept = {log: self._connection.execute(last, (log,)).fetchone() for (log,) in logs}
        self._torn = None

    def begin(self) -> None:
        """A transaction begins, or is rolled back."""
        if self._added:
            self._added.clear()
            self._torn = None

    def committed(self) -> None:
        """What was added is on the disk."""
        self._kept.update(self._added)
        self._added.clear()

    def put(self, log: str, seq: int, digest: bytes) -> None:
        """A record was added."""
        last = self.last(log)
        if seq > last:
            self._added[log] = (seq, digest)
        if seq != last + 1:  # it fills a gap, or lies behind one
            self._torn = None

    def last(self, log: str) -> int:
        """The place of the last record of a log; 0 where none is held."""
        return self._of(log)[0]

    def hash_of_last(self, log: str) -> bytes:
        """Its hash."""
        return self._of(log)[1]

    def _of(self, log: str) -> tuple[int, bytes]:
        return self._added.get(log) or self._kept.get(log) or (0, b"")

    def items(self) -> ItemsView[str, tuple[int, bytes]]:
        """Every log that is held."""
        return {**self._kept, **self._added}.items()

    def is_torn(self, log: str) -> bool:
        """Whether a log lacks a record before its end. Only a mended journal has gaps, and who heard of one."""
        if self._torn is None:
            self._torn = self._look_for_gaps()
        return log in self._torn

    def _look_for_gaps(self) -> set[str]:
        ends = self.items()
        if scalar(self._connection, "select count(*) from record") == sum(seq for _log, (seq, _hash) in ends):
            return set()
        counts = self._connection.execute("select log, count(*) from record group by log")
        return {log for log, count in counts if count != self.last(log)}
