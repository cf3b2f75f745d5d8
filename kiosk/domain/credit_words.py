"""A line of credit, explained: `72 of 75 minutes, counts 1.25 h`; and the moments it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from kiosk.domain.attendance import How, Moment
from kiosk.domain.credit import HOUR, Line, Standing, least_minutes
from kiosk.domain.programme import CreditKind
from kiosk.domain.words import clock_words, isolated, vouched
from kiosk.i18n import _


def hours_words(hundredths: int) -> str:
    """`1.25`, always with both places."""
    return f"{hundredths // HOUR}.{hundredths % HOUR:02d}"


def line_words(line: Line, zone: tzinfo) -> str:
    """Why a line is worth what it is, in one or a few sentences."""
    return " ".join([_first(line, zone), *_more(line, zone)])


def _first(line: Line, zone: tzinfo) -> str:
    if line.grant is not None:
        return _granted(line)
    words = {
        Standing.NO_CREDIT: _("This session gives no credit."),
        Standing.ABSENT: _("No scan at this session."),
        Standing.NO_EXIT: _("No exit is recorded: no credit until somebody says when they left."),
        Standing.NO_ENTRY: _("An exit without an entry: no credit until somebody says when they came."),
        Standing.ELSEWHERE: _("All the time inside counts in another room."),
    }
    if line.standing in words:
        return words[line.standing]
    measured = _measured(line, zone)
    if line.standing is Standing.TOO_SHORT and line.session.credit.kind is CreditKind.ENTRY:
        return _("Came in after the end.") if not line.counted_min else _("{measured}.").format(measured=measured)
    if line.standing is Standing.TOO_SHORT:
        least = least_minutes(line.session) or 1
        return _("{measured}; {least} minutes are the least that counts.").format(measured=measured, least=least)
    hours = hours_words(line.worth)
    if line.standing is Standing.OTHER_COURSE:
        words_for = _("{measured}, worth {hours} h; another course of this slot counts.")
        return words_for.format(measured=measured, hours=hours)
    return _("{measured}, counts {hours} h.").format(measured=measured, hours=hours)


def _measured(line: Line, zone: tzinfo) -> str:
    came = next((stay.came for stay in line.stays if stay.came is not None), None)
    if line.session.credit.kind is CreditKind.ENTRY and came is not None and line.counted_min >= line.full_min:
        return _("Came in at {when}").format(when=clock_words(came.at, zone))
    return _("{n} of {full} minutes").format(n=line.counted_min, full=line.full_min)


def _granted(line: Line) -> str:
    assert line.grant is not None
    by, why = isolated(line.grant.by), isolated(line.grant.why)
    if line.standing is Standing.DENIED:
        return _("No credit: decided by {who}: {why}.").format(who=by, why=why)
    words = _("{hours} h, granted by {who}: {why}.").format(hours=hours_words(line.worth), who=by, why=why)
    return words + (" " + _("Another course of this slot counts.") if line.standing is Standing.OTHER_COURSE else "")


def _more(line: Line, zone: tzinfo) -> Iterator[str]:
    if line.elsewhere_min:
        yield _("{n} minutes count in another room.").format(n=line.elsewhere_min)
    for stay in line.stays:
        for name, moment in ((_("Entry"), stay.came), (_("Exit"), stay.left)):
            if moment is not None and moment.how is not How.SCANNED:
                yield f"{name} {moment_words(moment, zone)}."


def moment_words(moment: Moment, zone: tzinfo) -> str:
    """`2:45 PM, assumed (session closed by Maria)`, `2:40 PM, set by Deb: badge forgotten (was 2:10 PM)`."""
    when = vouched(clock_words(moment.at, zone), sure=moment.sure)
    if moment.moved:
        return _("{when}, assumed (seen at another door)").format(when=when)
    if moment.how is How.ASSUMED:
        return _("{when}, assumed (session closed by {who})").format(when=when, who=isolated(moment.by))
    was = "" if moment.was is None else " " + _("(was {when})").format(when=clock_words(moment.was, zone))
    if moment.how is How.REPAIRED:
        words = _("{when}, set by {who}: {why}")
        return words.format(when=when, who=isolated(moment.by), why=isolated(moment.why)) + was
    return when + was
