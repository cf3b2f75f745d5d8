"""When the conference is over: the date the hub tells every station in its own log, and keeps to itself.

Once its own personal values are gone, none is taken in any more, from whoever comes back late: the record is, and what
proves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import from_ms, read_record, to_ms
from kiosk.domain.retention import bare, is_personal, without_names
from kiosk.hub.database import Connection, metadata
from kiosk.hub.settings import get_setting, put_setting
from kiosk.wire.codec import decode, encode

_ORDERED, _PURGED = "purge_on_ms", "purged_ms"
_LOCK = 0x70757267
"""PostgreSQL's advisory lock between whoever takes names in and whoever lets go of them."""


def keep_order(connection: Connection, on: datetime) -> None:
    """From then on personal data is to be gone; the last word counts."""
    put_setting(connection, _ORDERED, to_ms(on))


def ordered(connection: Connection) -> datetime | None:
    """From when on personal data is to be gone."""
    on_ms = get_setting(connection, _ORDERED)
    return None if on_ms is None else from_ms(on_ms)


def is_due(connection: Connection, at: datetime) -> bool:
    """Whether the date has come, and personal data is still here."""
    return is_over(connection, at) and not is_purged(connection)


def is_over(connection: Connection, at: datetime) -> bool:
    """Whether the date has come: no station should hold personal data any more."""
    on = ordered(connection)
    return on is not None and on <= at


def is_purged(connection: Connection) -> bool:
    """Whether personal data is gone for good."""
    return get_setting(connection, _PURGED) is not None


def let_go(connection: Connection, at: datetime) -> int:
    """Remove every personal value, and take none in from now on; answers how many there were."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if get_setting(connection, _PURGED) is None:
        put_setting(connection, _PURGED, to_ms(at))
    return sum(_empty(connection, metadata.tables[name]) for name in ("record", "aside"))


def _empty(connection: Connection, table: sa.Table) -> int:
    gone = 0
    named = list(table.primary_key.columns)
    rows = connection.execute(sa.select(*named, table.c.data, table.c.side).where(table.c.side.is_not(None))).all()
    for *name, data, side in rows:
        found, left = _emptied(bytes(data), bytes(side))
        if found:
            gone += found
            this = [column == value for column, value in zip(named, name, strict=True)]
            connection.execute(table.update().where(*this).values(side=left))
    return gone


def _emptied(data: bytes, side: bytes) -> tuple[int, bytes | None]:
    """How many personal values there are, and what is left beside the record without them; of what is damaged, which
    may hold a name as well, nothing.
    """
    try:
        values, kind = decode(side, list[SideValue]), read_record(data).kind
    except ValueError:
        return 1, None
    found = sum(value.value is not None for value in values)
    return (found, encode(list(bare(values)))) if found and is_personal(kind) else (0, None)


def kept_out(connection: Connection, batch: Sequence[Signed]) -> Sequence[Signed]:
    """The batch as it may be taken in: after a purge without names. Records without values are not asked about."""
    if not any(signed.values for signed in batch):
        return batch
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))
    return without_names(batch) if is_purged(connection) else batch
