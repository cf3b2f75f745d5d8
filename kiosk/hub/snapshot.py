"""What a new station fetches in place of hundreds of rounds: every record, a page at a time, by a cursor.

A page holds what follows the record its cursor names, in the order of logs and places. Records are only ever added, so
a cursor means the same in every process and after every start; what is added behind it comes with the next round. Pages
are prepared once for each role and kept for a while: stations are set up together.
"""

from __future__ import annotations

from kiosk.domain.exchange import is_log
from kiosk.domain.scope import for_role
from kiosk.domain.trust import PROTOCOL, DeviceRole
from kiosk.hub import records, retention
from kiosk.hub.database import Connection
from kiosk.hub.records import Place
from kiosk.hub.routes import STATIONS, Call, Raw, Refusal, Route
from kiosk.i18n import _
from kiosk.wire.snapshot import PAGE_BYTES, PAGE_RECORDS, START, SnapshotPage, write_page

MEDIA_TYPE = "application/zstd"


async def _snapshot(call: Call) -> Raw:
    after, role = call.query.get("after", START), call.device.role
    where = _read_cursor(after)

    def page(connection: Connection) -> bytes:
        name = (role, after, retention.is_purged(connection))
        return call.hub.pages.get(name, lambda: _prepare(connection, call.hub.identity.id, role, where))

    async with call.hub.sending:
        return Raw(await call.hub.read(page), MEDIA_TYPE)


def _prepare(connection: Connection, hub: str, role: DeviceRole, where: Place) -> tuple[bytes, bool]:
    page, last = records.page_after(connection, where, most=PAGE_RECORDS, most_bytes=PAGE_BYTES)
    following = f"{last[0]}:{last[1]}" if last else START
    total = records.held(connection)
    return write_page(SnapshotPage(PROTOCOL, hub, for_role(role, page), following, total)), bool(last)


def _read_cursor(text: str) -> Place:
    if text == START:
        return ("", 0)
    log, colon, seq = text.partition(":")
    if colon and is_log(log) and seq.isascii() and seq.isdigit() and len(seq) < 14:
        return (log, int(seq))
    raise Refusal(400, "cursor", _("That is no place in the hub's records."))


ROUTES = (
    Route(
        "GET",
        "/v1/snapshot",
        "Every record with what this device may read of it, a page at a time: for a new station",
        _snapshot,
        STATIONS,
        media_type=MEDIA_TYPE,
        query={"after": "Where the page begins: `next` of the page before; nothing at the start"},
    ),
)
