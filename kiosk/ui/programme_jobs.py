"""What the review page is told: how a programme, and who goes where, are brought in."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kiosk.domain.enrolment_plan import EnrolmentPlan, Leave
from kiosk.domain.programme_plan import Count, Gone, ProgrammePlan
from kiosk.i18n import _, ngettext
from kiosk.services import enrolment_report, programme_report
from kiosk.ui.screens.review_page import Job, Review

if TYPE_CHECKING:
    from kiosk.services.import_enrolments import ImportEnrolments
    from kiosk.services.import_programme import ImportProgramme

HEAD = 2
"""Lines of a report that the page shows larger: the file, the counts."""


def programme_job(service: ImportProgramme, by: str, zone: tzinfo) -> Job:
    """Bringing in a programme."""
    return Job(
        title=_("Bring in a programme"),
        hint=_(
            "JSON, CSV, XLSX, a schedule from frab or pretalx (JSON or XML), or a calendar (.ics). Nothing is saved "
            "until you have seen what will happen."
        ),
        endings="*.json *.csv *.tsv *.xlsx *.xml *.ics",
        plan=lambda path, drop: service.plan(path, Gone.CANCEL if drop else Gone.KEEP),
        review=lambda plan: review_programme(plan, zone),
        write=lambda plan: service.write(plan, by),
        undo=lambda batch: service.undo(batch, by),
        done_words=lambda n: ngettext("{n} change saved", "{n} changes saved", n).format(n=f"{n:,}"),
    )


def review_programme(plan: ProgrammePlan, zone: tzinfo) -> Review:
    """What importing a programme would do, in words."""
    changes, gone = len(plan.changes), plan.counts[Count.GONE]
    do_words = ngettext("Save {n} change", "Save {n} changes", changes).format(n=f"{changes:,}")
    gone_words = ngettext(
        "Cancel the {n} session that is not in the file any more",
        "Cancel the {n} sessions that are not in the file any more",
        gone,
    ).format(n=gone)
    return Review(
        source=f"{plan.source} · {plan.format}",
        counts=programme_report.counts_line(plan),
        details=list(programme_report.in_words(plan, zone))[HEAD:],
        do_words=do_words if changes else "",
        gone_words=gone_words if gone else "",
    )


def enrolments_job(service: ImportEnrolments, by: str) -> Job:
    """Bringing in who goes where."""
    return Job(
        title=_("Bring in who goes where"),
        hint=_(
            "A list with a badge number, e-mail address or ticket code, and a session code, or several in one cell. "
            "Nothing is saved until you have seen what will happen."
        ),
        endings="*.csv *.tsv *.txt *.xlsx *.xls *.ods",
        plan=lambda path, drop: service.plan(path, Leave.WITHDRAW if drop else Leave.KEEP),
        review=review_enrolments,
        write=lambda plan: service.write(plan, by),
        undo=lambda batch: service.undo(batch, by),
        done_words=lambda n: ngettext("{n} place saved", "{n} places saved", n).format(n=f"{n:,}"),
    )


def review_enrolments(plan: EnrolmentPlan) -> Review:
    """What bringing in a list of enrolments would do, in words."""
    places, gone = plan.places, plan.counts[Count.GONE]
    do_words = ngettext("Save {n} place", "Save {n} places", places).format(n=f"{places:,}")
    gone_words = ngettext(
        "Take back the {n} place that is not in the list any more",
        "Take back the {n} places that are not in the list any more",
        gone,
    ).format(n=gone)
    return Review(
        source=plan.source,
        counts=enrolment_report.counts_line(plan),
        details=list(enrolment_report.in_words(plan))[HEAD:],
        do_words=do_words if places else "",
        gone_words=gone_words if gone else "",
    )
