"""Tones that differ in rhythm, and a window that needs none of them."""

from __future__ import annotations

import subprocess
import sys

from kiosk.domain.verdicts import Outcome
from kiosk.ui.sounds import RATE_HZ, TUNES, Sounds, length_ms, samples


def test_each_outcome_lasts_as_long_as_it_should() -> None:
    assert {outcome: length_ms(outcome) for outcome in Outcome} == {
        Outcome.ADMITTED: 160, Outcome.ATTENTION: 420, Outcome.ALREADY: 300, Outcome.REDIRECT: 300,
        Outcome.REFUSED: 600, Outcome.UNKNOWN: 300, Outcome.NOT_SAVED: 500,
    }  # fmt: skip


def test_tunes_differ_in_rhythm() -> None:
    def rhythm(outcome: Outcome) -> tuple[int, ...]:
        return tuple(note.length_ms for note in TUNES[outcome])

    told_apart = [outcome for outcome in Outcome if outcome is not Outcome.REDIRECT]
    assert len({rhythm(outcome) for outcome in told_apart}) == len(told_apart)


def test_samples_are_sixteen_bit_and_end_in_silence() -> None:
    for outcome in Outcome:
        wave = memoryview(samples(outcome)).cast("h")
        assert abs(len(wave) / RATE_HZ * 1000 - length_ms(outcome)) < 1
        assert max(wave) > 10_000
        assert abs(wave[0]) < 400
        assert abs(wave[-1]) < 2000


def test_the_siren_goes_on_until_it_is_stopped(qapp: object) -> None:
    sounds = Sounds(muted=True)
    sounds.play(Outcome.NOT_SAVED)
    assert sounds.siren_is_on
    sounds.stop_siren()
    assert not sounds.siren_is_on
    sounds.close()


def test_sound_says_why_there_is_none(qapp: object, monkeypatch: object) -> None:
    sounds = Sounds(muted=True)
    assert sounds.state == "Sound is switched off."
    sys.modules["PySide6.QtMultimedia"], kept = None, sys.modules.get("PySide6.QtMultimedia")  # type: ignore[assignment]
    try:
        sounds = Sounds()
        sounds.play(Outcome.ADMITTED)
        assert "not installed" in sounds.state
    finally:
        sys.modules.pop("PySide6.QtMultimedia")
        if kept is not None:
            sys.modules["PySide6.QtMultimedia"] = kept


def test_the_window_needs_little_to_start() -> None:
    """What costs time before the first window is not imported by it."""
    late = (
        "PySide6.QtMultimedia",
        "PySide6.QtNetwork",
        "PySide6.QtSvg",
        "sqlite_utils",
        "PIL",
        "openpyxl",
        "kiosk.storage",
        "kiosk.ui.sounds",
    )
    code = f"import sys, kiosk.ui.main_window; print([name for name in {late!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
