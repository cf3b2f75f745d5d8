"""What an organizer's page says of printing: which printer wants somebody, since when, and badges nobody knows of."""

from __future__ import annotations

from datetime import timedelta

from kiosk.domain.dashboard import Alarm
from kiosk.domain.print_jobs import JobState
from kiosk.domain.printer_words import state_word, what_to_do
from kiosk.i18n import _, ngettext
from kiosk.services.badges import Badges
from kiosk.services.station import Station


def print_alarms(badges: Badges, station: Station) -> list[Alarm]:
    """The printers of this station that are in trouble, then its badges that somebody has to look for."""
    now, now_s = station.clock(), badges.printers.clock_s()
    alarms = [
        Alarm(
            key=f"printer:{standing.profile.id}",
            who=standing.profile.name,
            what=state_word(standing.status.state),
            todo=what_to_do(standing.profile, standing.status),
            since=now - timedelta(seconds=now_s - standing.down_since_s),
        )
        for standing in badges.printers.standings()
        if standing.status is not None and standing.down_since_s is not None
    ]
    unsure = badges.queue.jobs(JobState.UNCERTAIN)
    if unsure:
        count = len(unsure)
        what = ngettext(
            "{count} badge may or may not have come out", "{count} badges may or may not have come out", count
        )
        alarms.append(
            Alarm(
                key="badges:uncertain",
                who=station.name,
                what=what.format(count=count),
                todo=_("Look whether they are there, then say so in the print queue."),
                since=min(job.changed_at for job in unsure),
            )
        )
    return alarms
