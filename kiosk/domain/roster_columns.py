"""Which column means what: by the seller's known headers, else by the header's words, else by what stands below it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.domain.people import FIELDS
from kiosk.domain.roster_presets import GENERIC, PRESETS, Preset
from kiosk.domain.roster_values import fold, is_agency_type, is_placeholder, read_email, read_status, read_sworn
from kiosk.errors import BadInput
from kiosk.i18n import _

EXTRA = "extra"
"""Kept under the column's own name."""

TARGETS: frozenset[str] = frozenset(FIELDS) | {
    "code",
    "source_id",
    "full_name",
    "buyer_email",
    "middle",
    "suffix",
    "quantity",
    "job_title",
    "paid",
    "product",
    "order",
    "position",
    "choices",
    "ignore",
    EXTRA,
} - {"placeholder"}
"""What a column may be mapped to."""

SAMPLE_ROWS = 200
ENOUGH = 0.8
"""Share of the filled cells that must agree before content decides."""


class Sure(StrEnum):
    """How a column's meaning was found."""

    KNOWN = "known"
    GUESS = "guess"
    NONE = "none"
    CHOSEN = "chosen"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a foreign table and where its cells go."""

    index: int
    header: str
    """As it stands in the file; a second one of that name is `E-mail (2)`."""
    target: str
    sure: Sure
    example: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """All columns of a table."""

    preset: Preset
    columns: tuple[Column, ...]
    by_target: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)

    def first(self, target: str) -> Column | None:
        """The column that goes there, the leftmost of several."""
        found = self.by_target.get(target)
        return found[0] if found else None


def normal(header: str) -> str:
    """A header for comparing: `E-mail ` and `e_mail` are the same."""
    return fold(header)


def unique_headers(headers: Sequence[str]) -> list[str]:
    """Headers with (1), (2) behind those that occur more than once; nameless columns get their number."""
    tidy = [" ".join(header.split()) for header in headers]
    seen: dict[str, int] = {}
    names = []
    for number, header in enumerate(tidy, 1):
        if not header:
            names.append(f"Column {number}")
            continue
        if tidy.count(header) > 1:
            seen[header] = seen.get(header, 0) + 1
        names.append(f"{header} ({seen[header]})" if header in seen else header)
    return names


def find_preset(headers: Sequence[str], wanted: str = "") -> Preset:
    """The seller whose export this is. Raises BadInput for a name we do not know."""
    if wanted:
        for preset in (*PRESETS, GENERIC):
            if preset.name == wanted.lower().replace("-", "_").removesuffix("_like"):
                return preset
        raise BadInput(
            _("There is no preset “{name}”. Known: {known}.").format(
                name=wanted, known=", ".join(preset.name for preset in (*PRESETS, GENERIC))
            )
        )
    present = {normal(header) for header in headers}
    best = max(PRESETS, key=lambda preset: len(preset.signature & present))
    return best if len(best.signature & present) >= best.enough else GENERIC


def map_columns(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    preset: Preset,
    chosen: Mapping[str, str] | None = None,
) -> ColumnMap:
    """Where each column goes.

    A target is given once, to the surest column; codes, extras and the ignored may be many.
    """
    names = unique_headers(headers)
    wanted = dict(_chosen(names, chosen or {}))
    taken = {target for target in wanted.values() if target not in _MANY}
    targets: dict[int, tuple[str, Sure]] = {index: (target, Sure.CHOSEN) for index, target in wanted.items()}
    for table, sure in (
        (preset.columns, Sure.KNOWN),
        (GENERIC.columns, Sure.KNOWN if preset is GENERIC else Sure.GUESS),
    ):
        _by_header(headers, table, sure, targets, taken)
    _by_words(headers, targets, taken)
    samples = {index: _filled(rows, index) for index in range(len(headers))}
    _by_content(samples, targets, taken)
    columns = tuple(
        Column(index, name, *targets.get(index, (EXTRA, Sure.NONE)), example=next(iter(samples[index]), ""))
        for index, name in enumerate(names)
    )
    by_target: dict[str, tuple[Column, ...]] = {}
    for column in columns:
        by_target[column.target] = (*by_target.get(column.target, ()), column)
    return ColumnMap(preset, columns, by_target)


_MANY = frozenset({"code", "ignore", EXTRA})


def _chosen(names: Sequence[str], chosen: Mapping[str, str]) -> list[tuple[int, str]]:
    found = []
    for header, target in chosen.items():
        if target not in TARGETS:
            raise BadInput(
                _("“{target}” is no field. Known: {known}.").format(target=target, known=", ".join(sorted(TARGETS)))
            )
        places = [index for index, name in enumerate(names) if normal(name) == normal(header)]
        if places:
            found.append((places[0], target))
    return found


def _by_header(
    headers: Sequence[str], table: Mapping[str, str], sure: Sure, targets: dict[int, tuple[str, Sure]], taken: set[str]
) -> None:
    for index, header in enumerate(headers):
        target = table.get(normal(header))
        if index in targets or target is None or target in taken:
            continue
        targets[index] = target, sure
        if target not in _MANY:
            taken.add(target)


_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), target)
    for pattern, target in (
        (
            (
                r"\b(home|street|mailing|billing|postal|residential)\b.*\baddress\b|\bzip\b|\bpost(al)? ?code\b"
                r"|\baddress (line )?[12]\b"
            ),
            "ignore",
        ),
        (r"\bwhich\b.*\b(courses?|sessions?|workshops?)\b", "choices"),
        (r"\bnon ?sworn\b|\bsworn\b", "sworn"),
        (r"\bname\b.*\bbadge\b|\bbadge name\b", "badge_name"),
        (r"\bfull name\b|\battendee name\b", "full_name"),
        (r"\bagency type\b|\btype of (agency|organi[sz]ation)\b", "agency_type"),
        (r"\b(agency|organi[sz]ation|department|employer)\b", "agency"),
        (r"\b(accessibility|accommodations?|access needs?)\b", "access_need"),
        (r"\bpronouns?\b", "pronoun"),
        (r"\brank\b", "title"),
        (r"\b(cell|mobile|phone)\b", "phone"),
        (r"\be ?mail\b", "email"),
        (r"\banything (else )?we should know\b|\bnotes? (for|to) (the )?(desk|staff|organizers?)\b", "note"),
    )
)


def _by_words(headers: Sequence[str], targets: dict[int, tuple[str, Sure]], taken: set[str]) -> None:
    """A question on a form says in a sentence what a field says in a word."""
    for index, header in enumerate(headers):
        if index in targets:
            continue
        text = normal(header)
        target = next((target for pattern, target in _WORDS if pattern.search(text)), None)
        if target == "badge_name" and "full name" in text and "full_name" not in taken:
            target = "full_name"
        if target is not None and target not in taken and not (target == "email" and "buyer" in text):
            targets[index] = target, Sure.GUESS
            if target not in _MANY:
                taken.add(target)


def _filled(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [row[index].strip() for row in rows[:SAMPLE_ROWS] if index < len(row) and row[index].strip()]


def _by_content(samples: Mapping[int, Sequence[str]], targets: dict[int, tuple[str, Sure]], taken: set[str]) -> None:
    for index, cells in samples.items():
        target, sure = targets.get(index, (EXTRA, Sure.NONE))
        if len(cells) < 3 or sure is Sure.CHOSEN:
            continue
        if target in ("registration_type", EXTRA) and "agency_type" not in taken and _mostly(cells, is_agency_type):
            targets[index] = "agency_type", Sure.GUESS
            taken.add("agency_type")
        elif index not in targets:
            for guess, test in _CONTENT:
                if guess not in taken and _mostly(cells, test):
                    targets[index] = guess, Sure.GUESS
                    taken.add(guess)
                    break


def _mostly(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(1 for cell in cells if test(cell)) >= ENOUGH * len(cells)


def _is_code(cell: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9-]{8,64}", cell)) and sum(c.isdigit() for c in cell) >= 3


def _is_status(cell: str) -> bool:
    return read_status(cell) is not None and fold(cell) not in (
        "yes",
        "no",
        "free",
        "ok",
        "open",
        "active",
        "paid",
        "present",
    )


def _is_email(cell: str) -> bool:
    return bool(read_email(cell).address)


def _is_sworn(cell: str) -> bool:
    return "sworn" in cell.casefold() and read_sworn(cell) is not None


_CONTENT: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", _is_email),
    ("sworn", _is_sworn),
    ("status", _is_status),
)


def map_without_header(rows: Sequence[Sequence[str]]) -> ColumnMap | None:
    """A list without any header: addresses and names tell by themselves. None where they do not."""
    width = max(map(len, rows), default=0)
    targets: dict[int, str] = {}
    for index in range(width):
        cells = _filled(rows, index)
        if not cells:
            continue
        if "email" not in targets.values() and _mostly(cells, _is_email):
            targets[index] = "email"
        elif "code" not in targets.values() and len(set(cells)) == len(cells) and _mostly(cells, _is_code):
            targets[index] = "code"
        elif "full_name" not in targets.values() and _mostly(cells, _is_name):
            targets[index] = "full_name"
    if "email" not in targets.values() or "full_name" not in targets.values():
        return None
    headers = [""] * width
    names = unique_headers(headers)
    return map_columns(headers, rows, GENERIC, {names[index]: target for index, target in targets.items()})


def _is_name(cell: str) -> bool:
    return 2 <= len(cell.split()) <= 5 and not any(c.isdigit() or c == "@" for c in cell) and not is_placeholder(cell)


def header_score(cells: Sequence[str]) -> int:
    """How many of these cells read like headers; none of a line that holds an address."""
    if any("@" in cell for cell in cells):
        return 0
    return sum(
        1
        for cell in cells
        if cell.strip() and (normal(cell) in _KNOWN_HEADERS or any(p.search(normal(cell)) for p, _t in _WORDS))
    )


_KNOWN_HEADERS = frozenset(header for preset in (*PRESETS, GENERIC) for header in (*preset.columns, *preset.signature))
