"""One cell at a time: what a foreign value means in our words.

Nothing here changes what a person will read without saying so.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from kiosk.domain.people import Status

_remembered = lru_cache(maxsize=1024)
"""A list has few words for a status, and says them twenty thousand times."""

_DIRT = re.compile(
    r"[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
    r"|  |^ | $"
)
_LINES = re.compile(r"\s*(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])\s*")
_SPACES = re.compile(r"[\t \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    # Joiners shape Persian, Indic and emoji; between Latin letters they are dirt.
    r"|(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])"
)
_JOINERS = re.compile(r"[\u200c\u200d]")


class Clean(NamedTuple):
    """A cell's text on one line, and what had to be taken away."""

    text: str
    spaces: bool = False
    invisible: bool = False
    lines: bool = False


def clean(text: str) -> Clean:
    """Text as it can be shown and compared: one line, NFC, single spaces, no control, bidi or zero-width characters."""
    if text.isascii():
        if not _DIRT.search(text):
            return Clean(text)
    elif not _DIRT.search(text) and not _JOINERS.search(text):
        return Clean(unicodedata.normalize("NFC", text))
    without = _INVISIBLE.sub("", text)
    joined = _LINES.sub(" ", without.strip("\r\n"))
    tidy = _SPACES.sub(" ", joined).strip()
    return Clean(
        unicodedata.normalize("NFC", tidy),
        spaces=_SPACES.sub(" ", without) != without or without != without.strip(),
        invisible=without != text,
        lines=joined != without.strip("\r\n"),
    )


_ODD = re.compile(r"[^\x21-\x7e ]|  |^[ =@+#-]| $|\?")


def is_plain(text: str) -> bool:
    """Whether nothing about a cell can be odd, so that nothing need be looked at: most cells of most lists."""
    return not _ODD.search(text)


def fold(text: str) -> str:
    """For comparing: no case, no accents, no punctuation. Letters of every script stay."""
    if text.isascii():
        return _PUNCTUATION.sub(" ", text.replace("'", "").replace(".", "")).casefold().strip()
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _PUNCTUATION.sub(" ", plain.replace("'", "").replace("’", "").replace(".", "")).casefold().strip()


_PUNCTUATION = re.compile(r"[\W_]+")


# E-mail

_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\.]{2,63}")


class Email(NamedTuple):
    """An address, and how far it is from what was written."""

    address: str
    tidied: bool = False
    """Only case or spaces differ."""
    bad: bool = False
    """Something else had to be left away, or there is no address in it."""
    proposal: str = ""


def read_email(text: str) -> Email:
    """The one address in a cell.

    A second address or a `mailto:` is left away and said so; `x at y` is only proposed.
    """
    if text.islower() and _EMAIL.fullmatch(text):
        return Email(text)
    trimmed = clean(text).text
    address = trimmed.lower()
    if _EMAIL.fullmatch(address) and len(address) <= 254:
        return Email(address, tidied=address != text)
    found = _EMAIL.findall(address.removeprefix("mailto:"))
    if found:
        return Email(found[0], bad=True)
    guess = re.sub(r"\s*[(\[]?\s*\bat\b\s*[)\]]?\s*", "@", address, count=1)
    return Email("", bad=True, proposal=guess if _EMAIL.fullmatch(guess) else "")


# Status


class StatusWord(NamedTuple):
    """A status in our words, and whether the list expects the person."""

    status: Status
    coming: bool


_COMING = StatusWord(Status.COMING, coming=True)
_PENDING = StatusWord(Status.PENDING, coming=True)
_INVITED = StatusWord(Status.PENDING, coming=False)
"""Never answered: nobody expects them, and yet they are not cancelled."""
_CANCELLED = StatusWord(Status.CANCELLED, coming=False)
_WAITLISTED = StatusWord(Status.WAITLISTED, coming=False)

_STATUS_WORDS = {
    _COMING: "coming|going|yes|attending|attended|accepted|approved|confirmed|complete|completed|paid|active|"
    "live|valid|registered|"
    "checked in|checkedin|present|ok|free|comped|comp|issued|sold|booked|rsvp yes|not void|assigned|settled|enrolled",
    _PENDING: "pending|unpaid|awaiting payment|awaiting approval|pending approval|pending_approval|on hold|"
    "hold|in progress|maybe|"
    "tentative|not paid|payment pending|open|incomplete|invoice sent|reserved|balance due",
    _INVITED: "no response|invited|no reply|not responded|not answered|awaiting response|undecided",
    _CANCELLED: "cancelled|canceled|cancellation|refunded|refund|not attending|not going|not coming|no|"
    "deleted|declined|rejected|expired|"
    "void|voided|withdrawn|withdrew|removed|transferred|no show|regret|regrets|abandoned|chargeback|inactive|"
    "unregistered|"
    "partially refunded|not approved|denied",
    _WAITLISTED: "waitlist|waitlisted|wait list|wait listed|waiting list|waiting|on waitlist|waitlist pending",
}
_STATUSES = {fold(word): meaning for meaning, words in _STATUS_WORDS.items() for word in words.split("|")}


