"""Who may look at the pages: a browser is paired by a code that a person reads to it, and holds a cookie from then on.

A code is good for ten minutes and once, and is burned by wrong tries. Of codes and cookies only digests are kept. A
browser sees counts; names only where the code was made for them.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from kiosk.domain.ids import crockford
from kiosk.domain.journal import to_ms
from kiosk.domain.trust import DeviceRole
from kiosk.hub.database import Connection, metadata

CODE_BYTES = 5
"""40 bits, eight characters: nobody guesses that in ten minutes and twenty tries."""
CODE_LIFE = timedelta(minutes=10)
WRONG_TRIES = 20
PAIRED_FOR = timedelta(days=7)
COOKIE = "__Host-kiosk"

_code = sa.Table(
    "page_code",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("made_ms", sa.BigInteger, nullable=False),
    sa.Column("wrong", sa.Integer, nullable=False),
)
_browser = sa.Table(
    "page_browser",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("paired_ms", sa.BigInteger, nullable=False),
)


def create(connection: Connection) -> None:
    """The tables."""
    _code.create(connection)
    _browser.create(connection)


def make_code(connection: Connection, role: DeviceRole, now: datetime) -> str:
    """A code for one browser: `ABCD-EFGH`. Old ones are cleared away."""
    connection.execute(_code.delete().where(_code.c.made_ms < to_ms(now - CODE_LIFE)))
    code = crockford(secrets.token_bytes(CODE_BYTES))
    connection.execute(_code.insert().values(digest=_digest(code), role=str(role), made_ms=to_ms(now), wrong=0))
    return f"{code[:4]}-{code[4:]}"


def pair(connection: Connection, typed: str, now: datetime) -> str | None:
    """The cookie for whoever typed a code that is good; None for anything else, which counts against every code."""
    code = "".join(letter for letter in typed.upper() if letter.isalnum())
    code = code.replace("O", "0").replace("I", "1").replace("L", "1")
    role = connection.scalar(
        sa.select(_code.c.role).where(
            _code.c.digest == _digest(code), _code.c.made_ms >= to_ms(now - CODE_LIFE), _code.c.wrong < WRONG_TRIES
        )
    )
    if role is None:
        connection.execute(_code.update().values(wrong=_code.c.wrong + 1))
        return None
    connection.execute(_code.delete().where(_code.c.digest == _digest(code)))
    cookie = secrets.token_urlsafe(32)
    connection.execute(_browser.insert().values(digest=_digest(cookie), role=role, paired_ms=to_ms(now)))
    return cookie


def role_of(connection: Connection, cookie: str, now: datetime) -> DeviceRole | None:
    """What the browser with this cookie may see."""
    role = connection.scalar(
        sa.select(_browser.c.role).where(
            _browser.c.digest == _digest(cookie), _browser.c.paired_ms >= to_ms(now - PAIRED_FOR)
        )
    )
    return DeviceRole(role) if role else None


def part(connection: Connection, cookie: str) -> None:
    """This browser sees nothing any more."""
    connection.execute(_browser.delete().where(_browser.c.digest == _digest(cookie)))


def part_all(connection: Connection) -> int:
    """No browser sees anything any more; answers how many did."""
    connection.execute(_code.delete())
    return connection.execute(_browser.delete()).rowcount


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
