"""Numbers for an organizer's other systems, from a hub that serves: into a file, and by HTTP to an address of theirs.

Both are off unless somebody asks for them. Counts only, never who somebody is. What is sent is signed, so that the
other side can prove that it comes from here; it goes over TLS, or to this very computer, and is never sent elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.domain.dashboard import Dashboard
from kiosk.errors import BadInput, KioskError
from kiosk.i18n import _
from kiosk.services.figures_export import check_file, counts, write_counts

SHORTEST_SECRET = 16
ANSWER_S = 10.0
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0
SIGNATURE, TIME = "X-Kiosk-Signature", "X-Kiosk-Time"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where numbers are sent, and what they are signed with. Raises BadInput, in words, for what may not be."""

    url: str
    secret: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
            raise BadInput(_("{url} is no address of a web server.").format(url=self.url[:100]))
        if parts.scheme == "http" and not _is_here(parts.hostname):
            raise BadInput(_("Numbers are sent over https only, but for this computer itself."))
        if len(self.secret) < SHORTEST_SECRET:
            words = _("A webhook needs a secret of at least {n} characters: KIOSK_HUB_WEBHOOK_SECRET.")
            raise BadInput(words.format(n=SHORTEST_SECRET))

    def send(self, body: bytes, now_s: int) -> int:
        """Send it once; answers the status. A redirection is an answer like any other: nobody is followed.

        Raises OSError or HTTPException.
        """
        parts = urlsplit(self.url)
        secure = parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        signed = hmac.new(self.secret.encode(), b"%d." % now_s + body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", TIME: str(now_s), SIGNATURE: f"sha256={signed}"}
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        with closing(kind(parts.hostname or "", parts.port, timeout=ANSWER_S)) as connection:
            connection.request("POST", path, body, headers)
            return connection.getresponse().status


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Exporting:
    """Writes and sends the newest numbers every so often, in a thread of its own. `close` it."""

    def __init__(
        self, ask: Callable[[], Dashboard], every_s: float, file: Path | None = None, webhook: Webhook | None = None
    ) -> None:
        """`ask` answers the dashboard of the moment. Raises BadInput for a file that cannot be."""
        if file is not None:
            check_file(file)
        self._ask, self._every_s, self._file, self._webhook = ask, every_s, file, webhook
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-export", daemon=True)

    def start(self) -> None:
        """Begin with the numbers of now."""
        self._thread.start()

    def close(self) -> None:
        """End; waits for what is being sent."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._closing.is_set():
            failures = 0 if self._once() else failures + 1
            self._closing.wait(wait_s(failures, self._every_s))

    def _once(self) -> bool:
        """The newest numbers, out; whether that went well. Old ones are of no use to anybody and are not sent later."""
        try:
            board = self._ask()
            if self._file is not None:
                write_counts(board, self._file)
            if self._webhook is None:
                return True
            status = self._webhook.send(json.dumps(counts(board)).encode(), int(time.time()))
            if 200 <= status < 300:
                return True
            _log.warning("the webhook answered %s", status)
        except (KioskError, OSError, http.client.HTTPException) as error:
            _log.warning("the numbers could not be handed on: %s", type(error).__name__)
        except Exception:
            _log.exception("the numbers could not be handed on")
        return False


def wait_s(failures: int, every_s: float) -> float:
    """How long to wait: the usual time, or, after so many failures in a row, one that doubles up to five minutes."""
    return every_s if not failures else min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - 1, 10))
