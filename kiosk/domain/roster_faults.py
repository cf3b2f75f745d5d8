"""What can be odd about a line of a roster, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.i18n import _


class Effect(StrEnum):
    """What a finding does to its line."""

    WARN = "warn"
    """The line is imported; somebody may want to look."""
    DECIDE = "decide"
    """The line waits for a person's word."""
    SKIP = "skip"
    """The line is nobody."""


class Fault(StrEnum):
    """Kinds of findings. The names stand in reports and decision files: add, never rename."""

    # lines that are nobody
    BLANK_RECORD = "blank_record"
    HEADER_REPEATED = "header_repeated"
    TOTAL_LINE = "total_line"
    SECTION_LABEL_ROW = "section_label_row"
    STRAY_NOTE_ROW = "stray_note_row"
    NOT_A_PERSON = "not_a_person"
    SUPERSEDED_ANSWER = "superseded_answer"
    HIDDEN_SHEET = "hidden_sheet"
    NO_PEOPLE = "no_people"
    NOT_CHOSEN = "not_chosen"
    # lines that wait for a person's word
    PLACEHOLDER_PERSON = "placeholder_person"
    UNASSIGNED_TICKET = "unassigned_ticket"
    DUPLICATE_PERSON = "duplicate_person"
    BARCODE_IN_SCIENTIFIC_NOTATION = "barcode_in_scientific_notation"
    TOO_FEW_FIELDS = "too_few_fields"
    DATE_IN_NAME = "date_in_name"
    HIDDEN_ROW = "hidden_row"
    CANCELLED_BY_STRIKETHROUGH = "cancelled_by_strikethrough"
    NO_NAME = "no_name"
    CODE_TWICE = "code_twice"
    CODE_TAKEN = "code_taken"
    STATUS_CONFLICT = "status_conflict"
    # lines that are imported and worth a look
    NOT_COMING_STATUS = "not_coming_status"
    NOT_PAID_STATUS = "not_paid_status"
    UNKNOWN_STATUS = "unknown_status"
    ALL_CAPS_NAME = "all_caps_name"
    LOWER_CASE_NAME = "lower_case_name"
    RANK_IN_FIRST_NAME = "rank_in_first_name"
    LAST_COMMA_FIRST = "last_comma_first"
    NICKNAME_IN_QUOTES = "nickname_in_quotes"
    STRAY_SPACE_NBSP_TAB = "stray_space_nbsp_tab"
    INVISIBLE_CHARACTERS = "invisible_characters"
    LINE_BREAK_IN_CELL = "line_break_in_cell"
    MOJIBAKE_DOUBLE_ENCODED = "mojibake_double_encoded"
    CHARACTERS_LOST_TO_QUESTION_MARKS = "characters_lost_to_question_marks"
    EMAIL_CASE_AND_SPACE = "email_case_and_space"
    EMAIL_BAD_OR_MISSING = "email_bad_or_missing"
    ATTENDEE_EMAIL_BLANK = "attendee_email_blank"
    ONE_EMAIL_MANY_PEOPLE = "one_email_many_people"
    FORMULA_INJECTION = "formula_injection"
    FORMULA_WITHOUT_CACHED_VALUE = "formula_without_cached_value"
    ERROR_VALUE = "error_value"
    LEADING_ZEROS_LOST = "leading_zeros_lost"
    NUMBER_SHOWN_WITH_ZEROS = "number_shown_with_zeros"
    TOO_MANY_FIELDS = "too_many_fields"
    ANSWERED_TWICE = "answered_twice"
    NOT_EIGHT_COURSES = "not_eight_courses"
    CHANGED_SINCE_OTHER_FILE = "changed_since_other_file"
    CHANGE_AFTER_CHECK_IN = "change_after_check_in"
    SEVERAL_SEATS = "several_seats"


_DECIDE = frozenset(
    {
        Fault.PLACEHOLDER_PERSON,
        Fault.UNASSIGNED_TICKET,
        Fault.DUPLICATE_PERSON,
        Fault.BARCODE_IN_SCIENTIFIC_NOTATION,
        Fault.TOO_FEW_FIELDS,
        Fault.DATE_IN_NAME,
        Fault.HIDDEN_ROW,
        Fault.CANCELLED_BY_STRIKETHROUGH,
        Fault.NO_NAME,
        Fault.CODE_TWICE,
        Fault.CODE_TAKEN,
        Fault.STATUS_CONFLICT,
    }
)
_SKIP = frozenset(
    {
        Fault.BLANK_RECORD,
        Fault.HEADER_REPEATED,
        Fault.TOTAL_LINE,
        Fault.SECTION_LABEL_ROW,
        Fault.STRAY_NOTE_ROW,
        Fault.NOT_A_PERSON,
        Fault.SUPERSEDED_ANSWER,
        Fault.HIDDEN_SHEET,
        Fault.NO_PEOPLE,
        Fault.NOT_CHOSEN,
    }
)


