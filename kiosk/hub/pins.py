"""The organizers' PINs, and who decided what at the hub: let a station in, sent one away, said that it is over.

Where nobody has a PIN, nobody is asked for one. A try counts before it is looked at, and is on the disk by then:
neither a restart nor several at once make more of them. PINs are kept as Argon2id, in the encrypted database.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kiosk.domain.journal import from_ms, to_ms
from kiosk.domain.pins import FREE_TRIES, PinNeeded, WrongPin, check_new, left_s, wait_s, wait_words
from kiosk.domain.typed import one_line
from kiosk.errors import BadInput
from kiosk.hub.database import Connection, Database, metadata
from kiosk.i18n import _, ngettext

PASSES, MEMORY_KIB = 3, 64 * 1024
_LONGEST_NAME = 40

_pin = sa.Table(
    "organizer_pin",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
    sa.Column("since_s", sa.Float, nullable=False),
)
_decision = sa.Table(
    "decision",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
)


def create(connection: Connection) -> None:
    """The tables."""
    _pin.create(connection)
    _decision.create(connection)


class What(StrEnum):
    """What was decided. Codes are for ever."""

    APPROVED = "approved"
    REFUSED = "refused"
    REVOKED = "revoked"
    WIPE = "wipe"
    PURGE = "purge"
    BACKUP = "backup"
    LET_COUNT = "let_count"
    LEFT_OUT = "left_out"
    SEATS = "seats"
    """Seats are handed out without having heard a station, or were taken from one."""
    PAGE_WITH_NAMES = "page_with_names"
    RENEW = "renew"
    ROTATE = "rotate"
    PIN_SET = "pin_set"
    PIN_REMOVED = "pin_removed"
    WRONG_PIN = "wrong_pin"


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody decided something at the hub."""

    at: datetime
    who: str
    """Empty where nobody had a PIN."""
    what: What
    about: str


def may_decide(connection: Connection, by: str) -> None:
    """Raises PinNeeded where nobody proved to be an organizer, and somebody could have."""
    if not by and names(connection):
        raise PinNeeded


def write_down(connection: Connection, who: str, what: What, about: str, now_ms: int) -> None:
    """Keep who decided what; in a transaction of the writer."""
    connection.execute(_decision.insert().values(at_ms=now_ms, who=who, what=str(what), about=about))


def decisions(connection: Connection, most: int = 200) -> list[Decision]:
    """What was decided, newest first."""
    rows = connection.execute(sa.select(_decision).order_by(_decision.c.n.desc()).limit(most))
    return [Decision(from_ms(row.at_ms), row.who, What(row.what), row.about) for row in rows]


def names(connection: Connection) -> list[str]:
    """Who has a PIN; nobody is asked for one where this is nobody."""
    return list(connection.scalars(sa.select(_pin.c.name).order_by(_pin.c.name)))


class Pins:
    """Asks for PINs, in any thread; a try takes a third of a second."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], since_start_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._database, self._clock, self._since_start_s = database, clock, since_start_s

    def names(self) -> list[str]:
        """Who has one."""
        with self._database.read() as connection:
            return names(connection)

    def prove(self, name: str, pin: str) -> str:
        """Answers who it is: the name as it was set. Raises WrongPin, or BadInput where nobody of this name has one."""
        plain, now_s = "".join(pin.split()), self._since_start_s()
        row = self._database.write(lambda connection: _counted(connection, name, now_s))
        fits = hmac.compare_digest(_stretched(plain, bytes(row.salt)), bytes(row.hash))
        now_ms = to_ms(self._clock())

        def note_it(connection: Connection) -> None:
            if fits:
                connection.execute(_pin.update().where(_pin.c.name == row.name).values(wrong=0))
            else:
                write_down(connection, row.name, What.WRONG_PIN, "", now_ms)

        self._database.write(note_it)
        if not fits:
            raise _wrong(row.wrong + 1)
        return str(row.name)

    def set(self, name: str, pin: str, by: str) -> None:
        """Give somebody a PIN, or another one. `by` has proved theirs, where anybody has one. Raises BadInput."""
        who, plain = one_line(name, _LONGEST_NAME), check_new(pin)
        if not who:
            raise BadInput(_("Say whose PIN it is."))
        salt, now_ms = secrets.token_bytes(16), to_ms(self._clock())
        values = {"salt": salt, "hash": _stretched(plain, salt), "wrong": 0, "since_s": 0.0}

        def keep(connection: Connection) -> None:
            if names(connection) and not by:
                raise BadInput(_("Another organizer has a PIN already. Ask for it: it lets you set yours."))
            connection.execute(_pin.delete().where(_pin.c.name == who))
            connection.execute(_pin.insert().values(name=who, **values))
            write_down(connection, by or who, What.PIN_SET, who, now_ms)

        self._database.write(keep)

    def remove(self, name: str, by: str) -> None:
        """Take somebody's PIN away. Raises BadInput where they have none."""
        now_ms = to_ms(self._clock())

        def drop(connection: Connection) -> None:
            if not connection.execute(_pin.delete().where(_pin.c.name == name)).rowcount:
                raise _nobody(name)
            write_down(connection, by, What.PIN_REMOVED, name, now_ms)

        self._database.write(drop)


def _counted(connection: Connection, name: str, now_s: float) -> sa.Row[tuple[object, ...]]:
    """The PIN of this name, with a try counted against it; it is taken back if it fits."""
    row = connection.execute(sa.select(_pin).where(_pin.c.name == name).with_for_update()).one_or_none()
    if row is None:
        raise _nobody(name)
    left = left_s(row.wrong, row.since_s, now_s)
    if left > 0:
        words = _("Too many wrong PINs. Wait {time}, then try again; or let another organizer do it.")
        raise WrongPin(words.format(time=wait_words(left)), left)
    connection.execute(_pin.update().where(_pin.c.name == name).values(wrong=row.wrong + 1, since_s=now_s))
    return row


def _wrong(wrong: int) -> WrongPin:
    wait, left = wait_s(wrong), FREE_TRIES - wrong
    if wait:
        words = _("This is not the PIN. The next try counts in {time}.").format(time=wait_words(wait))
    else:
        more = ngettext("{n} more try", "{n} more tries", left).format(n=left)
        words = _("This is not the PIN. {tries} before you have to wait.").format(tries=more)
    return WrongPin(words, wait)


def _nobody(name: str) -> BadInput:
    return BadInput(_("Nobody called {name} has a PIN here.").format(name=one_line(name, _LONGEST_NAME)))


def _stretched(pin: str, salt: bytes) -> bytes:
    stretch = Argon2id(salt=salt, length=32, iterations=PASSES, lanes=1, memory_cost=MEMORY_KIB)
    return stretch.derive(pin.encode())
