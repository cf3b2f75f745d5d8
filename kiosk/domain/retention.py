"""When a conference is over: what of its records is personal, and until when it may be kept.

The hub tells a date in its own log (`Kind.PURGE`). From that date on every station that belongs to it lets go of who
it was about, as soon as the hub has confirmed everything the station wrote. What happened stays, and the chains hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from kiosk.domain.exchange import SideValue, Signed
from kiosk.domain.journal import Kind, read_record
from kiosk.domain.programme_words import day_words
from kiosk.i18n import _

_PUBLIC = frozenset({Kind.PROGRAMME, Kind.LAYOUT, Kind.LAYOUT_RULES})
"""What hung on every door. Without the programme nobody's hours could be told any more."""


def is_personal(kind: str) -> bool:
    """Whether the side values of such a record go when the date has come. Those of kinds nobody here knows do."""
    return kind not in _PUBLIC


def without_names(batch: Sequence[Signed]) -> list[Signed]:
    """The same records, with what is left of personal values: enough to prove the chains."""
    return [_without_names(signed) for signed in batch]


def _without_names(signed: Signed) -> Signed:
    if not any(value.value is not None for value in signed.values) or not is_personal(read_record(signed.data).kind):
        return signed
    return replace(signed, values=bare(signed.values))


def bare(values: Sequence[SideValue]) -> tuple[SideValue, ...]:
    """What proves that there were values, and says nothing about them."""
    return tuple(SideValue(value.mac) for value in values)


def over_words(purged: datetime, zone: tzinfo) -> str:
    """What a station says from then on."""
    words = _(
        "The conference is over: personal data was removed from this computer on {day}. What happened is kept, without "
        "names; names that are entered now are not kept."
    )
    day = purged.astimezone(zone).date()
    return words.format(day=f"{day_words(day)}, {day.year}")
