"""A thread's own connection to the view, opened when it is first needed and again when the view is another one."""

from __future__ import annotations

from kiosk.storage.database import Connection
from kiosk.storage.store import Store


class ViewReader:
    """For one thread besides the desk's, which only reads. `close` it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        self._of = store.view

    def connection(self) -> Connection:
        """The connection, to the view as it is now."""
        if self._connection is None or self._of is not self._store.view:
            self.close()  # the view was folded anew, into another file
            self._of = self._store.view
            self._connection = self._store.reader()
        return self._connection

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
