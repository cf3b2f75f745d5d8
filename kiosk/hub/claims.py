"""Claims: of two stations that let one person in at the same moment, the first to ask is let.

A claim is forgotten after ten seconds; by then its record is everywhere. No promise but that one rests on it: a station
that gets no answer decides alone, and the records tell afterwards.
"""

from __future__ import annotations

import sqlalchemy as sa

from kiosk.hub.database import Connection, metadata
from kiosk.hub.devices import KnownDevice
from kiosk.wire.claims import ClaimAnswer, ClaimRequest

LIFE_MS = 10_000

_claim = sa.Table(
    "claim",
    metadata,
    sa.Column("attendee", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
)


def create(connection: Connection) -> None:
    """The table."""
    _claim.create(connection)


def claim(connection: Connection, device: KnownDevice, request: ClaimRequest, now_ms: int) -> ClaimAnswer:
    """First come, first served; in a transaction of the writer."""
    here = (_claim.c.attendee == request.attendee, _claim.c.place == request.place)
    held = connection.execute(sa.select(_claim).where(*here).with_for_update()).one_or_none()
    if held is not None and held.device != device.id and abs(now_ms - held.made_ms) <= LIFE_MS:
        return ClaimAnswer(False, held.station, held.made_ms)
    made = {"device": device.id, "station": device.name, "made_ms": now_ms}
    if held is None:
        connection.execute(_claim.insert().values(attendee=request.attendee, place=request.place, **made))
    else:
        connection.execute(_claim.update().where(*here).values(**made))
    return ClaimAnswer(True, device.name, now_ms)
