"""Codes before a camera: read whatever their angle and letters, reported once, and never at the window's cost."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from kiosk.scanning.camera import CameraSource, FrameLoop, InView, decode, image_of
from kiosk.scanning.source import SourceState, SourceStatus
from tests.scanning.frames import HEIGHT, WIDTH, frame

OWN = "K7Q291XF0042ABYD"
MIDDLE = (WIDTH // 2, HEIGHT // 2)


@pytest.mark.parametrize("turned", [0, 90, 180, 270, 30, 45, 200])
def test_a_code_is_read_at_any_angle(turned: float) -> None:
    assert decode(frame((OWN, *MIDDLE), turned=turned)) == OWN


@pytest.mark.parametrize("size", [120, 400])
def test_a_code_is_read_far_and_near(size: int) -> None:
    assert decode(frame((OWN, *MIDDLE), size=size)) == OWN


def test_a_thorough_look_sees_in_low_light() -> None:
    assert decode(frame((OWN, *MIDDLE), light=0.12)) == OWN


@pytest.mark.parametrize(
    "payload",
    [
        "PLC|000001|José",
        "PLC|000001|José".encode("latin-1"),
        "BEGIN:VCARD\r\nUID:000001\r\nEND:VCARD",
        "000001",
    ],
)
def test_the_text_comes_as_it_was_written(payload: str | bytes) -> None:
    expected = payload if isinstance(payload, str) else payload.decode("latin-1")
    assert decode(frame((payload, *MIDDLE))) == expected


def test_of_several_codes_the_one_in_the_middle_counts() -> None:
    assert decode(frame(("000002", 200, 200), ("000001", 700, 400), ("000003", 1100, 500))) == "000001"


def test_noise_and_nothing_hold_no_code() -> None:
    assert decode(frame()) is None
    assert decode(QImage()) is None


@pytest.mark.parametrize(
    "form",
    [
        QImage.Format.Format_Grayscale8,
        QImage.Format.Format_RGB888,
        QImage.Format.Format_RGBA8888,
        QImage.Format.Format_ARGB32_Premultiplied,
        QImage.Format.Format_RGB16,
    ],
)
def test_any_image_format_is_read(form: QImage.Format) -> None:
    assert decode(frame((OWN, *MIDDLE)).convertToFormat(form), thorough=False) == OWN


def test_a_code_in_view_is_new_once() -> None:
    view = InView(unseen_s=2)
    assert view.is_new("a", 0.0)
    assert not any(view.is_new("a", tick / 10) for tick in range(1, 60))
    assert view.is_new("b", 6.0)
    assert not view.is_new("a", 7.0)
    assert not view.is_new("b", 7.5)
    assert view.is_new("a", 9.0)


@pytest.fixture
def scans() -> queue.Queue[str]:
    return queue.Queue()


@pytest.fixture
def loop(scans: queue.Queue[str]) -> Iterator[FrameLoop]:
    loop = FrameLoop(scans.put)
    loop.start()
    yield loop
    loop.close()


def looked_at(loop: FrameLoop, image: QImage) -> None:
    """Show a frame and wait until it has been taken and read."""
    for _ in range(2):
        taken = threading.Event()

        def take(taken: threading.Event = taken) -> QImage:
            taken.set()
            return image

        loop.show(take)
        assert taken.wait(10)


def test_a_code_held_before_the_camera_is_one_scan(loop: FrameLoop, scans: queue.Queue[str]) -> None:
    for _ in range(3):
        looked_at(loop, frame((OWN, *MIDDLE)))
    looked_at(loop, frame(("000002", *MIDDLE)))
    assert [scans.get(timeout=10), scans.get(timeout=10)] == [OWN, "000002"]
    assert scans.empty()


def test_a_light_code_on_a_dark_screen_is_read_within_four_frames(loop: FrameLoop, scans: queue.Queue[str]) -> None:
    picture = frame((OWN, *MIDDLE))
    picture.invertPixels()
    assert decode(picture, thorough=False) is None
    for _ in range(2):
        looked_at(loop, picture)
    assert scans.get(timeout=10) == OWN


def test_frames_that_come_too_fast_are_passed_over(loop: FrameLoop, scans: queue.Queue[str]) -> None:
    reading, go_on = threading.Event(), threading.Event()

    def slow() -> QImage:
        reading.set()
        assert go_on.wait(10)
        return QImage()

    def never() -> QImage:
        scans.put("an old frame was read")
        return QImage()

    loop.show(slow)
    assert reading.wait(10)
    for _ in range(100):
        loop.show(never)
    loop.show(lambda: frame((OWN, *MIDDLE)))
    go_on.set()
    assert scans.get(timeout=10) == OWN


@pytest.mark.expect_log
def test_one_bad_frame_does_not_blind_the_camera(loop: FrameLoop, scans: queue.Queue[str]) -> None:
    taken = threading.Event()

    def bad() -> QImage:
        taken.set()
        raise RuntimeError("the frame is gone")

    loop.show(bad)
    assert taken.wait(10)
    looked_at(loop, frame((OWN, *MIDDLE)))
    assert scans.get(timeout=10) == OWN


# The edge: QtMultimedia, played by objects that behave as its own.


class FakeDevice:
    def __init__(self, name: str) -> None:
        self.name = name

    def description(self) -> str:
        return self.name

    def videoFormats(self) -> list[Any]:
        return [
            SimpleNamespace(resolution=lambda size=size: QSize(*size), maxFrameRate=lambda: 30, size=size)
            for size in ((640, 480), (1280, 720), (3840, 2160))
        ]


class FakeDevices(QObject):
    videoInputsChanged = Signal()  # noqa: N815
    there: list[FakeDevice] = []  # noqa: RUF012
    built: list[FakeDevices] = []  # noqa: RUF012

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        FakeDevices.built.append(self)

    @staticmethod
    def videoInputs() -> list[FakeDevice]:
        return list(FakeDevices.there)


class FakeCamera(QObject):
    activeChanged = Signal(bool)  # noqa: N815
    errorOccurred = Signal(object, str)  # noqa: N815
    built: list[FakeCamera] = []  # noqa: RUF012

    def __init__(self, device: FakeDevice, parent: QObject) -> None:
        super().__init__(parent)
        self.device, self.running, self.form = device, False, None
        FakeCamera.built.append(self)

    def cameraDevice(self) -> FakeDevice:
        return self.device

    def setCameraFormat(self, form: Any) -> None:
        self.form = form

    def start(self) -> None:
        self.running = True
        self.activeChanged.emit(True)

    def stop(self) -> None:
        self.running = False


class FakeSink(QObject):
    videoFrameChanged = Signal(object)  # noqa: N815
    built: list[FakeSink] = []  # noqa: RUF012

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        FakeSink.built.append(self)


class FakeSession(QObject):
    def setCamera(self, camera: FakeCamera) -> None:
        self.camera = camera

    def setVideoSink(self, sink: FakeSink) -> None:
        self.sink = sink


FAKE = SimpleNamespace(
    QMediaDevices=FakeDevices, QCamera=FakeCamera, QVideoSink=FakeSink, QMediaCaptureSession=FakeSession
)


@pytest.fixture
def camera(qtbot: QtBot, scans: queue.Queue[str]) -> Iterator[CameraSource]:
    FakeDevices.there = []
    for fake in (FakeDevices, FakeCamera, FakeSink):
        fake.built.clear()
    source = CameraSource(scans.put, lambda _: None, load=lambda: FAKE)
    yield source
    source.close()


def test_a_camera_that_is_there_is_opened_and_read(camera: CameraSource, scans: queue.Queue[str]) -> None:
    FakeDevices.there = [FakeDevice("HD Webcam")]
    camera.start()
    assert camera.status == SourceStatus(SourceState.READY, "The camera HD Webcam is ready.")
    assert FakeCamera.built[0].form.size == (1280, 720)  # type: ignore[attr-defined]
    picture = frame((OWN, *MIDDLE))
    FakeSink.built[0].videoFrameChanged.emit(
        SimpleNamespace(pixelFormat=lambda: SimpleNamespace(name="Format_Jpeg"), toImage=lambda: picture)
    )
    assert scans.get(timeout=10) == OWN


def test_a_camera_may_come_and_go(camera: CameraSource) -> None:
    camera.start()
    states = [camera.status.state]
    for there in ([FakeDevice("HD Webcam")], []):
        FakeDevices.there = there
        FakeDevices.built[0].videoInputsChanged.emit()
        states.append(camera.status.state)
    assert states == [SourceState.SEARCHING, SourceState.READY, SourceState.SEARCHING]
    assert not FakeCamera.built[0].running


def test_another_camera_does_not_disturb_the_one_in_use(camera: CameraSource) -> None:
    FakeDevices.there = [FakeDevice("HD Webcam")]
    camera.start()
    FakeDevices.there = [FakeDevice("Virtual camera"), *FakeDevices.there]
    FakeDevices.built[0].videoInputsChanged.emit()
    assert [built.running for built in FakeCamera.built] == [True]


def test_a_camera_that_fails_says_what_to_do(camera: CameraSource) -> None:
    FakeDevices.there = [FakeDevice("HD Webcam")]
    camera.start()
    FakeCamera.built[0].errorOccurred.emit(None, "device busy")
    assert camera.status.state == SourceState.TROUBLE
    assert "Close other programs" in camera.status.sentence


def test_closing_switches_the_camera_off(camera: CameraSource) -> None:
    FakeDevices.there = [FakeDevice("HD Webcam")]
    camera.start()
    camera.close()
    assert not FakeCamera.built[0].running
    assert camera.status.state == SourceState.OFF


def test_without_the_media_part_it_says_so(qtbot: QtBot) -> None:
    def load() -> Any:
        raise ImportError("libpulse.so.0: cannot open shared object file")

    said: list[SourceStatus] = []
    source = CameraSource(lambda _: None, said.append, load=load)
    source.start()
    assert said[0].state == SourceState.TROUBLE
    assert "not installed" in said[0].sentence
    source.close()


class FakeFrame:
    """A mapped video frame: what `image_of` asks of QVideoFrame."""

    MapMode = SimpleNamespace(ReadOnly=1)

    def __init__(self, form: str, data: bytes, stride: int) -> None:
        self.form, self.data, self.stride, self.mapped = form, data, stride, 0

    def pixelFormat(self) -> Any:
        return SimpleNamespace(name=self.form)

    def map(self, mode: int) -> bool:
        self.mapped += 1
        return bool(self.data)

    def unmap(self) -> None:
        self.mapped -= 1

    def bits(self, plane: int) -> memoryview:
        return memoryview(self.data)

    def bytesPerLine(self, plane: int) -> int:
        return self.stride

    def width(self) -> int:
        return WIDTH

    def height(self) -> int:
        return HEIGHT


def brightness() -> bytes:
    picture = frame((OWN, *MIDDLE)).convertToFormat(QImage.Format.Format_Grayscale8)
    return bytes(picture.constBits())


def padded(data: bytes, stride: int) -> bytes:
    return b"".join(data[row * WIDTH : (row + 1) * WIDTH] + bytes(stride - WIDTH) for row in range(HEIGHT))


@pytest.mark.parametrize(
    "video",
    [
        FakeFrame("Format_NV12", brightness(), WIDTH),
        FakeFrame("Format_YUV420P", padded(brightness(), WIDTH + 64), WIDTH + 64),
        FakeFrame("Format_YUYV", b"".join(bytes((y, 128)) for y in brightness()), WIDTH * 2),
        FakeFrame("Format_UYVY", b"".join(bytes((128, y)) for y in brightness()), WIDTH * 2),
    ],
    ids=lambda video: video.form,
)
def test_a_video_frame_is_read_by_its_brightness(video: Any) -> None:
    image = image_of(video)
    assert bytes(image.constBits()) == brightness()
    assert decode(image, thorough=False) == OWN
    assert video.mapped == 0


def test_a_frame_that_cannot_be_mapped_holds_nothing() -> None:
    assert image_of(FakeFrame("Format_NV12", b"", WIDTH)).isNull()  # type: ignore[arg-type]
