"""What people decided about stays and credit, and the certificates that were made, where the journal lost them and the
view has not: written down anew, as `recover.py` does with scans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.domain.journal import Kind, from_ms
from kiosk.storage.database import Connection, scalar
from kiosk.storage.journal import Journal

_ROWS = (
    "select log, seq, at_ms, kind, session, content, why, actor, hlc_ms from decision union all "
    f"select log, seq, at_ms, '{Kind.CERTIFICATE}', '', content, paper, actor, at_ms from certificate "
    "order by hlc_ms, log, seq"
)


@dataclass(frozen=True, slots=True)
class LostDecision:
    """One record the journal no longer has."""

    was: str
    at_ms: int
    kind: str
    session: str
    body: dict[str, Any]
    words: str
    actor: str

    def restate(self, journal: Journal, now_called: Mapping[str, str]) -> str:
        """Append it again; answers what it is called now. What it is about may have a new name, too."""
        body = {**self.body, "was": self.was}
        if "targets" in body:
            body["targets"] = [now_called.get(target, target) for target in body["targets"]]
        values = [self.words.encode()] if self.words else []
        at = from_ms(self.at_ms)
        place = self.session or None
        record = journal.append(self.kind, body, at=at, actor=self.actor, place=place, values=values, said=True)
        return str(record.id)


def lost_decisions(old: Connection, journal: Connection, restated: set[str]) -> list[LostDecision]:
    """What was decided and is no longer recorded, in order."""
    lost = []
    for log, seq, at_ms, kind, session, content, words, actor, _hlc in old.execute(_ROWS):
        was = f"{log}:{seq}"
        if was in restated or scalar(journal, "select 1 from record where log = ? and seq = ?", log, seq) is not None:
            continue
        body = {name: value for name, value in json.loads(content).items() if name != "side"}
        lost.append(LostDecision(was, at_ms, kind, session, body, words, actor))
    return lost
