"""Camera frames made up for tests: a QR code drawn into a noisy picture."""

from __future__ import annotations

import random

import qrcode
from PySide6.QtGui import QColor, QImage, QPainter

WIDTH, HEIGHT = 1280, 720


def qr_image(payload: str | bytes, size: int) -> QImage:
    """A QR code with its quiet zone, `size` pixels wide."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(payload, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    image = QImage(len(matrix), len(matrix), QImage.Format.Format_Grayscale8)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            image.setPixelColor(x, y, QColor("black" if dark else "white"))
    return image.scaled(size, size)


def frame(
    *codes: tuple[str | bytes, int, int], size: int = 260, turned: float = 0, noise: bool = True, light: float = 1.0
) -> QImage:
    """A picture of 1280×720 with codes at the given centres, turned by degrees, in full light or less."""
    grain = random.Random(3).randbytes(WIDTH * HEIGHT) if noise else bytes(WIDTH * HEIGHT)
    picture = QImage(grain, WIDTH, HEIGHT, WIDTH, QImage.Format.Format_Grayscale8).convertToFormat(
        QImage.Format.Format_RGB32
    )
    # An image made of bytes does not keep them alive; the name does.
    veil = random.Random(4).randbytes(WIDTH * HEIGHT)
    painter = QPainter(picture)
    for payload, x, y in codes:
        painter.save()
        painter.translate(x, y)
        painter.rotate(turned)
        painter.drawImage(-size // 2, -size // 2, qr_image(payload, size))
        painter.restore()
    if noise:
        painter.setOpacity(0.12)
        painter.drawImage(0, 0, QImage(veil, WIDTH, HEIGHT, WIDTH, QImage.Format.Format_Grayscale8))
    painter.setOpacity(1 - light)
    painter.fillRect(picture.rect(), QColor("black"))
    painter.end()
    return picture
