"""Codes read by a camera.

QtMultimedia delivers frames, zxing-cpp reads them, a worker thread of ours stands between, so that the window never
waits. A frame that comes while the last one is still being read replaces the one that waits: a late frame is worth
nothing. Frames are looked at and forgotten, never stored.

QtMultimedia is an optional part and needs libraries of the system; it is imported when a camera is first wanted, and
where it is missing the status says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import zxingcpp
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from kiosk.i18n import _
from kiosk.scanning.serial import decoded
from kiosk.scanning.source import Scanned, SourceState, SourceStatus, StatusChanged

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QCameraDevice, QVideoFrame

log = logging.getLogger(__name__)

THOROUGH_EVERY = 4
"""Every fourth frame is read with all the reader can do, twice as slow; low light and codes on their side need it."""
UNSEEN_S = 2.0
"""A code counts as a new scan once it has been out of view this long."""
FRAME_PIXELS = 1280 * 720

_PLANAR = frozenset(
    {
        "Format_YUV420P",
        "Format_YUV422P",
        "Format_YV12",
        "Format_NV12",
        "Format_NV21",
        "Format_IMC1",
        "Format_IMC2",
        "Format_IMC3",
        "Format_IMC4",
        "Format_Y8",
    }
)
"""Video formats whose first plane is the brightness, one byte a pixel."""
_PACKED = {"Format_YUYV": 0, "Format_UYVY": 1}
"""Video formats with brightness in every second byte, from this one on."""

_READABLE = frozenset(
    {
        QImage.Format.Format_Grayscale8,
        QImage.Format.Format_RGB32,
        QImage.Format.Format_ARGB32,
        QImage.Format.Format_RGB888,
        QImage.Format.Format_BGR888,
        QImage.Format.Format_RGBA8888,
    }
)
"""What zxing-cpp takes without a copy; it refuses the rest."""
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
"""Naming the one format makes reading ten times as fast."""

TakeImage: TypeAlias = Callable[[], QImage]


def decode(image: QImage, thorough: bool = True) -> str | None:
    """The text of the QR code in an image, the one nearest the middle where there are several; None where there is
    none.
    """
    if image.isNull():
        return None
    if image.format() not in _READABLE:
        image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    codes = [
        code
        for code in zxingcpp.read_barcodes(
            image,
            formats=_QR,
            text_mode=zxingcpp.TextMode.Plain,
            try_rotate=thorough,
            try_downscale=thorough,
            try_invert=thorough,
        )
        if code.valid
    ]
    if not codes:
        return None
    nearest = min(codes, key=lambda code: _distance(code.position, image.width() / 2, image.height() / 2))
    return decoded(nearest.bytes)


def _distance(position: Any, x: float, y: float) -> float:
    corners = (position.top_left, position.top_right, position.bottom_left, position.bottom_right)
    across, down = sum(corner.x for corner in corners) / 4, sum(corner.y for corner in corners) / 4
    return float((across - x) ** 2 + (down - y) ** 2)


def image_of(frame: QVideoFrame) -> QImage:
    """A frame as an image to be read: its brightness alone where the format has it apart, else as Qt converts it."""
    name = frame.pixelFormat().name
    if name not in _PLANAR and name not in _PACKED:
        return frame.toImage()
    if not frame.map(frame.MapMode.ReadOnly):
        return QImage()
    try:
        stride = frame.bytesPerLine(0)
        brightness = bytes(frame.bits(0))
        if name in _PACKED:
            brightness, stride = brightness[_PACKED[name] :: 2], stride // 2
        # The copy owns its memory; the frame's goes back to the camera.
        return QImage(brightness, frame.width(), frame.height(), stride, QImage.Format.Format_Grayscale8).copy()
    finally:
        frame.unmap()


class InView:
    """Knows which codes have been in view of late, so that one held before the camera is one scan."""

    def __init__(self, unseen_s: float = UNSEEN_S) -> None:
        self._unseen_s = unseen_s
        self._seen_s: dict[str, float] = {}

    def is_new(self, text: str, now_s: float) -> bool:
        """Note that a code is in view now; whether that is a new scan."""
        self._seen_s = {seen: at_s for seen, at_s in self._seen_s.items() if now_s - at_s < self._unseen_s}
        new = text not in self._seen_s
        self._seen_s[text] = now_s
        return new


class FrameLoop:
    """Reads frames in a thread of its own, the newest only, and says what is newly in view."""

    def __init__(self, scanned: Scanned, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._scanned = scanned
        self._clock_s = clock_s
        self._in_view = InView()
        self._ready = threading.Condition()
        self._next: TakeImage | None = None
        self._closing = False
        self._count = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin reading what `show` brings."""
        if self._thread is None:
            self._closing = False
            self._thread = threading.Thread(target=self._run, name="camera reader", daemon=True)
            self._thread.start()

    def show(self, take: TakeImage) -> None:
        """Offer a frame; returns at once. `take` makes the image and is called in the reading thread."""
        with self._ready:
            self._next = take
            self._ready.notify()

    def close(self) -> None:
        """End the thread, after the frame it is reading."""
        with self._ready:
            self._closing, self._next = True, None
            self._ready.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (take := self._wait()) is not None:
            self._count += 1
            try:
                text = decode(take(), thorough=self._count % THOROUGH_EVERY == 0)
                if text and self._in_view.is_new(text, self._clock_s()):
                    self._scanned(text)
            except Exception:
                # One bad frame, or a scan that could not be handed over, must not blind the camera.
                log.exception("a camera frame could not be read")

    def _wait(self) -> TakeImage | None:
        with self._ready:
            self._ready.wait_for(lambda: self._closing or self._next is not None)
            take, self._next = self._next, None
            return None if self._closing else take


