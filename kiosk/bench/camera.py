"""How long a camera frame takes to be read: 1280 × 720, our own code near and far, turned, dim, blurred by noise, or
none at all.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from kiosk.app import application
from kiosk.bench.rows import Row
from kiosk.bench.scan import percentile

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

FRAMES = 120
WIDTH, HEIGHT = 1280, 720
CODE = "K7Q291XF0042ABYD"


def run(tell: Callable[[str], None] = lambda words: None) -> list[Row]:
    """Decoding as the camera source does it: quick on each frame, thorough on every fourth."""
    from kiosk.scanning.camera import decode

    application(offscreen=True)
    tell(f"{FRAMES} frames")
    chance = random.Random(720)
    frames = [_frame(chance, with_code=n % 5 != 4) for n in range(FRAMES)]
    decode(frames[0])
    times_ms, read, held = [], 0, 0
    for n, frame in enumerate(frames):
        begun = time.perf_counter()
        text = decode(frame, thorough=n % 4 == 3)
        times_ms.append((time.perf_counter() - begun) * 1000)
        held += n % 5 != 4
        read += text == CODE
    return [
        Row("camera frame 1280 × 720 decoded, 99th percentile", percentile(times_ms, 99), "ms", limit="≤ 10 ms"),
        Row("camera frame decoded, median", statistics.median(times_ms), "ms"),
        Row("frames with a code that were read", 100 * read / held, "%"),
    ]


def _frame(chance: random.Random, *, with_code: bool) -> QImage:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QImage, QPainter

    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_Grayscale8)
    light = chance.uniform(0.5, 1)
    image.fill(QColor.fromHsvF(0, 0, 0.7 * light))
    painter = QPainter(image)
    for _clutter in range(40):
        grey = int(255 * light * chance.random())
        painter.fillRect(
            chance.randrange(WIDTH),
            chance.randrange(HEIGHT),
            chance.randrange(200),
            chance.randrange(120),
            QColor(grey, grey, grey),
        )
    if with_code:
        painter.translate(QPointF(WIDTH / 2 + chance.uniform(-150, 150), HEIGHT / 2 + chance.uniform(-80, 80)))
        painter.rotate(chance.uniform(-20, 20))
        side = chance.randrange(140, 360)
        painter.drawImage(QPointF(-side / 2, -side / 2), _code().scaled(side, side))
    painter.end()
    bits = image.bits()
    for at in chance.sample(range(WIDTH * HEIGHT), WIDTH * HEIGHT // 40):
        bits[at] = max(0, min(255, bits[at] + chance.randrange(-40, 41)))  # type: ignore[index]
    return image


def _code() -> QImage:
    from PySide6.QtGui import QColor, QImage

    from kiosk.printing.qr import qr_modules

    modules = qr_modules(CODE)
    size = len(modules) + 8
    image = QImage(size, size, QImage.Format.Format_Grayscale8)
    image.fill(QColor("white"))
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                image.setPixelColor(x + 4, y + 4, QColor("black"))
    return image