@_remembered
def read_status(text: str) -> StatusWord | None:
    """What a status word means; None for one we do not know. An empty cell means coming."""
    return _STATUSES.get(fold(text)) if text else _COMING


# Yes, no, sworn

_YES = frozenset("yes y true t 1 x ✓ ✔ on si sí oui ja paid cash card check cheque invoice".split())
_NO = frozenset("no n false f 0 off non nein unpaid due owes".split())


def read_flag(text: str) -> bool | None:
    """Yes, no, or None where the cell says neither."""
    word = text.strip().casefold()
    if word in _YES:
        return True
    return False if word in _NO else None


@_remembered
def read_sworn(text: str) -> bool | None:
    """Sworn or not; None where the cell says neither."""
    word = fold(text)
    if word in ("sworn", "sworn officer", "sworn personnel", "commissioned"):
        return True
    if word in (
        "non sworn",
        "nonsworn",
        "not sworn",
        "civilian",
        "professional staff",
        "unsworn",
        "non sworn personnel",
    ):
        return False
    return read_flag(text)


# Kinds

_AGENCY_TYPES = {
    "Local": "city|county|local|municipal police|town|sheriff|local agency",
    "State": "state|state police|other state agency|highway patrol|state agency",
    "Federal": "federal|federal agency",
    "Tribal": "tribal|tribe|tribal agency",
    "Campus": "campus|university or college|university|college|school|k 12|campus agency",
    "Municipal": "municipal|city staff|city government",
    "Nonprofit": "nonprofit|non profit|ngo|community organization",
    "Researcher": "researcher|research|academic",
    "Communications": "communications|media relations",
    "Technologist": "technologist|technology",
    "Chaplain": "chaplain|clergy",
}
_AGENCY_TYPE = {word: ours for ours, words in _AGENCY_TYPES.items() for word in words.split("|")}


@_remembered
def read_agency_type(text: str) -> str:
    """Our word for the kind of agency; the text itself where we have none; nothing for `Unknown`."""
    return "" if fold(text) == "unknown" else _AGENCY_TYPE.get(fold(text), text)


def is_agency_type(text: str) -> bool:
    """Whether this is a kind of agency we have a word for."""
    return fold(text) in _AGENCY_TYPE


ORDINARY = "Attendee"
"""The type of registration that says nothing in particular."""

_REGISTRATION_TYPES = {
    ORDINARY: "attendee|general admission|general|full conference|full conference pass|regular|standard|"
    "participant|delegate|admission",
    "Speaker": "speaker|speaker comp|presenter|panelist",
    "Exhibitor": "exhibitor|vendor|sponsor exhibitor",
    "Staff": "staff|volunteer staff|crew|organizer",
    "Press": "press|media",
}
_REGISTRATION_TYPE = {word: ours for ours, words in _REGISTRATION_TYPES.items() for word in words.split("|")}


@_remembered
def read_registration_type(text: str) -> str:
    """Our word for the type of registration; the text itself where we have none."""
    return _REGISTRATION_TYPE.get(fold(text), text)


# Codes

_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?[eE]\+?\d{1,3}")


def is_scientific(text: str) -> bool:
    """Whether a spreadsheet has turned a long number into `6.10040E+23`. Not `3E5`: short codes may look like that."""
    return bool(_SCIENTIFIC.fullmatch(text)) and ("+" in text or "." in text or "," in text)


_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)


def is_error(text: str) -> bool:
    """Whether the cell holds a spreadsheet's error instead of a value."""
    return text.startswith("#") and text in _ERRORS


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would run this text. A phone number with its plus is none, nor is a handle with its @."""
    if text[:1] == "=":
        return len(text) > 1
    return text[:1] in ("@", "+", "-") and any(mark in text for mark in "(|!")


_NOBODY = re.compile(
    r"tb[acdn]|n/?a|none|unknown|unnamed|unassigned|not assigned|x{2,}|[-–—.]+|guest(?: name| of .*| \d+)|attendee \d+"
    r"|to be (?:announced|confirmed|decided|determined|named|assigned)|name (?:to follow|tbd|tba|pending)",
    re.IGNORECASE,
)


def is_placeholder(name: str) -> bool:
    """Whether this stands where a name will be: `TBD`, `n/a n/a`, `to be announced`. Null and Test are people."""
    words = name.split()
    return bool(_NOBODY.fullmatch(words[0] if words and len(set(words)) == 1 else name))


_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)
_DATE = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}(?:[ T]\d\d?:\d\d.*)?"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,?(?: \d{{4}})?"
    rf"|\d{{1,2}}[ -](?:{_MONTHS})(?:[ -]\d{{2,4}})?",
    re.IGNORECASE,
)


def is_date(name: str) -> bool:
    """Whether this is no name but a date: `05/03/2023`, `May 3, 2023`, `3-May`. April May is one."""
    return bool(_DATE.fullmatch(name))


def repaired(text: str) -> str:
    """The text with UTF-8 that was read as Windows-1252 put right; the text itself where it was not."""
    if text.isascii() or not any(c in text for c in "ÃÂâðÅÄ"):
        return text
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
