"""The hub as a web application: every request passes the same gate before a handler sees it.

The gate, in order: is there such a route; who calls, by the certificate they showed; may they; is the body small
enough (before it is read) and what it should be. A refusal is a small JSON object with a sentence. Nothing of a
request is ever logged but its route and the device's id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route as WebRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.domain.trust import fingerprint
from kiosk.errors import KioskError, StorageError
from kiosk.hub import openapi
from kiosk.hub.devices import DeviceState, KnownDevice
from kiosk.hub.hub import Hub
from kiosk.hub.routes import ANYONE, Answer, Call, Raw, Refusal, Refused, Route, Stream
from kiosk.i18n import _
from kiosk.log import plain
from kiosk.wire.compress import PACKED, QUICK, WORTH_PACKING_BYTES, TooLong, pack, unpack

BODY_TIMEOUT_S = 60.0
"""A body that takes longer is given up, so that slow callers cannot hold the hub."""

_log = logging.getLogger(__name__)

_HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
]


def make_app(hub: Hub, routes: Sequence[Route]) -> ASGIApp:
    """The application that answers these routes, and describes them under `/openapi.json`."""
    described = [*routes, openapi.route_of(routes)]
    app = Starlette(
        routes=[WebRoute(route.path, _endpoint(hub, route), methods=[route.method]) for route in described],
        exception_handlers={HTTPException: _http_error, Exception: _unforeseen},
    )
    app.router.redirect_slashes = False  # nobody is ever sent elsewhere
    posts = {route.path: _endpoint(hub, route) for route in routes if route.method == "POST" and "{" not in route.path}
    return _Headers(_Straight(app, posts))


class _Straight:
    """The way of most requests: what is posted to a path without parts of its own goes straight to its route, which is
    a third of what the framework costs. What comes of it is the same.
    """

    def __init__(self, app: ASGIApp, posts: Mapping[str, Callable[[Request], Awaitable[Response]]]) -> None:
        self._app, self._posts = app, posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._posts.get(scope["path"]) if scope["method"] == "POST" else None
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            response = await endpoint(request)
        except Exception as error:
            await (await _unforeseen(request, error))(scope, receive, send)
            raise
        await response(scope, receive, send)


class _Headers:
    """Puts the same strict headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                names = {name for name, _value in own}
                message["headers"] = [*own, *(header for header in _HEADERS if header[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _endpoint(hub: Hub, route: Route) -> Callable[[Request], Awaitable[Response]]:
    model = None if route.takes is bytes else route.takes
    decoder: msgspec.json.Decoder[object] | None = msgspec.json.Decoder(model) if model is not None else None

    async def endpoint(request: Request) -> Response:
        try:
            caller = _caller(hub, request, route)
            body = await _body(request, route)
            call = Call(
                hub=hub,
                caller=caller,
                body=_decoded(decoder, body) if decoder else body,
                path=_path(request),
                query=_query(request, route),
                address=request.client.host if request.client else "",
                cookies=request.cookies,
            )
            packed = PACKED in request.headers.get("accept-encoding", "")
            return _response(hub, await route.handler(call), packed=packed)
        except Refusal as refusal:
            return _refused(refusal)
        except StorageError as error:
            _log.error("%s %s: %s", plain(route.method), plain(route.path), error)
            return _refused(Refusal(503, "not_saved", str(error), retry_after_s=5))
        except KioskError as error:
            return _refused(Refusal(422, "not_possible", str(error)))

    return endpoint


def _caller(hub: Hub, request: Request, route: Route) -> KnownDevice | None:
    shown: bytes | None = request.scope.get("state", {}).get("certificate")
    device = hub.devices.with_certificate(fingerprint(shown)) if shown else None
    if route.roles == ANYONE:
        return device
    if device is None:
        words = _("This hub does not know this station. Join it again with a new invitation.")
        raise Refusal(401, "unknown_device", words)
    if device.state is not DeviceState.ACTIVE and not route.even_revoked:
        raise Refusal(403, "revoked", _("This station may no longer speak with the hub. Ask the organizer."))
    if device.role not in route.roles:
        raise Refusal(403, "role", _("A station of this kind may not do that. Ask the organizer."))
    return device


async def _body(request: Request, route: Route) -> bytes | None:
    """The body, refused before it is read where it is too long."""
    limit = route.max_bytes if route.takes is not None else 0
    announced = request.headers.get("content-length", "0")
    if not announced.isascii() or not announced.isdecimal() or int(announced) > limit:
        raise _too_long()
    parts, size = [], 0
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_long()
                parts.append(part)
    except TimeoutError:
        raise Refusal(408, "too_slow", _("The request took too long to arrive. Try again.")) from None
    except ClientDisconnect:
        raise Refusal(400, "cut", _("The request was cut off. Try again.")) from None
    if route.takes is None:
        return None
    encoding = request.headers.get("content-encoding", "")
    return _unpacked(b"".join(parts), limit) if encoding == PACKED else b"".join(parts)


def _unpacked(body: bytes, limit: int) -> bytes:
    try:
        return unpack(body, limit)
    except TooLong:
        raise _too_long() from None
    except ValueError as error:
        words = _("The request is not what the hub expects ({detail}). Is this station's program another version?")
        raise Refusal(400, "not_understood", words.format(detail=str(error))) from error


def _too_long() -> Refusal:
    return Refusal(413, "too_long", _("The request is longer than the hub takes."))


def _decoded(decoder: msgspec.json.Decoder[object], body: bytes | None) -> object:
    try:
        return decoder.decode(body or b"{}")
    except (msgspec.DecodeError, RecursionError) as error:
        words = _("The request is not what the hub expects ({detail}). Is this station's program another version?")
        detail = str(error) if isinstance(error, msgspec.ValidationError) else _("not JSON")
        raise Refusal(400, "not_understood", words.format(detail=detail[:200])) from error
    except UnicodeDecodeError as error:
        raise Refusal(400, "not_understood", _("The request is not in UTF-8.")) from error


def _path(request: Request) -> Mapping[str, str]:
    """The parts of the path that name something; nothing has a name that PostgreSQL does not take for a text."""
    if any("\0" in part for part in request.path_params.values()):
        raise Refusal(404, "no_such_thing", _("The hub has no such thing."))
    return request.path_params


def _query(request: Request, route: Route) -> dict[str, str]:
    if not route.query:
        return {}
    return {name: value for name, value in request.query_params.items() if name in route.query}


def _response(hub: Hub, answer: Answer, *, packed: bool) -> Response:
    match answer:
        case Raw():
            return Response(answer.data, headers=dict(answer.headers), media_type=answer.media_type)
        case Stream():
            return StreamingResponse(_until_closing(hub, answer.pieces), media_type=answer.media_type)
    body, headers = msgspec.json.encode(answer), {"accept-encoding": PACKED}
    if packed and len(body) >= WORTH_PACKING_BYTES:
        body, headers["content-encoding"] = pack(body, QUICK), PACKED
    return Response(body, headers=headers, media_type="application/json")


async def _until_closing(hub: Hub, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces, until there are no more or the hub ends."""
    closing = asyncio.ensure_future(hub.closing.wait())
    piece: asyncio.Future[bytes] | None = None
    try:
        while True:
            piece = asyncio.ensure_future(anext(pieces))
            await asyncio.wait({piece, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not piece.done():
                return
            try:
                yield piece.result()
            except StopAsyncIteration:
                return
    finally:
        closing.cancel()
        if piece is not None and not piece.done():
            piece.cancel()  # which ends the pieces where they wait; they cannot be closed while they do
        elif hasattr(pieces, "aclose"):
            await pieces.aclose()


def _refused(refusal: Refusal) -> Response:
    headers = {} if refusal.retry_after_s is None else {"retry-after": str(refusal.retry_after_s)}
    body = msgspec.json.encode(Refused(refusal.code, refusal.text))
    return Response(body, refusal.status, headers, "application/json")


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        response = _refused(Refusal(405, "method", _("That is not how this is asked of the hub.")))
        response.headers["allow"] = (error.headers or {}).get("allow", "")
        return response
    return _refused(Refusal(error.status_code, "no_such_thing", _("The hub has no such thing.")))


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    # It is raised again, so that the server logs it; the log scrubs what it says.
    words = _("Something unexpected happened at the hub. What was confirmed is kept; try again.")
    return _refused(Refusal(500, "unforeseen", words))
