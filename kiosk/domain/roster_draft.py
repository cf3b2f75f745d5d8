"""A line of a foreign roster as a person: every cell read, nothing decided yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from kiosk.domain.own_codes import code_key
from kiosk.domain.people import Status, TicketKind
from kiosk.domain.roster import FieldValue
from kiosk.domain.roster_choices import ChoiceCounter, asked_for
from kiosk.domain.roster_columns import EXTRA, Column, ColumnMap
from kiosk.domain.roster_faults import Fault, Finding
from kiosk.domain.roster_names import all_caps, leading_rank, lower_case, mixed_case, name_key, split_full_name
from kiosk.domain.roster_sheet import Sheet
from kiosk.domain.roster_values import (
    clean,
    is_date,
    is_error,
    is_placeholder,
    is_plain,
    is_scientific,
    looks_like_formula,
    read_agency_type,
    read_email,
    read_flag,
    read_registration_type,
    read_status,
    read_sworn,
    repaired,
)

JOB_TITLE = "Job Title"
NAME_FIELDS = frozenset({"first", "last", "full_name", "middle", "badge_name"})
READ_BY_PEOPLE = NAME_FIELDS | {"agency", "title", "job_title", "suffix"}
"""Fields in which a question mark is a letter that was lost."""


@dataclass(slots=True)
class Draft:
    """One line that is somebody, before it is weighed against other lines and the roster."""

    sheet: str
    row: int
    system: str
    """The list it comes from: a seller's name, or one made of the list's headers."""
    source_id: str = ""
    values: dict[str, FieldValue] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    codes: dict[str, TicketKind] = field(default_factory=dict)
    status: Status = Status.COMING
    coming: bool = True
    attests: bool = True
    """Whether being on this list means having a place. Answering a form does not."""
    findings: list[Finding] = field(default_factory=list)
    name_key: str = ""
    email: str = ""
    product: str = ""
    damaged: set[str] = field(default_factory=set)
    """Fields whose letters were lost or that look like an attack: they never replace a good value."""

    @property
    def name(self) -> str:
        """For reports."""
        return " ".join(str(self.values[part]) for part in ("first", "last") if self.values.get(part))

    def has(self, *kinds: Fault) -> bool:
        """Whether something of these kinds was found here."""
        return any(finding.kind in kinds for finding in self.findings)


class DraftReader:
    """Reads the people of one sheet."""

    def __init__(self, sheet: Sheet, columns: ColumnMap, first_row: int) -> None:
        self.sheet = sheet
        self.columns = columns
        self.system = _system(columns)
        self._width = len(columns.columns)
        self._zeros = {
            column.index: _common_width(
                row[column.index] for row in sheet.rows[first_row - 1 :] if column.index < len(row)
            )
            for target in ("number", "code")
            for column in columns.by_target.get(target, ())
        }
        self._choices = {
            column.index: (
                ChoiceCounter([row[column.index] for row in sheet.rows[first_row - 1 :] if column.index < len(row)]),
                asked,
            )
            for column in columns.by_target.get("choices", ())
            if (asked := asked_for(column.header))
        }
        self._short_is_normal = _often_short(sheet.rows[first_row - 1 :], self._width)
        self._takers: dict[str, Callable[[Draft, Column, str], None]] = {
            "email": self._take_email,
            "status": self._take_status,
            "sworn": self._take_sworn,
            "code": self._take_code,
            "number": self._take_code,
            "agency_type": self._take_agency_type,
            "registration_type": self._take_registration_type,
            "attention": self._take_flag,
            "unpaid": self._take_flag,
            "paid": self._take_paid,
            "quantity": self._take_quantity,
            "choices": self._take_choices,
            "product": self._take_product,
            EXTRA: self._take_extra,
        }
        self._attests = not columns.preset.last_wins or columns.first("status") is not None
        self._used = [column for column in columns.columns if column.target != "ignore"]

    def read(self, row: int, cells: Sequence[str]) -> Draft:
        """The person on this line."""
        draft = Draft(self.sheet.name, row, self.system, attests=self._attests)
        width = len(cells)
        parts: dict[str, str] = {}
        for column in self._used:
            text = cells[column.index] if column.index < width else ""
            if text and (column.target == "email" or not is_plain(text)):
                text = self._tidy(draft, column, text)
            if not text:
                continue
            taker = self._takers.get(column.target)
            if taker is not None:
                taker(draft, column, text)
            elif column.target in _PARTS:
                parts[column.target] = text
            else:
                draft.values[column.target] = text
        self._name(draft, parts)
        self._check_shape(draft, cells)
        self._check_email(draft, parts)
        self._check_looks(draft, cells)
        draft.source_id = self._source_id(draft, parts)
        if parts.get("buyer_email"):
            draft.extras[self._header("buyer_email")] = parts["buyer_email"]
        return draft

    # One cell

    def _find(
        self, draft: Draft, kind: Fault, column: Column | None = None, value: str = "", proposal: str = ""
    ) -> None:
        draft.findings.append(Finding(kind, draft.sheet, draft.row, column.header if column else "", value, proposal))

    def _tidy(self, draft: Draft, column: Column, raw: str) -> str:
        """The cell's text on one line; says what was odd about it."""
        text, spaces, invisible, broken = clean(raw)
        target = column.target
        if spaces and target in NAME_FIELDS and not draft.has(Fault.STRAY_SPACE_NBSP_TAB):
            self._find(draft, Fault.STRAY_SPACE_NBSP_TAB, column, text)
        if invisible:
            self._find(draft, Fault.INVISIBLE_CHARACTERS, column, text)
        if broken and target not in ("note", "choices", EXTRA):
            self._find(draft, Fault.LINE_BREAK_IN_CELL, column, text)
        if text[:1] in _MARKS:
            if is_error(text):
                self._find(draft, Fault.ERROR_VALUE, column, text)
                return ""
            if looks_like_formula(text):
                self._find(draft, Fault.FORMULA_INJECTION, column, text)
                draft.damaged.add(target)
        if target in READ_BY_PEOPLE:
            self._check_letters(draft, column, text)
        elif target == "email" and (spaces or text != text.lower()):
            self._find(draft, Fault.EMAIL_CASE_AND_SPACE, column, text, text.lower())
        return text

    def _check_letters(self, draft: Draft, column: Column, text: str) -> None:
        if "?" in text or "\ufffd" in text:
            draft.damaged.add(column.target)
            self._find(draft, Fault.CHARACTERS_LOST_TO_QUESTION_MARKS, column, text)
        elif (right := repaired(text)) != text:
            draft.damaged.add(column.target)
            self._find(draft, Fault.MOJIBAKE_DOUBLE_ENCODED, column, text, right)

    def _take_extra(self, draft: Draft, column: Column, text: str) -> None:
        draft.extras[column.header] = text

    def _take_email(self, draft: Draft, column: Column, text: str) -> None:
        email = read_email(text)
        if email.address:
            draft.email = email.address
            draft.values["email"] = email.address
        if email.bad:
            draft.extras[f"{column.header} (as written)"] = text
            self._find(draft, Fault.EMAIL_BAD_OR_MISSING, column, text, email.proposal)

    def _take_status(self, draft: Draft, column: Column, text: str) -> None:
        meaning = read_status(text)
        pretix = self.columns.preset.name == "pretix"
        if meaning is None:
            draft.status = Status.PENDING
            self._find(draft, Fault.UNKNOWN_STATUS, column, text)
            return
        draft.status, draft.coming = meaning
        if not meaning.coming:
            self._find(draft, Fault.NOT_PAID_STATUS if pretix else Fault.NOT_COMING_STATUS, column, text)
        elif meaning.status is Status.PENDING:
            self._find(draft, Fault.NOT_PAID_STATUS, column, text)

    def _take_sworn(self, draft: Draft, column: Column, text: str) -> None:
        sworn = read_sworn(text)
        if sworn is None:
            draft.extras[column.header] = text
        else:
            draft.values["sworn"] = sworn

    def _take_agency_type(self, draft: Draft, column: Column, text: str) -> None:
        draft.values["agency_type"] = read_agency_type(text)

    def _take_registration_type(self, draft: Draft, column: Column, text: str) -> None:
        draft.values["registration_type"] = read_registration_type(text)

    def _take_flag(self, draft: Draft, column: Column, text: str) -> None:
        flag = read_flag(text)
        if flag is None:  # "Speaker" in a column "VIP" is a yes with a reason
            draft.extras[column.header] = text
        draft.values[column.target] = flag is not False

    def _take_paid(self, draft: Draft, column: Column, text: str) -> None:
        draft.extras[column.header] = text
        if read_flag(text) is False:
            draft.values["unpaid"] = True

    def _take_quantity(self, draft: Draft, column: Column, text: str) -> None:
        most = 0 if self.columns.preset.name == "meetup" else 1
        if text.isdigit() and int(text[:9]) > most:
            draft.extras[column.header] = text
            self._find(draft, Fault.SEVERAL_SEATS, column, text)

    def _take_product(self, draft: Draft, column: Column, text: str) -> None:
        draft.product = text
        draft.values["registration_type"] = read_registration_type(text)

    def _take_choices(self, draft: Draft, column: Column, text: str) -> None:
        draft.extras[column.header] = text
        counter, asked = self._choices.get(column.index, (None, 0))
        if counter is not None and (count := counter.count(text)) != asked:
            self._find(draft, Fault.NOT_EIGHT_COURSES, column, str(count))

    def _take_code(self, draft: Draft, column: Column, text: str) -> None:
        if is_scientific(text):
            self._find(draft, Fault.BARCODE_IN_SCIENTIFIC_NOTATION, column, text)
            return
        shown = self.sheet.padded.get((draft.row, column.index)) if self.sheet.padded else None
        width = self._zeros[column.index]
        if shown is not None:
            self._find(draft, Fault.NUMBER_SHOWN_WITH_ZEROS, column, shown, text)
        elif len(text) < width and text.isdigit():
            self._find(draft, Fault.LEADING_ZEROS_LOST, column, text, text.zfill(width))
            text = text.zfill(width)
        if column.target == "number":
            draft.values["number"] = text
            draft.codes[text] = TicketKind.NUMBER
        else:
            draft.codes[text] = TicketKind.VENDOR

    # The line

    def _header(self, target: str) -> str:
        column = self.columns.first(target)
        return column.header if column else target

    def _name(self, draft: Draft, parts: Mapping[str, str]) -> None:
        first, last = parts.get("first", ""), parts.get("last", "")
        if full := parts.get("full_name", ""):
            if first or last:
                pass  # the same name again, in one cell
            elif is_placeholder(full) or is_date(full):
                first = full
            else:
                first, last = self._split(draft, full)
        self._check_name(draft, first, last, "first" if self.columns.first("first") else "full_name")
        for target, text in (("first", first), ("last", last)):
            if text:
                draft.values[target] = text
        for target in ("middle", "suffix"):
            if parts.get(target):
                draft.extras[self._header(target)] = parts[target]
        if parts.get("job_title"):
            draft.extras[JOB_TITLE] = parts["job_title"]
        if badge_name := parts.get("badge_name"):
            draft.values["badge_name"] = badge_name
        draft.name_key = name_key(first, last)

    def _split(self, draft: Draft, full: str) -> tuple[str, str]:
        column = self.columns.first("full_name")
        name = split_full_name(full)
        if name.last_first:
            self._find(draft, Fault.LAST_COMMA_FIRST, column, full, f"{name.first} {name.last}")
        if name.nickname:
            draft.extras["Nickname"] = name.nickname
            self._find(draft, Fault.NICKNAME_IN_QUOTES, column, full, name.nickname)
        if name.rank and "title" not in draft.values:
            draft.values["title"] = name.rank
            draft.damaged.add("title")  # read out of a name: good enough where nothing is known
        if name.suffix:
            draft.extras["Suffix"] = name.suffix
        return name.first, name.last

    def _check_name(self, draft: Draft, first: str, last: str, target: str) -> None:
        column = self.columns.first(target)
        whole = f"{first} {last}".strip()
        if not whole:
            return
        if is_placeholder(whole):
            draft.values["placeholder"] = True
            self._find(draft, Fault.PLACEHOLDER_PERSON, column, whole)
            return
        if any(c.isdigit() for c in whole) and (is_date(first) or is_date(last)):
            if is_date(first):
                self._find(draft, Fault.DATE_IN_NAME, column, first)
            else:
                self._find(draft, Fault.DATE_IN_NAME, self.columns.first("last") or column, last)
            return
        if all_caps(first, last):
            self._find(draft, Fault.ALL_CAPS_NAME, column, whole, mixed_case(whole))
        elif lower_case(first, last):
            self._find(draft, Fault.LOWER_CASE_NAME, column, whole, mixed_case(whole))
        if " " in first:
            rank, rest = leading_rank(first)
            if rank:
                self._find(draft, Fault.RANK_IN_FIRST_NAME, column, first, rest)

    def _check_email(self, draft: Draft, parts: Mapping[str, str]) -> None:
        column = self.columns.first("email")
        if column is None or draft.email or draft.has(Fault.PLACEHOLDER_PERSON, Fault.TOO_FEW_FIELDS):
            return
        if draft.has(Fault.EMAIL_BAD_OR_MISSING) or any(
            f.kind is Fault.ERROR_VALUE and f.column == column.header for f in draft.findings
        ):
            return
        if self.columns.first("buyer_email"):
            if draft.codes:
                self._find(draft, Fault.ATTENDEE_EMAIL_BLANK, column)
        else:
            self._find(draft, Fault.EMAIL_BAD_OR_MISSING, column)

    def _check_shape(self, draft: Draft, cells: Sequence[str]) -> None:
        if len(cells) < self._width and not self._short_is_normal:
            self._find(draft, Fault.TOO_FEW_FIELDS, value=f"{len(cells)} of {self._width}")
        elif len(cells) > self._width and any(map(str.strip, cells[self._width :])):
            for number, text in enumerate(cells[self._width :], self._width + 1):
                if tidy := clean(text).text:
                    draft.extras[f"Column {number}"] = tidy
            self._find(draft, Fault.TOO_MANY_FIELDS, value=f"{len(cells)} of {self._width}")

    def _check_looks(self, draft: Draft, cells: Sequence[str]) -> None:
        if draft.row in self.sheet.hidden_rows:
            self._find(draft, Fault.HIDDEN_ROW, value=draft.name)
        if not self.sheet.struck:
            return
        filled = [index for index, cell in enumerate(cells) if cell]
        if 2 * sum((draft.row, index) in self.sheet.struck for index in filled) >= len(filled):
            self._find(draft, Fault.CANCELLED_BY_STRIKETHROUGH, value=draft.name)

    def _source_id(self, draft: Draft, parts: Mapping[str, str]) -> str:
        """This registration's name in the list it comes from.

        A list without ids gets a digest of what tells its people apart.
        """
        if parts.get("source_id"):
            return f"{self.system}:{parts['source_id']}"
        named = [parts.get(name, "") for name in self.columns.preset.named_ids if name != "code"]
        if named and all(named):
            return f"{self.system}:{'-'.join(named)}"
        if draft.codes:
            return f"{self.system}:{code_key(next(iter(draft.codes)))}"
        key = f"{draft.name_key}|{draft.email or draft.values.get('agency', '')}"
        return f"{self.system}:{blake2b(key.encode(), digest_size=10).hexdigest()}"


_MARKS = frozenset("=@+-#")
_PARTS = NAME_FIELDS | {"suffix", "job_title", "buyer_email", "source_id", "order", "position"}
_LEADING_ZERO = re.compile(r"0\d+")


def _system(columns: ColumnMap) -> str:
    if columns.preset.name != "generic":
        return columns.preset.name
    headers = "|".join(column.header.casefold() for column in columns.columns)
    return f"list-{blake2b(headers.encode(), digest_size=4).hexdigest()}"


def _common_width(cells: Iterable[str]) -> int:
    """How many digits the numbers of a column have, where some begin with a zero and none is longer; else 0."""
    digits = [text for text in map(str.strip, cells) if text.isdigit()]
    zeros = {len(text) for text in digits if _LEADING_ZERO.fullmatch(text)}
    longest = max(map(len, digits), default=0)
    return longest if zeros == {longest} else 0


def _often_short(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Some programs leave out empty cells at the end of every line; then a short line is nothing odd."""
    short = sum(1 for row in rows if 1 < len(row) < width)
    return short > 3 and short > 0.1 * len(rows)
