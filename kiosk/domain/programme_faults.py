"""What can be odd about an item of somebody's programme, what follows from it, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.i18n import _


class Effect(StrEnum):
    """What a finding does to its item."""

    WARN = "warn"
    """It is imported; somebody may want to look."""
    DECIDE = "decide"
    """It waits for a person's word."""
    SKIP = "skip"
    """It is no session."""


class Fault(StrEnum):
    """Kinds of findings. The names stand in reports and decision files: add, never rename."""

    # no session
    BLANK = "blank"
    ALL_DAY = "all_day"
    # waits for a person's word
    UNREADABLE = "unreadable"
    NO_TITLE = "no_title"
    NO_START = "no_start"
    NO_END = "no_end"
    BACKWARDS = "backwards"
    TOO_LONG = "too_long"
    BAD_TIME = "bad_time"
    UNKNOWN_ZONE = "unknown_zone"
    CODE_TWICE = "code_twice"
    TWICE = "twice"
    BAD_REPEAT = "bad_repeat"
    TOO_MANY_REPEATS = "too_many_repeats"
    CHANGED_HERE = "changed_here"
    ORPHANED_CHANGE = "orphaned_change"
    # imported, worth a look
    CANCELLED = "cancelled"
    SAME_UID = "same_uid"
    FLOATING = "floating"
    OTHER_ZONE_NAME = "other_zone_name"
    TWO_SUCH_TIMES = "two_such_times"
    NO_SUCH_TIME = "no_such_time"
    REPEATS = "repeats"
    BAD_NUMBER = "bad_number"
    CODE_MADE = "code_made"
    NO_ROOM = "no_room"
    ROOM_TAKEN = "room_taken"
    MORE_THAN_ROOM = "more_than_room"
    PEOPLE_AFFECTED = "people_affected"
    KEPT_HERE = "kept_here"
    TEXT_CUT = "text_cut"


_SKIP = frozenset({Fault.BLANK, Fault.ALL_DAY})
_DECIDE = frozenset(
    {
        Fault.UNREADABLE,
        Fault.NO_TITLE,
        Fault.NO_START,
        Fault.NO_END,
        Fault.BACKWARDS,
        Fault.TOO_LONG,
        Fault.BAD_TIME,
        Fault.UNKNOWN_ZONE,
        Fault.CODE_TWICE,
        Fault.TWICE,
        Fault.BAD_REPEAT,
        Fault.TOO_MANY_REPEATS,
        Fault.CHANGED_HERE,
        Fault.ORPHANED_CHANGE,
    }
)


def effect_of(kind: Fault) -> Effect:
    """What a finding of this kind does to its item."""
    if kind in _DECIDE:
        return Effect.DECIDE
    return Effect.SKIP if kind in _SKIP else Effect.WARN


@dataclass(frozen=True, slots=True)
class Finding:
    """One odd thing: where it is, whose it is, and what stands there."""

    kind: Fault
    place: str
    title: str = ""
    value: str = ""


def describe(kind: Fault) -> str:
    """What it is, in a few words."""
    return _DESCRIPTIONS[kind]()


def advice(kind: Fault) -> str:
    """What to do about it, or what was done."""
    return _ADVICE[kind]()