def load_multimedia() -> ModuleType:
    """QtMultimedia, imported when first wanted. Raises ImportError where it or a library it needs is missing."""
    from PySide6 import QtMultimedia

    return QtMultimedia


class CameraSource(QObject):
    """Reads codes with a camera: the one that was chosen by its name, else the system's first. Lives in the GUI
    thread.
    """

    def __init__(
        self,
        scanned: Scanned,
        changed: StatusChanged,
        name: str | None = None,
        load: Callable[[], Any] = load_multimedia,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._changed = changed
        self._name = name
        self._load = load
        self._status = SourceStatus(SourceState.OFF)
        self._loop = FrameLoop(scanned)
        self._multimedia: Any = None
        self._devices: Any = None
        self._camera: Any = None
        self._session: Any = None
        self._sink: Any = None

    @property
    def status(self) -> SourceStatus:
        """How it stands now."""
        return self._status

    def start(self) -> None:
        """Begin looking for a camera; returns at once."""
        if self._devices is not None:
            return
        try:
            self._multimedia = self._load()
        except ImportError as error:
            log.info("no camera support: %s", error)
            self._set(
                SourceState.TROUBLE,
                _(
                    "Scanning by camera is not installed on this computer. "
                    "Use a scanner, or install the media part of the program."
                ),
            )
            return
        self._loop.start()
        self._devices = self._multimedia.QMediaDevices(self)
        self._devices.videoInputsChanged.connect(self._choose)
        self._choose()

    def close(self) -> None:
        """Switch the camera off and end the reading."""
        self._let_go()
        self._devices = None
        self._loop.close()
        self._set(SourceState.OFF)

    def _choose(self) -> None:
        """Open a camera that is there, let go of one that is not."""
        there = [
            device
            for device in self._multimedia.QMediaDevices.videoInputs()
            if self._name is None or device.description() == self._name
        ]
        if self._camera is not None and self._camera.cameraDevice() in there:
            return
        self._let_go()
        if there:
            self._open(there[0])
        else:
            self._set(SourceState.SEARCHING, _("No camera found. Plug one in or use a scanner."))

    def _open(self, device: QCameraDevice) -> None:
        self._camera = self._multimedia.QCamera(device, self)
        formats = sorted(
            device.videoFormats(),
            key=lambda form: (
                abs(form.resolution().width() * form.resolution().height() - FRAME_PIXELS),
                -form.maxFrameRate(),
            ),
        )
        if formats:
            self._camera.setCameraFormat(formats[0])
        self._sink = self._multimedia.QVideoSink(self)
        self._sink.videoFrameChanged.connect(self._on_frame)
        self._session = self._multimedia.QMediaCaptureSession(self)
        self._session.setCamera(self._camera)
        self._session.setVideoSink(self._sink)
        self._camera.activeChanged.connect(self._on_active)
        self._camera.errorOccurred.connect(self._on_error)
        self._set(SourceState.SEARCHING, _("The camera is starting."))
        self._camera.start()

    def _on_frame(self, frame: QVideoFrame) -> None:
        self._loop.show(lambda: image_of(frame))

    def _on_active(self, active: bool) -> None:
        if active:
            name = self._camera.cameraDevice().description()
            self._set(SourceState.READY, _("The camera {name} is ready.").format(name=name))

    def _on_error(self, _error: object, text: str) -> None:
        log.info("camera: %s", text)
        self._set(
            SourceState.TROUBLE,
            _("The camera does not work. Close other programs that use it, and allow this one to use the camera."),
        )

    def _let_go(self) -> None:
        if self._camera is not None:
            self._camera.stop()
            for part in (self._session, self._sink, self._camera):
                part.deleteLater()
        self._camera = self._session = self._sink = None

    def _set(self, state: SourceState, sentence: str = "") -> None:
        status = SourceStatus(state, sentence)
        if status != self._status:
            self._status = status
            self._changed(status)
