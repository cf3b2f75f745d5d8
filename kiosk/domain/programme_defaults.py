"""What a programme leaves unsaid: what counts, who may come in, what a kind of session means.

Each of these may be changed for a session by hand; why they are as they are is in `docs/programme.md`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from kiosk.domain.programme import Audience, CreditKind, CreditRule, DoorPolicy
from kiosk.domain.roster_values import fold

COURSE = "course"
LATE_GRACE_MIN = 5
"""A queue at the door is nobody's fault."""

_KINDS = {
    "course": "course courses workshop workshops class training breakout",
    "caucus": "caucus caucuses",
    "plenary": "plenary plenaries keynote keynotes general session",
    "townhall": "townhall town hall",
    "networking": "networking reception social break lunch breakfast dinner meal",
    "service": "service services registration logistics exhibits",
}
_KIND = {word: kind for kind, words in _KINDS.items() for word in words.split()} | {
    "town hall": "townhall",
    "general session": "plenary",
}
_OPEN = frozenset({"plenary", "townhall", "networking", "service"})

_AGENCIES = {
    "local": "Local",
    "state": "State",
    "federal": "Federal",
    "tribal": "Tribal",
    "campus": "Campus",
    "municipal": "Municipal",
    "nonprofit": "Nonprofit",
    "non profit": "Nonprofit",
}
"""Words of an audience the roster's agency types can confirm. A profession is not among them: a chaplain or a
spokesperson of a city's police is `Local` on the roster, and would be turned away on its word.
"""
_AGENCY = re.compile(r"^(?P<who>[a-z ]+?) (?:agenc\w+|representatives?|staff.*|officials?|organizations?)(?: only)?$")
_NON_SWORN = re.compile(r"\b(?:non ?sworn|civilians?|unsworn)\b")
_SWORN = re.compile(r"\bsworn\b")


def kind_of(kind: str, track: str) -> str:
    """The kind of a session from what its programme calls its kind or, failing that, its track."""
    said = fold(kind)
    known = _KIND.get(said) or (_KIND.get(fold(track)) if not said or said in ("other", "lecture", "talk") else None)
    return known or said or COURSE


def door_of(kind: str) -> DoorPolicy:
    """Who is let in without a place: everybody where nobody enrols; else the room monitor is asked."""
    return DoorPolicy.ANYONE if kind in _OPEN else DoorPolicy.ASK


def credit_of(clock_hours: str) -> CreditRule | None:
    """What so many clock hours mean: in and out, and of each hour fifty minutes. None where it is no number.

    Hundredths of an hour are read as they are written: 1.25 h are 75 minutes.
    """
    text = clock_hours.strip().replace(",", ".")
    if not re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text):
        return None
    whole, _dot, part = text.partition(".")
    ten_thousandths = int(whole) * 10_000 + int(part.ljust(4, "0"))
    worth_min = (ten_thousandths * 60 + 5_000) // 10_000
    if worth_min == 0:
        return CreditRule()
    return CreditRule(
        CreditKind.MINUTES, credit_min=worth_min, least_min=worth_min * 50 // 60, late_grace_min=LATE_GRACE_MIN
    )


_NAMED = re.compile(r"\b(agency|type)\s*:([^;]*)", re.IGNORECASE)


def audience_of(words: str) -> Audience:
    """Who may enter, from the programme's words. What the roster cannot confirm is shown and refuses nobody.

    `agency: Local, State` and `type: Speaker, Staff` name kinds of agency and of registration as the roster has them.
    """
    if named := _NAMED.findall(words):
        kinds = {which.lower(): tuple(filter(None, map(str.strip, list_.split(",")))) for which, list_ in named}
        return replace(
            audience_of(_NAMED.sub("", words).strip(" ;")),
            words=words,
            registration_types=kinds.get("type", ()),
            agency_types=kinds.get("agency", ()),
        )
    said = fold(words)
    if said in ("", "all", "everyone", "everybody", "open", "all attendees"):
        return Audience()
    if _NON_SWORN.search(said):
        return Audience(words, sworn=False)
    if _SWORN.search(said):
        return Audience(words, sworn=True)
    match = _AGENCY.fullmatch(said)
    agency = _AGENCIES.get(match["who"] if match else said)
    return Audience(words, agency_types=(agency,) if agency else ())


_WORD = re.compile(r"[A-Za-z0-9]+")
_SMALL = frozenset("a an and at by for from in of on or the to with".split())


def code_from(title: str) -> str:
    """A short code for a session whose programme gives none: the initials of its title; `S` where it has none."""
    words = [word for word in _WORD.findall(title) if word.lower() not in _SMALL]
    return "".join(word[0] for word in words[:4]).upper() or "S"
