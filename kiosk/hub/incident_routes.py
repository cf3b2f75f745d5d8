"""Incidents in a browser: both sides of each, and what an organizer decides about it."""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated, Any

import msgspec

from kiosk.domain.trust import DeviceRole
from kiosk.domain.verdicts import RecordId
from kiosk.errors import BadInput
from kiosk.hub.pages import NAMES, allowed, page
from kiosk.hub.routes import ANYONE, Call, Raw, Route
from kiosk.i18n import _
from kiosk.services.check_in import CheckIn
from kiosk.services.incidents import Incident, Incidents, Side, Way
from kiosk.services.station import Station
from kiosk.storage.store import Store

_DECIDES = frozenset({DeviceRole.ORGANIZER})
"""Roles that may settle."""

Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class IncidentList(msgspec.Struct, frozen=True):
    """Every incident, those nobody has settled first."""

    incidents: list[dict[str, Any]]
    may_decide: bool
    """Whether this browser may settle them."""


class Decision(msgspec.Struct, frozen=True):
    """What a person decided about an incident."""

    incident: Text
    way: Way
    text: Text
    """Why it is settled, which admission is taken back, or the right value."""
    by: Text
    """Who decided."""


async def _incidents_page(call: Call) -> Raw:
    return await page(call, "incidents.html")


async def _incidents(call: Call) -> IncidentList:
    role = await allowed(call, NAMES)
    return IncidentList(await call.hub.board.ask(_listed), role in _DECIDES)


async def _decide(call: Call) -> IncidentList:
    await allowed(call, _DECIDES)
    decision: Decision = call.body
    received = await call.hub.board.decide(lambda store, station: _carry_out(store, station, decision))
    call.hub.news.tell(received.taken, by="")
    return IncidentList(await call.hub.board.ask(_listed), may_decide=True)


def _carry_out(store: Store, station: Station, decision: Decision) -> None:
    """Raises BadInput, in words, where that cannot be decided."""
    incidents = Incidents(store, station)
    if decision.way is Way.SETTLE:
        incidents.settle(decision.incident, decision.text, decision.by)
    elif decision.way is Way.GIVE:
        incidents.give(decision.incident, decision.text, decision.by)
    else:
        _take_back(store, station, incidents.open(), decision)


def _take_back(store: Store, station: Station, opened: list[Incident], decision: Decision) -> None:
    found = next((each for each in opened if each.id == decision.incident and Way.TAKE_BACK in each.ways), None)
    if found is None or decision.text not in (found.one.record, found.other.record):
        raise BadInput(_("Nobody disputes this any more. Look at the list again."))
    if not decision.by.strip():
        raise BadInput(_("Say who you are."))
    CheckIn(store, station).undo(RecordId.parse(decision.text), decision.by)


def _listed(store: Store, station: Station) -> list[dict[str, Any]]:
    zone = station.conference.zone_info
    return [_told(each, zone) for each in Incidents(store, station).all()]


def _told(incident: Incident, zone: tzinfo) -> dict[str, Any]:
    return {
        "id": incident.id,
        "what": incident.what,
        "who": incident.who,
        "where": incident.where,
        "one": _side(incident.one, zone),
        "other": _side(incident.other, zone),
        "field": incident.field.removeprefix("extras."),
        "settled_by": incident.settled_by,
        "ways": list(incident.ways),
    }


def _side(side: Side, zone: tzinfo) -> dict[str, str]:
    return {"record": side.record, "words": side.words(zone), "value": side.value}


ROUTES = (
    Route(
        "GET", "/incidents", "Records that cannot both be right, as a page", _incidents_page, ANYONE,
        media_type="text/html",
    ),
    Route(
        "GET", "/v1/incidents", "Records that cannot both be right", _incidents, ANYONE, gives=IncidentList,
        refuses=(401, 403),
    ),
    Route(
        "POST", "/v1/incidents", "Decide about one of them", _decide, ANYONE, takes=Decision, gives=IncidentList,
        refuses=(401, 403, 422),
    ),
)  # fmt: skip
