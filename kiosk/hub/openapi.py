"""The description of what the hub can be asked, made from the table that serves it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from kiosk import __version__
from kiosk.hub.routes import ANYONE, Call, Raw, Refused, Route, Stream

_EVERYWHERE = {400: "Not understood", 413: "Too long", 503: "Not now: the database does not take it"}
_DEVICES_ONLY = {401: "No certificate of a known device", 403: "Not with this certificate"}
_MEANINGS = {
    401: "Nobody known",
    403: "Not allowed",
    404: "No such thing",
    409: "It was decided otherwise meanwhile",
    410: "Too late",
    422: "Not possible",
    429: "Too often",
}
_MODELS = "#/components/schemas/{name}"


def route_of(routes: Sequence[Route]) -> Route:
    """The route that serves the description of these, and of itself."""

    async def serve(_call: Call) -> Raw:
        return Raw(document, "application/json")

    route = Route("GET", "/openapi.json", "This description", serve, ANYONE)
    document = msgspec.json.encode(describe([*routes, route]))
    return route


def describe(routes: Sequence[Route]) -> dict[str, Any]:
    """OpenAPI 3.1 of these routes."""
    models = {model for route in routes for model in (route.takes, route.gives) if _is_model(model)}
    _refs, components = msgspec.json.schema_components([Refused, *_sorted(models)], ref_template=_MODELS)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Check-in hub", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"device": {"type": "mutualTLS", "description": "The certificate of a known device"}},
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()} {route.path}").strip("_"),
        "responses": {"200": {"description": "Done", "content": {_media(route): {"schema": _schema(route.gives)}}}},
    }
    meanings = {**_EVERYWHERE, **(_DEVICES_ONLY if route.roles else {}), **{n: _MEANINGS[n] for n in route.refuses}}
    refused = {"application/json": {"schema": _schema(Refused)}}
    for status, meaning in sorted(meanings.items()):
        operation["responses"][str(status)] = {"description": meaning, "content": refused}
    if route.roles:
        operation["security"] = [{"device": []}]
        operation["x-roles"] = sorted(route.roles)
    if parameters := _parameters(route):
        operation["parameters"] = parameters
    if route.takes is not None:
        media = "application/octet-stream" if route.takes is bytes else "application/json"
        operation["requestBody"] = {"required": True, "content": {media: {"schema": _schema(route.takes)}}}
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {**text, "minLength": 1}}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    return in_path + [
        {"name": name, "in": "query", "description": words, "schema": text} for name, words in route.query.items()
    ]


def _media(route: Route) -> str:
    return "text/event-stream" if route.gives is Stream else route.media_type


def _schema(model: type) -> dict[str, Any]:
    if _is_model(model):
        return {"$ref": _MODELS.format(name=model.__name__)}
    return {"type": "string"} if model in (Stream, bytes) else {}


def _is_model(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, msgspec.Struct)


def _sorted(models: set[Any]) -> list[Any]:
    return sorted(models, key=lambda model: str(model.__name__))
