"""The log: a rotating file in the data folder that holds ids, never names.

A log file is copied into e-mails by helpful people, so nothing personal may be in it. Three rules keep it so:

1. A message's text is ours and constant; what varies is passed as arguments (`log.info("printed %s", job_id)`).
2. An argument is written only when it cannot be personal: numbers, times, members of an enum, ids and digests, and
   words marked with `plain()`. An attendee is written as their id; other text becomes its length: `<12 characters>`.
3. Texts we did not write (exception messages, other libraries' records) lose whatever stands in quotes, e-mail
   addresses and long runs of digits.

An uncaught exception is logged with its trace and shown as one sentence.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import cast

from kiosk.config import Settings
from kiosk.domain.verdicts import RecordId
from kiosk.errors import KioskError
from kiosk.i18n import _

LOG_NAME = "kiosk.log"

_ID = re.compile(r"(?:[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{32}|[0-9a-f]{64})(?::[0-9]{1,19})?")
"""Attendee ids (26 Crockford characters), log ids and digests (32 or 64 hex digits), with or without `:SEQ`."""
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|‘[^’\n]*’|“[^”\n]*”|«[^»\n]*»")
_EMAIL = re.compile(r"[^\s@<>'\"]+@[^\s@<>'\"]+")
_DIGITS = re.compile(r"\d[\d ().-]{5,}\d")
_MESSAGE_LIMIT = 2_000
"""Characters of one message that are kept."""
_FRAMES_LIMIT = 40
_CAUSES_LIMIT = 5


class plain(str):  # noqa: N801  used as a function: log.info("station %s", plain(name))
    """Text that is known to hold nothing personal and may be logged as it is, on one line."""

    __slots__ = ()


def start(settings: Settings) -> Callable[[], None]:
    """Write the program's log into the data folder from now on; answers the function that ends it.

    A folder that cannot be written to costs the log and nothing else: the store says what is wrong with the folder.
    """
    handler = open_log(settings)
    root = logging.getLogger()
    root.addHandler(handler)
    ours = logging.getLogger("kiosk")
    ours.setLevel(logging.INFO)

    def stop() -> None:
        root.removeHandler(handler)
        handler.close()

    return stop


def open_log(settings: Settings) -> logging.Handler:
    """The handler that writes `kiosk.log`: rotated, redacted, silent about its own troubles."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = _QuietFile(
            settings.data / LOG_NAME,
            maxBytes=settings.log_file_bytes,
            backupCount=settings.log_files,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(RedactingFormatter())
    return handler


class _QuietFile(RotatingFileHandler):
    """A full disk must not stop the queue at the desk, nor print a traceback over the shell's answers."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop the line."""


class RedactingFormatter(logging.Formatter):
    """One line a record in UTC, with nothing personal in it; traces follow on lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = f"{at} {record.levelname.lower()} {record.name} [{record.threadName}] {_message(record)}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + trace(record.exc_info[1])
        return line


def _message(record: logging.LogRecord) -> str:
    if record.name != "kiosk" and not record.name.startswith("kiosk."):
        return scrub(record.getMessage())
    text = str(record.msg)
    if record.args:
        try:
            text = text % _redacted(record.args)
        except (TypeError, ValueError, KeyError):
            text += " <arguments do not fit>"
    return _one_line(text)


def _redacted(args: tuple[object, ...] | Mapping[str, object]) -> tuple[object, ...] | dict[str, object]:
    if isinstance(args, Mapping):
        return {key: redact(value) for key, value in args.items()}
    return tuple(redact(value) for value in args)


def redact(value: object) -> object:
    """The value where it cannot be personal, else what kind of thing it is."""
    match value:
        case None | bool() | int() | float() | datetime() | date() | timedelta() | RecordId():
            return value
        case Enum():
            return value.value
        case plain():
            return _one_line(value)
        case str():
            return value if _ID.fullmatch(value) else f"<{len(value)} characters>"
        case bytes():
            return f"<{len(value)} bytes>"
        case Path():
            # Rosters and badges are named after people.
            return f"<file{value.suffix if value.suffix.isascii() else ''}>"
        case BaseException():
            return f"{type(value).__name__}: {scrub(str(value))}"
        case type():
            return value.__name__
    own_id = getattr(value, "id", None)
    if isinstance(own_id, str) and _ID.fullmatch(own_id):
        return own_id
    return f"<{type(value).__name__}>"


def scrub(text: str) -> str:
    """Text we did not write, without quoted parts, addresses and long numbers; on one line."""
    text = text[: 4 * _MESSAGE_LIMIT]
    for pattern, instead in ((_QUOTED, "<…>"), (_EMAIL, "<address>"), (_DIGITS, "<number>")):
        text = pattern.sub(instead, text)
    return _one_line(text)


def _one_line(text: str) -> str:
    """Line ends and control characters escaped, so that nobody can forge a line of the log."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:_MESSAGE_LIMIT])


def trace(error: BaseException) -> str:
    """Where it happened, earliest cause first: files, lines, functions, and messages that are scrubbed."""
    return "\n  which led to\n".join(_one_trace(link) for link in _chain(error))


def _chain(error: BaseException) -> list[BaseException]:
    chain = [error]
    while len(chain) < _CAUSES_LIMIT:
        last = chain[-1]
        earlier = last.__cause__ or (None if last.__suppress_context__ else last.__context__)
        if earlier is None or earlier in chain:
            break
        chain.append(earlier)
    return chain[::-1]


def _one_trace(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__, limit=-_FRAMES_LIMIT)
    lines = [f"    {Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames]
    return "\n".join([*lines, f"  {type(error).__name__}: {scrub(str(error))}"])


def sentence_for(error: BaseException) -> str:
    """What a person reads about this error: our own errors speak for themselves, the rest is something unexpected."""
    if isinstance(error, KioskError):
        return str(error)
    return _("Something unexpected happened and was written to the log. What was shown as done is done; try again.")


def install_hooks(show: Callable[[str], object]) -> Callable[[], None]:
    """Log what nobody caught and show it as one sentence, in any thread; answers what takes the hooks away."""
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    log = logging.getLogger("kiosk")

    def uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            before[0](kind, error, where)
            return
        log.critical("not caught", exc_info=error)
        show(sentence_for(error))

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    def unraisable(args: object) -> None:
        # Nobody can act on an error in a destructor; the log is enough.
        error = cast("BaseException | None", getattr(args, "exc_value", None))
        log.error("not raised", exc_info=error)

    sys.excepthook, threading.excepthook, sys.unraisablehook = uncaught, uncaught_in_thread, unraisable

    def remove() -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = before

    return remove
