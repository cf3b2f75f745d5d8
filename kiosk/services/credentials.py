"""Exports for other systems: xAPI statements and Open Badges, written as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kiosk.domain.credentials import Issuer, credential, signed, statement
from kiosk.files.write import whole
from kiosk.services.attendance import PersonHours
from kiosk.services.report_source import Source
from kiosk.storage.store import Store

EXPORTS = ("xapi", "open-badges")
NOWHERE = "https://kiosk.invalid"
"""Where people's accounts are said to be when the conference has no address of its own."""


def write(name: str, source: Source, people: Sequence[PersonHours], store: Store, file: Path) -> int:
    """Write one of `EXPORTS` as a list; answers how many entries it has."""
    issuer = _issuer(source, store)
    entries = _statements(people, issuer) if name == "xapi" else _badges(source, people, issuer, store)
    with whole(file) as part:
        part.write_text(json.dumps(entries, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return len(entries)


def _issuer(source: Source, store: Store) -> Issuer:
    conference = source.station.conference
    home = f"https://{conference.url_hosts[0]}" if conference.url_hosts else NOWHERE
    return Issuer(conference.title, home, bytes.fromhex(store.journal.device.public))


def _statements(people: Sequence[PersonHours], issuer: Issuer) -> list[dict[str, Any]]:
    return [statement(person.attendee, line, issuer) for person in people for line in person.result.counting]


def _badges(source: Source, people: Sequence[PersonHours], issuer: Issuer, store: Store) -> list[dict[str, Any]]:
    at = source.station.clock()
    documents = (credential(person.attendee, person.result, issuer, at) for person in people)
    return [signed(document, issuer, at, store.journal.device.key.sign) for document in documents]