def effect_of(kind: Fault) -> Effect:
    """What a finding of this kind does to its line, unless somebody accepted the kind."""
    if kind in _DECIDE:
        return Effect.DECIDE
    return Effect.SKIP if kind in _SKIP else Effect.WARN


DECIDABLE: tuple[Fault, ...] = tuple(kind for kind in Fault if kind in _DECIDE)
"""Kinds that `--accept` takes; what accepting each means is `advice`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd thing: where it is, what stands there, and what we would make of it."""

    kind: Fault
    sheet: str
    row: int
    """Record from 1; 0 for the sheet as a whole."""
    column: str = ""
    """The column's header, or empty for the whole line."""
    value: str = ""
    proposal: str = ""
    """What it may have meant. Never applied by itself."""


def summary(kind: Fault, count: int) -> str:
    """The group's line in a report: `14 × same name and e-mail twice`."""
    return _("{count} × {what}").format(count=count, what=describe(kind))


def describe(kind: Fault) -> str:
    """The kind in a few words."""
    words = {
        Fault.BLANK_RECORD: _("blank line"),
        Fault.HEADER_REPEATED: _("the header again"),
        Fault.TOTAL_LINE: _("line with a total"),
        Fault.SECTION_LABEL_ROW: _("label of a section"),
        Fault.STRAY_NOTE_ROW: _("note below the list"),
        Fault.NOT_A_PERSON: _("product that is no person (parking, lunch)"),
        Fault.SUPERSEDED_ANSWER: _("answer the same person replaced later"),
        Fault.HIDDEN_SHEET: _("hidden sheet, left out"),
        Fault.NO_PEOPLE: _("sheet without people"),
        Fault.NOT_CHOSEN: _("sheet nobody asked for"),
        Fault.PLACEHOLDER_PERSON: _("seat whose person is not named yet"),
        Fault.UNASSIGNED_TICKET: _("ticket nobody is named on"),
        Fault.DUPLICATE_PERSON: _("same name and e-mail twice"),
        Fault.BARCODE_IN_SCIENTIFIC_NOTATION: _("ticket code damaged by a spreadsheet"),
        Fault.TOO_FEW_FIELDS: _("line that ends early"),
        Fault.DATE_IN_NAME: _("date where a name should be"),
        Fault.HIDDEN_ROW: _("hidden row"),
        Fault.CANCELLED_BY_STRIKETHROUGH: _("struck-through line"),
        Fault.NO_NAME: _("line without a name"),
        Fault.CODE_TWICE: _("ticket code of somebody else in this list"),
        Fault.CODE_TAKEN: _("ticket code of somebody else already here"),
        Fault.STATUS_CONFLICT: _("coming in this list, not coming in an earlier one"),
        Fault.NOT_COMING_STATUS: _("status that says not coming"),
        Fault.NOT_PAID_STATUS: _("order that is not paid"),
        Fault.UNKNOWN_STATUS: _("status we do not know, taken as pending"),
        Fault.ALL_CAPS_NAME: _("name in capitals"),
        Fault.LOWER_CASE_NAME: _("name in small letters"),
        Fault.RANK_IN_FIRST_NAME: _("rank in the first name"),
        Fault.LAST_COMMA_FIRST: _("name written “Last, First”"),
        Fault.NICKNAME_IN_QUOTES: _("nickname in quotation marks"),
        Fault.STRAY_SPACE_NBSP_TAB: _("stray space or tab in a name, removed"),
        Fault.INVISIBLE_CHARACTERS: _("invisible characters, removed"),
        Fault.LINE_BREAK_IN_CELL: _("line break in a cell, joined"),
        Fault.MOJIBAKE_DOUBLE_ENCODED: _("letters encoded twice (“Ã±” for “ñ”)"),
        Fault.CHARACTERS_LOST_TO_QUESTION_MARKS: _("letters lost to question marks"),
        Fault.EMAIL_CASE_AND_SPACE: _("e-mail in capitals or with spaces, tidied"),
        Fault.EMAIL_BAD_OR_MISSING: _("e-mail that is missing or not one address"),
        Fault.ATTENDEE_EMAIL_BLANK: _("only the buyer's e-mail is known, not used"),
        Fault.ONE_EMAIL_MANY_PEOPLE: _("one e-mail for several people, kept apart"),
        Fault.FORMULA_INJECTION: _("text that looks like a formula, kept as text"),
        Fault.FORMULA_WITHOUT_CACHED_VALUE: _("formula without a value, read as empty"),
        Fault.ERROR_VALUE: _("error of a spreadsheet (#N/A), read as empty"),
        Fault.LEADING_ZEROS_LOST: _("number that lost its zeros, restored to the column's width"),
        Fault.NUMBER_SHOWN_WITH_ZEROS: _("number taken as it is shown, with zeros"),
        Fault.TOO_MANY_FIELDS: _("line with more cells than the header"),
        Fault.ANSWERED_TWICE: _("answered twice, the last answer counts"),
        Fault.NOT_EIGHT_COURSES: _("not as many choices as were asked for"),
        Fault.CHANGED_SINCE_OTHER_FILE: _("differs from what is known"),
        Fault.CHANGE_AFTER_CHECK_IN: _("changes somebody who is already checked in"),
        Fault.SEVERAL_SEATS: _("one line for several seats, one imported"),
    }
    return words[kind]


