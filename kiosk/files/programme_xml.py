"""Programmes in XML: the schedule of pentabarf, frab and pretalx (https://c3voc.de/schedule/schema.xsd)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.domain.programme_source import SourceItem, SourceProgramme
from kiosk.errors import BadInput
from kiosk.files import limits
from kiosk.i18n import _

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def read_xml(name: str, data: bytes) -> SourceProgramme:
    """The programme in this XML. Raises BadInput where it is none, or means harm."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        line = getattr(error, "position", ("?",))[0]
        raise BadInput(
            _("“{name}” is not valid XML (line {line}). Ask for it again, or export it as JSON or CSV.").format(
                name=name, line=line
            )
        ) from error
    if root.tag != "schedule":
        raise BadInput(
            _("“{name}” is XML but no schedule. From frab and pretalx, export schedule.xml or schedule.json.").format(
                name=name
            )
        )
    items: list[SourceItem] = []
    for day in root.iterfind("day"):
        for room in day.iterfind("room"):
            for event in room.iterfind("event"):
                place = _("session {n}").format(n=len(items) + 1)
                items.append(_event(place, day.get("date", ""), room.get("name", ""), event))
    limits.check_sessions(name, len(items))
    zone = (root.findtext("conference/time_zone_name") or "").strip()
    return SourceProgramme(name, _("frab XML"), tuple(items), zone=zone)


def _event(place: str, day: str, room: str, event: Element) -> SourceItem:
    def text(tag: str) -> str:
        return (event.findtext(tag) or "").strip()

    start = text("date")
    if "T" not in start:  # older ones give the day with the day, and only the time with the event
        start = f"{start or day} {text('start')}".strip() if text("start") else start
    values = {
        "code": event.get("code") or event.get("id") or "",
        "title": text("title"),
        "kind": text("type"),
        "track": text("track"),
        "room": text("room") or room,
        "start": start,
        "duration": text("duration"),
        "guid": event.get("guid", ""),
    }
    people = ((person.text or "").strip() for person in event.iterfind("persons/person"))
    return SourceItem(place, values, tuple(name for name in people if name))
