"""When somebody came and left, in a cell of a table."""

from __future__ import annotations

from datetime import tzinfo

from kiosk.domain.attendance import How, Moment, Way
from kiosk.domain.credit import Line
from kiosk.domain.words import clock_words, vouched
from kiosk.i18n import _

_MARKS = {How.SCANNED: "", How.REPAIRED: "✎ ", How.ASSUMED: "≈ "}


def end_of(line: Line, way: Way) -> Moment | None:
    """When somebody first came, or last left; None where that is not known."""
    if way is Way.IN:
        came = [stay.came for stay in line.stays if stay.came is not None]
        return min(came, key=lambda moment: moment.at, default=None)
    if any(stay.left is None for stay in line.stays):
        return None
    left = [stay.left for stay in line.stays if stay.left is not None]
    return max(left, key=lambda moment: moment.at, default=None)


def end_words(line: Line, way: Way, zone: tzinfo) -> str:
    """The moment as a time: `✎` was set by hand, `≈` is assumed, `~` is by a clock nobody has compared."""
    moment = end_of(line, way)
    if moment is not None:
        return _MARKS[moment.how] + vouched(clock_words(moment.at, zone), sure=moment.sure)
    return _("inside") if way is Way.OUT and line.stays and line.stays[-1].came is not None else "–"
