"""Codes typed by a scanner that believes in another keyboard than the computer does.

A scanner that types presses keys by their place on a US keyboard. A computer set to another layout then reads other
characters. Our own codes use capital letters and digits alone, so what they become can be told and undone.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kiosk.domain.ids import ALPHABET
from kiosk.domain.own_codes import own_form
from kiosk.domain.people import TicketCode
from kiosk.i18n import _

_ORDINARY = frozenset(string.ascii_uppercase + string.digits)


@dataclass(frozen=True, slots=True)
class Layout:
    """What a layout makes of our alphabet, key by key (from the xkb layouts), and of `-` and its like."""

    typed: str
    """The character for each of `0123456789ABCDEFGHJKMNPQRSTVWXYZ` pressed as on a US keyboard; a space where it
    cannot be told."""
    words: Callable[[], str]
    more: str = ""
    """Characters the layout puts on keys of other signs (hyphen, brackets, semicolon): they give it away."""


LAYOUTS = (
    Layout("0123456789ABCDEFGHJKMNPQRSTVWXZY", lambda: _("typed with a German keyboard layout?"), "ßüöäÜÖÄ"),
    Layout("à&é\"'(-è_çQBCDEFGHJK?NPARSTVZXYW", lambda: _("typed with a French keyboard layout?"), ")ù$²§"),
    Layout("à&é\"'(§è!çQBCDEFGHJK?NPARSTVZXYW", lambda: _("typed with a Belgian keyboard layout?"), ")ù$²"),
    Layout("é+ěščřžýáíABCDEFGHJKMNPQRSTVWXZY", lambda: _("typed with a Czech keyboard layout?"), "=úů"),
    Layout("é+ľščťžýáíABCDEFGHJKMNPQRSTVWXZY", lambda: _("typed with a Slovak keyboard layout?"), "=úäô"),
    Layout("ö123456789ABCDEFGHJKMNPQRSTVWXZY", lambda: _("typed with a Hungarian keyboard layout?"), "üóőúéáű"),
    Layout("0123456789ФИСВУАПРОЛЬТЗЙКЫЕМЦЧНЯ", lambda: _("typed with a Russian keyboard layout?"), "-=ХЪЖЭ"),
    Layout("0123456789ФИСВУАПРОЛЬТЗЙКІЕМЦЧНЯ", lambda: _("typed with a Ukrainian keyboard layout?"), "-=ХЇЖЄ"),
    Layout("0123456789ΑΒΨΔΕΦΓΗΞΚΜΝΠ:Ρ ΤΩ ΧΥΖ", lambda: _("typed with a Greek keyboard layout?"), "-="),
)
"""Layouts that leave our alphabet recoverable. Greek has one sign for S and W, so codes with either stay unknown."""


def _undoing(layout: Layout) -> dict[int, str]:
    """From what was typed back to what was meant, with Caps Lock on or off."""
    table = {ord(typed): meant for typed, meant in zip(layout.typed, ALPHABET, strict=True) if typed != " "}
    for typed, meant in list(table.items()):
        if chr(typed).isalpha() and len(chr(typed).lower()) == 1 and meant.isalpha():
            table[ord(chr(typed).lower())] = meant
    if table.get(ord("?")) == "M":
        table[ord(",")] = "M"
    return table


_UNDO = tuple(_undoing(layout) for layout in LAYOUTS)


def undone(text: str) -> Iterator[TicketCode]:
    """Own codes this text may be, had it been typed with a wrong layout: different ones only, likeliest layout first.

    Only results with the full shape of an own code are offered. A shorter number must not be: `àààààà&` is `0000001`
    on a French keyboard, but every short text is some number in some layout, numbers are given out in a row, and one
    lost character then makes somebody else of it. Eighty random bits cannot be hit that way.
    """
    if not 16 <= len(text) <= 19:
        return
    seen = {own_form(text)}
    for table in _UNDO:
        code = own_form(text.translate(table))
        if code is not None and code not in seen:
            seen.add(code)
            yield code


def layout_words(text: str) -> str:
    """Which wrong layout this text looks like, for a volunteer; empty where nothing points to one.

    Capitals, digits and a layout's own characters alone point to it; a word in somebody's language has small letters
    too.
    """
    if text.isascii():
        return ""
    characters = set(text)
    for layout in LAYOUTS:
        own = {c for c in layout.typed + layout.more if c not in _ORDINARY and c != " "}
        if characters <= _ORDINARY | own:
            return layout.words()
    return ""
