"""Windows: bytes to a printer's queue untouched (RAW), and what the spooler says of it.

Written from Microsoft's documentation and never run on a Windows; the tests give it a spooler that is not there.
"""

from __future__ import annotations

import ctypes
from typing import Any

from kiosk.domain.printers import PrinterState, PrinterStatus

_FLAGS = (
    (0x00000080, PrinterState.OFFLINE),
    (0x00001000, PrinterState.OFFLINE),
    (0x00000010, PrinterState.PAPER_OUT),
    (0x00000040, PrinterState.PAPER_OUT),
    (0x00400000, PrinterState.COVER_OPEN),
    (0x00000008, PrinterState.CUTTER_JAM),
    (0x00100000, PrinterState.ERROR),
    (0x00000002, PrinterState.ERROR),
    (0x00000001, PrinterState.PAUSED),
    (0x00004400, PrinterState.BUSY),
)
"""PRINTER_STATUS_*: offline, not available, paper out, paper problem, door open, jam, user intervention, error, paused,
printing or processing; the worst first.
"""


class _DocInfo(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_wchar_p),
        ("output", ctypes.c_wchar_p),
        ("kind", ctypes.c_wchar_p),
    )


class _Info6(ctypes.Structure):
    _fields_ = (("status", ctypes.c_uint32),)


def spooler() -> Any:
    """The system's spooler. Raises OSError where there is none."""
    load = getattr(ctypes, "WinDLL", None)
    if load is None:
        raise OSError("only Windows has this spooler")
    return load("winspool.drv", use_last_error=True)


class WindowsQueue:
    """One printer of Windows, by its name. Every method may raise OSError."""

    def __init__(self, name: str, library: Any = None) -> None:
        self._name = name
        self._library = library

    def status(self) -> PrinterStatus:
        """What the spooler says; nothing wrong means no more than that it knows of nothing."""
        with self._opened() as handle:
            info, needed = _Info6(), ctypes.c_uint32()
            handle.call("GetPrinterW", 6, ctypes.byref(info), ctypes.sizeof(info), ctypes.byref(needed))
        state = next((state for flag, state in _FLAGS if info.status & flag), PrinterState.READY)
        return PrinterStatus(state, f"{info.status:#x}" if info.status else "")

    def hand_over(self, data: bytes, title: str) -> int:
        """Give the spooler a whole document; answers how many bytes it took."""
        with self._opened() as handle:
            about = _DocInfo(title, None, "RAW")
            handle.call("StartDocPrinterW", 1, ctypes.byref(about))
            written = ctypes.c_uint32()
            try:
                handle.call("StartPagePrinter")
                handle.call("WritePrinter", data, len(data), ctypes.byref(written))
                handle.call("EndPagePrinter")
            finally:
                handle.call("EndDocPrinter")
        return written.value

    def _opened(self) -> _Handle:
        return _Handle(self._library or spooler(), self._name)


class _Handle:
    """An open printer; closed at the end of `with`."""

    def __init__(self, library: Any, name: str) -> None:
        self._library = library
        self._value = ctypes.c_void_p()
        if not library.OpenPrinterW(name, ctypes.byref(self._value), None):
            raise OSError(f"the spooler does not open {name!r}")

    def call(self, function: str, *arguments: Any) -> None:
        """Raises OSError when the spooler says no."""
        if not getattr(self._library, function)(self._value, *arguments):
            raise OSError(f"the spooler refused {function}")

    def __enter__(self) -> _Handle:
        return self

    def __exit__(self, *_error: object) -> None:
        self._library.ClosePrinter(self._value)