_DESCRIPTIONS = {
    Fault.BLANK: lambda: _("an empty line"),
    Fault.ALL_DAY: lambda: _("lasts whole days, with no time of day"),
    Fault.UNREADABLE: lambda: _("cannot be read"),
    Fault.NO_TITLE: lambda: _("no title"),
    Fault.NO_START: lambda: _("no start"),
    Fault.NO_END: lambda: _("neither an end nor a length"),
    Fault.BACKWARDS: lambda: _("ends before it starts"),
    Fault.TOO_LONG: lambda: _("lasts longer than two weeks"),
    Fault.BAD_TIME: lambda: _("a time that cannot be read"),
    Fault.UNKNOWN_ZONE: lambda: _("a time zone nobody knows"),
    Fault.CODE_TWICE: lambda: _("a code that another session has"),
    Fault.TWICE: lambda: _("the same session twice"),
    Fault.BAD_REPEAT: lambda: _("a repetition that cannot be read"),
    Fault.TOO_MANY_REPEATS: lambda: _("repeats without an end"),
    Fault.CHANGED_HERE: lambda: _("changed here and in the file"),
    Fault.ORPHANED_CHANGE: lambda: _("changes one day of a series that is not in the file"),
    Fault.CANCELLED: lambda: _("cancelled"),
    Fault.SAME_UID: lambda: _("several sessions with one identifier"),
    Fault.FLOATING: lambda: _("times without a zone"),
    Fault.OTHER_ZONE_NAME: lambda: _("a time zone by another name"),
    Fault.TWO_SUCH_TIMES: lambda: _("a time there is twice that night"),
    Fault.NO_SUCH_TIME: lambda: _("a time the clocks jump over that night"),
    Fault.REPEATS: lambda: _("repeats"),
    Fault.BAD_NUMBER: lambda: _("a number that cannot be read"),
    Fault.CODE_MADE: lambda: _("no code"),
    Fault.NO_ROOM: lambda: _("no room"),
    Fault.ROOM_TAKEN: lambda: _("two sessions in one room at the same time"),
    Fault.MORE_THAN_ROOM: lambda: _("more seats than the room has"),
    Fault.PEOPLE_AFFECTED: lambda: _("moved, and people have a place in it"),
    Fault.KEPT_HERE: lambda: _("changed here since the last import"),
    Fault.TEXT_CUT: lambda: _("a text that is too long"),
}

_ADVICE = {
    Fault.BLANK: lambda: _("Left out."),
    Fault.ALL_DAY: lambda: _("Left out: a door needs a time to open. Give it times if people are scanned there."),
    Fault.UNREADABLE: lambda: _("Correct it in the file and import again."),
    Fault.NO_TITLE: lambda: _("Give it a title and import again."),
    Fault.NO_START: lambda: _("Give it a start and import again."),
    Fault.NO_END: lambda: _("Give it an end or a length and import again."),
    Fault.BACKWARDS: lambda: _("Correct its start or its end and import again."),
    Fault.TOO_LONG: lambda: _("Correct its end, or give each day a session of its own."),
    Fault.BAD_TIME: lambda: _("Write it as 2023-05-04 08:30 and import again."),
    Fault.UNKNOWN_ZONE: lambda: _("Use a name such as America/New_York and import again."),
    Fault.CODE_TWICE: lambda: _("Give each session a code of its own and import again."),
    Fault.TWICE: lambda: _("The first was taken. Delete one of them."),
    Fault.BAD_REPEAT: lambda: _("Write each day as an event of its own and import again."),
    Fault.TOO_MANY_REPEATS: lambda: _("Give the repetition an end and import again."),
    Fault.CHANGED_HERE: lambda: _("What was changed here stays. If the file is right, change the session by hand."),
    Fault.ORPHANED_CHANGE: lambda: _("Export the whole calendar, not a part of it."),
    Fault.CANCELLED: lambda: _("Taken over as cancelled, so that those enrolled can be told."),
    Fault.SAME_UID: lambda: _("Each got an identifier of its own, made from its title."),
    Fault.FLOATING: lambda: _("Taken as the conference's own time."),
    Fault.OTHER_ZONE_NAME: lambda: _("Read as the zone it stands for."),
    Fault.TWO_SUCH_TIMES: lambda: _("Taken as the first of the two. Write the offset, such as -05:00, for the second."),
    Fault.NO_SUCH_TIME: lambda: _("Taken an hour later. Check it."),
    Fault.REPEATS: lambda: _("Each time became a session of its own."),
    Fault.BAD_NUMBER: lambda: _("Left empty."),
    Fault.CODE_MADE: lambda: _("A code was made from the title."),
    Fault.NO_ROOM: lambda: _("No door follows it until it has one."),
    Fault.ROOM_TAKEN: lambda: _("Both are taken over. The door there will ask which one is meant."),
    Fault.MORE_THAN_ROOM: lambda: _("The room's own capacity counts at the door unless you correct it."),
    Fault.PEOPLE_AFFECTED: lambda: _("Tell them: the list of who is enrolled is with the session."),
    Fault.KEPT_HERE: lambda: _("The file still says what it said then; what was changed here stays."),
    Fault.TEXT_CUT: lambda: _("Cut to what fits."),
}
