"""Asking a hub: one question, one answer, over TLS that trusts nobody but this hub's own authority.

Redirects are never followed, proxies never asked, and an answer that does not come from a hub (a hotel's login page, a
cut-off reply) is trouble like no answer at all.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from typing import Any

import httpx2

from kiosk.errors import HubRefused, HubTrouble
from kiosk.i18n import _

CONNECT_S = 4.0
ANSWER_S = 20.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub said, done or refused."""

    status: int
    media_type: str
    data: bytes

    @property
    def done(self) -> bool:
        """Whether it did what was asked."""
        return self.status == 200

    def json(self) -> dict[str, Any]:
        """The JSON object in it. Raises HubRefused where the hub refused, HubTrouble where it is no hub that speaks."""
        try:
            content = json.loads(self.data)
            if not isinstance(content, dict):
                raise ValueError("no object")
            if not self.done:
                raise HubRefused(str(content["code"]), str(content["text"]))
        except (ValueError, KeyError, RecursionError) as error:
            raise HubTrouble(
                _("Something else than the hub answered, perhaps the login page of this network. Check the network.")
            ) from error
        return content


class HubHttp:
    """A connection to one address of a hub, kept open between questions; for one thread. `close` it."""

    def __init__(self, address: str, server_name: str | None, context: ssl.SSLContext) -> None:
        self._address = address
        self._extensions = {"sni_hostname": server_name} if server_name else {}
        try:
            self._client = httpx2.Client(
                base_url=f"https://{address}",
                verify=context,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx2.Timeout(ANSWER_S, connect=CONNECT_S),
            )
        except httpx2.InvalidURL as error:
            raise HubTrouble(_("{address} is no address of a hub.").format(address=address)) from error

    def ask(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> Answer:
        """Ask, and hear the whole answer. Raises HubTrouble, in words."""
        headers = {"content-type": media_type} if body is not None else {}
        try:
            with self._client.stream(
                method, path, content=body, headers=headers, extensions=self._extensions
            ) as response:
                parts, size = [], 0
                for part in response.iter_bytes():
                    size += len(part)
                    if size > MAX_ANSWER_BYTES:
                        raise HubTrouble(_("The hub's answer is longer than it can be. Is it a hub?"))
                    parts.append(part)
                return Answer(response.status_code, response.headers.get("content-type", ""), b"".join(parts))
        except httpx2.HTTPError as error:
            raise HubTrouble(_trouble(error, self._address)) from error

    def close(self) -> None:
        """Hang up."""
        self._client.close()


def _trouble(error: httpx2.HTTPError, address: str) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _("What answers at {address} is not this hub. Nothing was sent to it.").format(address=address)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError):
        words = _("No hub answers at {address}. Is it running, and are both in the same network?")
        return words.format(address=address)
    return _("The connection to the hub at {address} broke off. Try again.").format(address=address)
