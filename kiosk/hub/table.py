"""Every route of the hub, from every module that has some."""

from __future__ import annotations

from kiosk.hub import (
    certificate_routes,
    claim_routes,
    enrolment_routes,
    fleet_routes,
    hello,
    incident_routes,
    pages,
    rounds,
    seat_routes,
    snapshot,
)
from kiosk.hub.routes import Route

ROUTES: tuple[Route, ...] = (
    *hello.ROUTES,
    *enrolment_routes.ROUTES,
    *fleet_routes.ROUTES,
    *rounds.ROUTES,
    *snapshot.ROUTES,
    *claim_routes.ROUTES,
    *seat_routes.ROUTES,
    *pages.ROUTES,
    *incident_routes.ROUTES,
    *certificate_routes.ROUTES,
)
