"""What people are told about a printer: one sentence with one thing to do, and never a code."""

from __future__ import annotations

from kiosk.domain.printers import Media, PrinterProfile, PrinterState, PrinterStatus
from kiosk.domain.words import isolated
from kiosk.i18n import _, ngettext

QUEUES = ("cups", "system", "winspool")
"""Transports that end in a queue of this computer, which can be paused like a printer."""


def state_word(state: PrinterState) -> str:
    """How a printer is, in the few words that fit a status strip or a list."""
    return {
        PrinterState.OFFLINE: _("does not answer"),
        PrinterState.FORBIDDEN: _("no permission"),
        PrinterState.PAPER_OUT: _("out of labels"),
        PrinterState.COVER_OPEN: _("lid open"),
        PrinterState.CUTTER_JAM: _("jammed"),
        PrinterState.RIBBON_OUT: _("out of ribbon"),
        PrinterState.WRONG_MEDIA: _("wrong labels"),
        PrinterState.ERROR: _("needs a hand"),
        PrinterState.PAUSED: _("paused"),
        PrinterState.COOLING: _("cooling down"),
        PrinterState.UNKNOWN: _("does not say how it is"),
        PrinterState.BUSY: _("printing"),
        PrinterState.PAPER_LOW: _("ready, few labels left"),
        PrinterState.READY: _("ready"),
    }[state]


def what_to_do(profile: PrinterProfile, status: PrinterStatus, waiting: int = 0) -> str:
    """One sentence for the desk, with what somebody should do now; `waiting` badges print by themselves after that.

    Empty while the printer takes jobs.
    """
    if status.state.takes_jobs or status.state is PrinterState.BUSY:
        return ""
    words = _to_do(profile, status)
    if waiting:
        words = f"{words} {waiting_words(waiting)}"
    return words


def _to_do(profile: PrinterProfile, status: PrinterStatus) -> str:
    if profile.transport == "file":
        words = _("Badges cannot be saved in {folder} ({reason}). Check the disk and the folder, then press Retry.")
        return words.format(folder=isolated(profile.address), reason=status.detail or _("no permission"))
    words = {
        PrinterState.OFFLINE: _("{name} does not answer. Is it switched on and is the cable in?"),
        PrinterState.FORBIDDEN: _(
            "This computer does not let us use {name}. Ask whoever set it up to run: kiosk printers --udev"
        ),
        PrinterState.PAPER_OUT: _("{name} is out of labels. Put in a new roll of {media} and close the lid."),
        PrinterState.COVER_OPEN: _("Close the lid of {name} until it clicks."),
        PrinterState.CUTTER_JAM: _("{name} is jammed. Open the lid, take out the torn label and close it again."),
        PrinterState.RIBBON_OUT: _("{name} is out of ribbon. Put in a new ribbon and close the lid."),
        PrinterState.WRONG_MEDIA: _("{name} has {loaded} labels; badges need {media}."),
        PrinterState.PAUSED: _("Press the pause button on {name}."),
        PrinterState.COOLING: _("{name} is cooling down (about a minute)."),
    }.get(
        status.state,
        _("{name} needs a hand. Look at its lights, paper and lid; if nothing helps, switch it off and on again."),
    )
    if status.state is PrinterState.WRONG_MEDIA and status.loaded is not None and status.loaded.fits(profile.media):
        words = _("{name} does not accept its labels. Take the roll out, put one of {media} in and close the lid.")
    if status.state is PrinterState.PAUSED and profile.transport in QUEUES:
        words = _("{name} is paused on this computer. Let it go on in the computer's list of printers.")
    loaded = media_words(status.loaded) if status.loaded is not None else _("other")
    return words.format(name=isolated(profile.name), media=media_words(profile.media), loaded=loaded)


def media_words(media: Media) -> str:
    """The size of labels: 62 mm, or 62 × 100 mm."""
    width = f"{media.width_mm:.4g}"
    if media.length_mm is None:
        return _("{width} mm").format(width=width)
    return _("{width} × {length} mm").format(width=width, length=f"{media.length_mm:.4g}")


def labels_words(count: int) -> str:
    """What is left on a roll: 312 labels."""
    return ngettext("{count} label", "{count} labels", count).format(count=f"{count:,}")


def waiting_words(count: int) -> str:
    """What becomes of badges that wait for a printer somebody has to help."""
    return ngettext(
        "{count} badge is waiting and will print by itself.",
        "{count} badges are waiting and will print by themselves.",
        count,
    ).format(count=count)