def expected(kind: Fault) -> str:
    """What should have stood there, for a line that needs a decision."""
    words = {
        Fault.PLACEHOLDER_PERSON: _("a person's name"),
        Fault.UNASSIGNED_TICKET: _("a person's name"),
        Fault.NO_NAME: _("a person's name"),
        Fault.DATE_IN_NAME: _("a person's name"),
        Fault.DUPLICATE_PERSON: _("each person once"),
        Fault.BARCODE_IN_SCIENTIFIC_NOTATION: _("all digits of the code"),
        Fault.TOO_FEW_FIELDS: _("as many cells as the header"),
        Fault.HIDDEN_ROW: _("a row everybody can see"),
        Fault.CANCELLED_BY_STRIKETHROUGH: _("a status in words"),
        Fault.CODE_TWICE: _("a code of one person only"),
        Fault.CODE_TAKEN: _("a code of one person only"),
        Fault.STATUS_CONFLICT: _("the same status in both lists"),
    }
    return words.get(kind, "")


def advice(kind: Fault) -> str:
    """What to do about a line that needs a decision; after “or”, what accepting the kind does."""
    words = {
        Fault.PLACEHOLDER_PERSON: _("Fill in the name, or accept it as a placeholder that the desk completes."),
        Fault.UNASSIGNED_TICKET: _("Fill in the name, or accept it as a placeholder that the desk completes."),
        Fault.NO_NAME: _("Fill in the name, or accept it as a placeholder that the desk completes."),
        Fault.DUPLICATE_PERSON: _("The first stays. Delete this line, or accept it as another person of that name."),
        Fault.BARCODE_IN_SCIENTIFIC_NOTATION: _(
            "Ask for the original file, or open it with the column set to Text; or accept the person without this code."
        ),
        Fault.TOO_FEW_FIELDS: _("Ask for the original file, or accept what is there."),
        Fault.DATE_IN_NAME: _("Ask for the name, or accept the date as the name."),
        Fault.HIDDEN_ROW: _("Ask whether the row was hidden on purpose, or accept it like any other."),
        Fault.CANCELLED_BY_STRIKETHROUGH: _("Ask whether it means cancelled, or accept it as cancelled."),
        Fault.CODE_TWICE: _("Ask who holds the code, or accept the person without it."),
        Fault.CODE_TAKEN: _("Ask who holds the code, or accept the person without it."),
        Fault.STATUS_CONFLICT: _("Ask whether they are coming, or accept this list's word."),
    }
    return words.get(kind, "")


def sentence(finding: Finding, *, name_sheet: bool = False) -> str:
    """One finding as people read it: where, what stands there, what to do."""
    where = _("Row {row}") if finding.row else _("Sheet “{sheet}”")
    if name_sheet and finding.row:
        where = _("“{sheet}” row {row}")
    where = where.format(row=finding.row, sheet=finding.sheet)
    found = finding.column or finding.value
    if finding.column and finding.value:
        found = f"{finding.column} “{finding.value}”"
    if finding.kind is Fault.BARCODE_IN_SCIENTIFIC_NOTATION:
        text = _("{where}: {found} is not a code.").format(where=where, found=found)
    else:
        text = ": ".join(part for part in (where, found, describe(finding.kind)) if part) + "."
    return " ".join(part for part in (text, _about(finding), advice(finding.kind)) if part)


def _about(finding: Finding) -> str:
    if not finding.proposal:
        return ""
    if finding.kind in (Fault.DUPLICATE_PERSON, Fault.ANSWERED_TWICE):
        words = _("As in row {proposal}.")
    elif finding.kind is Fault.CODE_TAKEN:
        words = _("It belongs to {proposal}.")
    elif finding.kind is Fault.STATUS_CONFLICT:
        words = _("Earlier: {proposal}.")
    elif finding.kind in _APPLIED:
        words = _("Taken as “{proposal}”.")
    else:
        words = _("Perhaps “{proposal}”.")
    return words.format(proposal=finding.proposal)


_APPLIED = (
    Fault.LEADING_ZEROS_LOST,
    Fault.NUMBER_SHOWN_WITH_ZEROS,
    Fault.EMAIL_CASE_AND_SPACE,
    Fault.LAST_COMMA_FIRST,
)
"""Kinds whose proposal is what was imported: nothing is lost by it, or there is no other way to read it."""
