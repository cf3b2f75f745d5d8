"""The schema of the hub's database, as a list of steps: what a new hub makes and an old one lacks.

A change is a new step at the end, never an edited one. A step creates tables of `database.metadata` or alters them.
"""

from __future__ import annotations

from kiosk.hub import claims, devices, enrolment, fleet, page_access, pins, record_tables, seat_table, settings, vouched
from kiosk.hub.database import Step

STEPS: tuple[Step, ...] = (
    ("settings", settings.create),
    ("devices", devices.create),
    ("enrolment", enrolment.create),
    ("fleet", fleet.create),
    ("records", record_tables.create),
    ("claims", claims.create),
    ("page access", page_access.create),
    ("vouched", vouched.create),
    ("pins", pins.create),
    ("seats", seat_table.create),
    ("renewals", devices.create_renewals),
)
