"""What a verdict sounds like. Outcomes differ in rhythm, so pitch is not needed to tell them apart; no sound files.

QtMultimedia is imported when the first sound is asked for: it costs time the window does not have, and a computer
without it or without a loudspeaker works just as well, saying so.
"""

from __future__ import annotations

import array
import math
from functools import cache
from typing import Any, NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QTimer

from kiosk.domain.verdicts import Outcome
from kiosk.i18n import _

RATE_HZ = 44_100
LOUDNESS = 0.6
"""Of full scale."""
FADE_MS = 6
"""Each note swells and dies this long, so that it does not click."""


class Note(NamedTuple):
    """A tone, or with 0 Hz a rest."""

    pitch_hz: float
    length_ms: int


TUNES: dict[Outcome, tuple[Note, ...]] = {
    Outcome.ADMITTED: (Note(880, 70), Note(0, 20), Note(1320, 70)),
    Outcome.ATTENTION: (Note(660, 100), Note(0, 60), Note(660, 100), Note(0, 60), Note(660, 100)),
    Outcome.ALREADY: (Note(440, 120), Note(0, 60), Note(440, 120)),
    Outcome.REDIRECT: (Note(440, 120), Note(0, 60), Note(440, 120)),
    Outcome.REFUSED: (Note(180, 600),),
    Outcome.UNKNOWN: (Note(500, 140), Note(0, 20), Note(300, 140)),
    Outcome.NOT_SAVED: (Note(960, 250), Note(640, 250)),
}
"""NOT SAVED is one turn of a siren, repeated until somebody acknowledges it."""


@cache
def samples(outcome: Outcome) -> bytes:
    """The tune as 16-bit mono PCM at `RATE_HZ`, in the machine's byte order."""
    wave = array.array("h")
    for note in TUNES[outcome]:
        wave.extend(_tone(note))
    return wave.tobytes()


def length_ms(outcome: Outcome) -> int:
    """How long the tune lasts."""
    return sum(note.length_ms for note in TUNES[outcome])


def _tone(note: Note) -> list[int]:
    count = RATE_HZ * note.length_ms // 1000
    fade = RATE_HZ * FADE_MS // 1000
    turn = 2 * math.pi * note.pitch_hz / RATE_HZ
    peak = 32_767 * LOUDNESS
    return [round(peak * min(1.0, i / fade, (count - i) / fade) * math.sin(turn * i)) for i in range(count)]


class Sounds:
    """Plays tunes, one at a time; a new one cuts the last one off. The owner calls `close()`."""

    def __init__(self, muted: bool = False) -> None:
        self.muted = muted
        self._sink: Any = None
        self._buffer: QBuffer | None = None
        self._state = ""
        self._siren = QTimer()
        self._siren.setInterval(length_ms(Outcome.NOT_SAVED))
        self._siren.timeout.connect(lambda: self._play(Outcome.NOT_SAVED))

    @property
    def state(self) -> str:
        """How sound is doing, in words."""
        if self.muted:
            return _("Sound is switched off.")
        return self._state or _("Sound is ready.")

    @property
    def siren_is_on(self) -> bool:
        """Whether the NOT SAVED siren is waiting to be acknowledged."""
        return self._siren.isActive()

    def play(self, outcome: Outcome) -> None:
        """Sound this outcome; the siren goes on until `stop_siren()`."""
        if outcome is Outcome.NOT_SAVED:
            self._siren.start()
        self._play(outcome)

    def stop_siren(self) -> None:
        """Somebody has seen it."""
        self._siren.stop()

    def close(self) -> None:
        """Be silent and let the loudspeaker go."""
        self._siren.stop()
        if self._sink is not None:
            self._sink.stop()
            self._sink = None

    def _play(self, outcome: Outcome) -> None:
        if self.muted or not self._open():
            return
        self._sink.stop()
        self._buffer = QBuffer()
        self._buffer.setData(QByteArray(samples(outcome)))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self._sink.start(self._buffer)

    def _open(self) -> bool:
        """Find a loudspeaker once; False where there is none."""
        if self._sink is not None or self._state:
            return self._sink is not None
        try:
            from PySide6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices
        except ImportError:
            self._state = _("No sound: the multimedia part of Qt is not installed.")
            return False
        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            self._state = _("No sound: this computer has no loudspeaker.")
            return False
        wave = QAudioFormat()
        wave.setSampleRate(RATE_HZ)
        wave.setChannelCount(1)
        wave.setSampleFormat(QAudioFormat.SampleFormat.Int16)
        self._sink = QAudioSink(device, wave)
        return True
