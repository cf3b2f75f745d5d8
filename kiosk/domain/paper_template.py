"""Papers as data: certificates, transcripts, rosters and affidavits are JSON that organizers may change.

A template names what it wants said in braces: `{name}`, `{hours}`. What is empty is left out with its line, so one form
serves agencies that have an ORI and those that have none. A social security number is never asked for and never
printed: a template that names one is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

from kiosk.domain.papers import Align, Block, Fields, Grid, Sheet, Signatures, Table, Text
from kiosk.errors import BadInput
from kiosk.i18n import _

FORMAT = 1
LARGEST_BYTES = 200_000
MOST_BLOCKS = 100
LARGEST_PT = 96
MOST_MM = 200

PLACEHOLDERS = frozenset(
    # the person
    "name first last rank agency agency_type number ori certificate_id "
    # the conference, and who gives the course
    "conference provider provider_number venue dates "
    # one session
    "course course_number instructor room date start end minutes course_hours "
    # what was earned
    "hours courses categories code made"
    .split()
)  # fmt: skip
"""Everything a template may ask for."""
TABLES = frozenset({"courses", "attendees"})
"""Lists a template may ask for."""
SETTABLE = frozenset({"provider", "provider_number", "venue", "instructor", "course_number", "ori"})
"""What a template, or whoever prints, may give for all sheets."""

_SSN = re.compile(r"\bs\.?s\.?n\b|social[\W_]*sec|soc[\W_]*sec", re.IGNORECASE)
_formatter = Formatter()


@dataclass(frozen=True, slots=True)
class Template:
    """One form."""

    title: str
    blocks: tuple[Mapping[str, Any], ...]
    landscape: bool = False
    border: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    """The same on every sheet: the provider, say."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """In which columns of the roster a value stands, by their headers: `ori` in `ORI` or `Agency ORI`."""


def read_template(data: bytes, name: str) -> Template:
    """A template from its file. Raises BadInput, in words, for what cannot be used."""
    if len(data) > LARGEST_BYTES:
        raise _bad(name, _("it is too large"))
    try:
        content = json.loads(data)
        blocks = tuple(content["blocks"])
        template = Template(
            title=str(content["title"]),
            blocks=blocks,
            landscape=bool(content.get("landscape", False)),
            border=bool(content.get("border", False)),
            values={str(key): str(value) for key, value in content.get("values", {}).items()},
            columns={str(key): tuple(map(str, value)) for key, value in content.get("columns", {}).items()},
        )
        is_known = content.get("format") == FORMAT
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _bad(name, _("it is not a template")) from error
    if not is_known:
        raise _bad(name, _("it is of a newer kind than this program knows"))
    check_words(name, json.dumps(content, ensure_ascii=False))
    _check(template, name)
    return template


def check_words(name: str, words: str) -> None:
    """Raises BadInput for a form that asks for a social security number."""
    if _SSN.search(words):
        raise _bad(name, _("it asks for a social security number, which this program never keeps or prints"))


def _check(template: Template, name: str) -> None:
    if len(template.blocks) > MOST_BLOCKS:
        raise _bad(name, _("it has too many blocks"))
    for wanted in (*template.values, *template.columns):
        if wanted not in PLACEHOLDERS:
            raise _bad(name, _("there is nothing called {name}").format(name=wanted[:40]))
    nothing = dict.fromkeys(PLACEHOLDERS, "")
    try:
        tuple(_blocks(template, nothing, {each: Table("", (), ()) for each in TABLES}))
    except KeyError as error:
        known = ", ".join(sorted(PLACEHOLDERS | TABLES))
        words = _("there is nothing called {name}; there are: {known}")
        raise _bad(name, words.format(name=str(error).strip("'")[:40], known=known)) from error
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise _bad(name, _("a block of it cannot be understood")) from error


def _bad(name: str, why: str) -> BadInput:
    return BadInput(_("{name} cannot be used as a template: {why}.").format(name=name, why=why))


def fill(template: Template, values: Mapping[str, str], tables: Mapping[str, Table], file_name: str = "") -> Sheet:
    """The form with these values in it. What is not given is empty, and left out."""
    everything = {**dict.fromkeys(PLACEHOLDERS, ""), **template.values, **{k: v for k, v in values.items() if v}}
    blocks = tuple(_blocks(template, everything, {**{each: Table("", (), ()) for each in TABLES}, **tables}))
    return Sheet(template.title, blocks, template.landscape, template.border, file_name)


def _blocks(template: Template, values: Mapping[str, str], tables: Mapping[str, Table]) -> Iterator[Block]:
    for block in template.blocks:
        made = _block(block, values, tables)
        if made is not None:
            yield made


def _block(block: Mapping[str, Any], values: Mapping[str, str], tables: Mapping[str, Table]) -> Block | None:
    space = {"above_mm": _whole(block["above_mm"], MOST_MM)} if "above_mm" in block else {}
    if "text" in block:
        words = _filled(block["text"], values)
        size = _whole(block.get("size_pt", 11), LARGEST_PT)
        align = Align(block.get("align", Align.START))
        return Text(words, max(4, size), bool(block.get("bold", False)), align, **space) if words else None
    if "fields" in block:
        pairs = ((_plain(label), _filled(words, values)) for label, words in block["fields"])
        rows = tuple((label, words) for label, words in pairs if words)
        return Fields(rows, max(1, _whole(block.get("columns", 1), 3)), **space) if rows else None
    if "table" in block:
        return Grid(tables[block["table"]], **space)
    if "sign" in block:
        return Signatures(tuple(_plain(label) for label in block["sign"][:4]), **space)
    raise ValueError("an unknown block")


def _whole(value: object, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError("not a whole number in bounds")
    return value


def _plain(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _filled(text: object, values: Mapping[str, str]) -> str:
    """The text with its values; empty where it names some and all of them are. Attributes and indices are refused:
    only plain names stand in braces.
    """
    parts = list(_formatter.parse(_plain(text)))
    names = [name for _literal, name, _spec, _conversion in parts if name is not None]
    found = [values[name] for name in names]
    if names and not any(found):
        return ""
    filled = iter(found)
    return "".join(literal + (next(filled) if name is not None else "") for literal, name, *_rest in parts)
