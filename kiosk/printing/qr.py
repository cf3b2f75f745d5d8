"""QR codes as squares, and how many dots a square gets."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.exceptions import DataOverflowError

from kiosk.domain.badge import Badge
from kiosk.domain.contact_card import payloads
from kiosk.domain.layout import MIN_MODULE_MM, QUIET_MODULES, Level, Payload
from kiosk.errors import BadInput
from kiosk.i18n import _

_ORDER = (Level.M, Level.Q, Level.H)
_LEVELS = {Level.M: ERROR_CORRECT_M, Level.Q: ERROR_CORRECT_Q, Level.H: ERROR_CORRECT_H}


@dataclass(frozen=True, slots=True)
class Squares:
    """A QR that has its place: the squares without quiet zone, and how many dots each is wide."""

    modules: list[list[bool]]
    step: int
    small: bool
    """The squares are finer than reads well once printed."""
    shortened: bool
    """Less is in it than was wanted."""

    @property
    def side(self) -> int:
        """Dots from edge to edge, quiet zone included."""
        return (len(self.modules) + 2 * QUIET_MODULES) * self.step


def squares(badge: Badge, payload: Payload, level: Level, room: float, dots_per_mm: float) -> Squares:
    """The QR of this badge in so many dots of room: whole dots a square, for one of 9½ would print as 9 here and 10
    there. Of a contact card as much as leaves the squares large enough to be read.

    Raises BadInput when not even the code fits.
    """
    wanted = list(payloads(badge, payload))
    found = None
    for place, text in enumerate(wanted):
        try:
            modules = qr_modules(text, level)
        except BadInput:
            if text is wanted[-1]:
                raise
            continue
        step = int(room // (len(modules) + 2 * QUIET_MODULES))
        found = Squares(modules, step, step / dots_per_mm < MIN_MODULE_MM - 1e-9, place > 0)
        if not found.small:
            break
    assert found is not None
    if found.step < 1:
        raise BadInput(_("The code does not fit its QR box. Make the box larger in the layout."))
    return found


def qr_modules(text: str, level: Level = Level.M) -> list[list[bool]]:
    """The QR of this text, without quiet zone: the smallest with this level, then the best level that is no larger.

    Raises BadInput when the text is too long for any QR.
    """
    smallest = _qr(text, level, None)
    for better in reversed(_ORDER[_ORDER.index(level) + 1 :]):
        try:
            return _modules(_qr(text, better, smallest.version))
        except BadInput:
            continue
    return _modules(smallest)


def _qr(text: str, level: Level, version: int | None) -> qrcode.QRCode:
    try:
        symbol = qrcode.QRCode(version=version, error_correction=_LEVELS[level], border=0)
        symbol.add_data(text)
        if version is None:
            symbol.best_fit()
        else:
            symbol.make(fit=False)
    except (DataOverflowError, ValueError) as error:
        raise BadInput(_("The code is too long for a QR.")) from error
    return symbol


def _modules(symbol: qrcode.QRCode) -> list[list[bool]]:
    return [[bool(module) for module in row] for row in symbol.get_matrix()]
