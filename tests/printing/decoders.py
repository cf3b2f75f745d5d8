"""What printers make of the bytes they get, as pictures: written from the makers' descriptions, sharing nothing with
the encoders.

Each decoder is strict: what a real printer would refuse, spoil or keep for ever raises `Spoiled`.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image, ImageChops

Decode = Callable[[bytes], "list[Label]"]
"""From bytes to what comes out."""


class Spoiled(Exception):
    """A printer would not have printed this as it was meant."""


@dataclass
class Label:
    """One piece of paper as it comes out; `said` is what else the bytes told the printer."""

    picture: Image.Image
    said: dict[str, object] = field(default_factory=dict)


def picture(width: int, height: int, rows: bytes) -> Image.Image:
    """Rows of dots, 1 is black, as an image."""
    if len(rows) != (width + 7) // 8 * height:
        raise Spoiled(f"{len(rows)} bytes for {width} x {height} dots")
    whole = Image.frombytes("1", ((width + 7) // 8 * 8, height), bytes(byte ^ 0xFF for byte in rows))
    return whole.crop((0, 0, width, height))


def ink(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box that holds all black dots."""
    return ImageChops.invert(image.convert("L")).getbbox()


def zpl(data: bytes) -> list[Label]:
    """ZPL II with one compressed graphic a format."""
    outside = re.sub(rb"\^XA.*?\^XZ", b"", data, flags=re.DOTALL)
    if re.sub(rb"~SD[0-9]{2}|\s", b"", outside):
        raise Spoiled(f"between the formats: {outside[:40]!r}")
    return [_zpl_label(body) for body in re.findall(rb"\^XA(.*?)\^XZ", data, flags=re.DOTALL)]


def _zpl_label(body: bytes) -> Label:
    said: dict[str, object] = {}
    drawn: tuple[int, int, Image.Image] | None = None
    at = (0, 0)
    for name, rest in re.findall(rb"[\^~]([A-Z]{2})([^\^~]*)", body):
        match name:
            case b"PW" | b"LL" | b"PR" | b"PQ" | b"LS":
                said[name.decode()] = int(rest)
            case b"MM":
                said["MM"] = rest.decode()
            case b"LH" | b"FO":
                x, y = (int(part) for part in rest.split(b","))
                at = (x, y)
            case b"GF":
                drawn = (*at, _zpl_graphic(rest))
            case b"FS":
                pass
            case _:
                raise Spoiled(f"unknown ZPL ^{name.decode()}")
    if drawn is None:
        raise Spoiled("nothing on the label")
    width, height = said["PW"], said["LL"]
    assert isinstance(width, int)
    assert isinstance(height, int)
    paper = Image.new("1", (width, height), 1)
    x, y, graphic = drawn
    if x + graphic.width - width >= 8 or y + graphic.height > height:
        raise Spoiled("the graphic is larger than the label")
    paper.paste(graphic, (x, y))
    return Label(paper, said)


def _zpl_graphic(rest: bytes) -> Image.Image:
    kind, count, total, step, graphic = rest.split(b",", 4)
    if kind != b"A" or int(count) != len(graphic):
        raise Spoiled("^GF does not announce what follows")
    mark, text, crc = graphic[:5], *graphic[5:].split(b":")
    if mark != b":Z64:" or int(crc, 16) != binascii.crc_hqx(text, 0):
        raise Spoiled("the CRC is wrong: the printer drops the graphic")
    rows = zlib.decompress(base64.b64decode(text, validate=True))
    if len(rows) != int(total) or len(rows) % int(step):
        raise Spoiled("^GF: total and row do not fit")
    return picture(int(step) * 8, len(rows) // int(step), rows)


BROTHER_ROLLS = {
    (62, 0): (12, 696, 0),
    (62, 100): (12, 696, 1109),
    (29, 90): (6, 306, 991),
    (60, 87): (18, 672, 954),
    (102, 153): (12, 1164, 1660),
}
"""Width and length in mm: right margin, printable dots, printable rows (QL raster command reference)."""


def brother(data: bytes, loaded: tuple[int, int] = (62, 0), head: int = 720) -> list[Label]:
    """Brother QL raster, on this roll; the picture is the printable width."""
    return _Brother(data, loaded, head).labels()


class _Brother:
    def __init__(self, data: bytes, loaded: tuple[int, int], head: int) -> None:
        self.data, self.at, self.loaded, self.head = data, 0, loaded, head
        self.rows: list[bytes] = []
        self.said: dict[str, object] = {}
        self.raster = False

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) < count:
            raise Spoiled("it ends in the middle of a command")
        self.at += count
        return piece

    def labels(self) -> list[Label]:
        found = []
        last = b""
        while self.at < len(self.data):
            last = self.take(1)
            match last:
                case b"\x00":
                    pass
                case b"\x1b":
                    self.escape()
                case b"M":
                    if self.take(1) != b"\x00":
                        raise Spoiled("packed rows are not expected")
                case b"g":
                    self.row()
                case b"w":
                    self.coloured_row()
                case b"\x0c" | b"\x1a":
                    found.append(self.label())
                case _:
                    raise Spoiled(f"unknown opcode {last!r}")
        if self.rows or last != b"\x1a":
            raise Spoiled("the last label stays in the printer")
        return found

    def row(self) -> None:
        self.take(1)
        row = self.take(self.take(1)[0])
        if len(row) != self.head // 8:
            raise Spoiled(f"a row of {len(row)} bytes on a head of {self.head} dots")
        self.rows.append(row)

    def coloured_row(self) -> None:
        colour, count = self.take(2)
        row = self.take(count)
        if colour == 1:
            self.rows.append(row)
        elif any(row):
            raise Spoiled("red ink")

    def escape(self) -> None:
        if (kind := self.take(1)) == b"@":
            if self.rows:
                raise Spoiled("reset in the middle of a label")
            return
        if kind != b"i":
            raise Spoiled(f"unknown ESC {kind!r}")
        match self.take(1):
            case b"a":
                self.raster = self.take(1) == b"\x01"
            case b"z":
                flags, media, width, length, lines, _page, _ = struct.unpack("<BBBBIBB", self.take(10))
                self.said |= {"flags": flags, "die_cut": media == 0x0B, "media": (width, length), "lines": lines}
            case b"M":
                self.said["autocut"] = bool(self.take(1)[0] & 0x40)
            case b"A":
                self.said["cut_every"] = self.take(1)[0]
            case b"K":
                extra = self.take(1)[0]
                self.said |= {"cut_at_end": bool(extra & 8), "two_colours": bool(extra & 1)}
            case b"d":
                self.said["margin"] = struct.unpack("<H", self.take(2))[0]
            case other:
                raise Spoiled(f"unknown ESC i {other!r}")

    def label(self) -> Label:
        right, dots, most = BROTHER_ROLLS[self.loaded]
        right += 44 if self.head == 1296 else 0
        if not self.raster or self.said["media"] != self.loaded or self.said["die_cut"] != bool(most):
            raise Spoiled(f"the printer refuses: {self.said}")
        if self.said["lines"] != len(self.rows) or (most and len(self.rows) > most):
            raise Spoiled(f"{len(self.rows)} rows")
        head = picture(self.head, len(self.rows), b"".join(self.rows)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        printable = (right, 0, right + dots, head.height)
        box = ink(head)
        if box and (box[0] < right or box[2] > right + dots):
            raise Spoiled("ink beside the paper")
        label = Label(head.crop(printable), self.said)
        self.rows, self.said = [], {}
        return label


DYMO_MODES = frozenset("@hicdeg")


def dymo(data: bytes, head: int = 672) -> list[Label]:
    """LabelWriter 400 raster."""
    found: list[Label] = []
    rows: list[bytes] = []
    said: dict[str, object] = {}
    step, at = head // 8, 0
    while at < len(data):
        if data[at] == 0x16:
            rows.append(data[at + 1 : at + 1 + step])
            at += 1 + step
            continue
        if data[at] != 0x1B or at + 1 >= len(data):
            raise Spoiled(f"unexpected byte {data[at]:#x}")
        kind = chr(data[at + 1])
        if kind == "D":
            step = data[at + 2]
        elif kind == "L":
            said["length"] = struct.unpack_from(">h", data, at + 2)[0]
        elif kind == "E":
            found.append(_dymo_label(step, rows, said, head))
            rows, said = [], {}
        elif kind in DYMO_MODES:
            said[kind] = True
        elif kind != "\x1b":
            raise Spoiled(f"unknown ESC {kind!r}")
        at += {"\x1b": 1, "D": 3, "L": 4}.get(kind, 2)
    if rows:
        raise Spoiled("the label stays in the printer")
    return found


def _dymo_label(step: int, rows: list[bytes], said: dict[str, object], head: int) -> Label:
    if step * 8 > head or said.get("length") != len(rows):
        raise Spoiled("the label is not as wide or as long as it says")
    return Label(picture(step * 8, len(rows), b"".join(rows)), said)


def escpos(data: bytes, head: int = 576) -> list[Label]:
    """ESC/POS with GS v 0 pictures, one label a cut, form feed or label feed."""
    found: list[Label] = []
    bands: list[Image.Image] = []
    at = 0

    def out(how: str) -> None:
        height = sum(band.height for band in bands)
        paper = Image.new("1", (max(band.width for band in bands), height), 1)
        y = 0
        for band in bands:
            paper.paste(band, (0, y))
            y += band.height
        found.append(Label(paper, {"end": how, "bands": [band.height for band in bands]}))
        bands.clear()

    while at < len(data):
        command = data[at : at + 2]
        if command == b"\x1b@":
            at += 2
        elif command == b"\x1dv":
            kind, mode, step, height = struct.unpack_from("<BBHH", data, at + 2)
            rows = data[at + 8 : at + 8 + step * height]
            if kind != 0x30 or mode or step * 8 > head + 7 or height > 256:
                raise Spoiled("GS v 0 that some printers spoil")
            bands.append(picture(step * 8, height, rows))
            at += 8 + step * height
        elif command == b"\x1dV":
            out(f"cut {data[at + 2 : at + 4].hex()}")
            at += 4
        elif command == b"\x1d\x0c":
            out("label")
            at += 2
        elif command == b"\x1bd":
            at += 3
        elif data[at] == 0x0C:
            out("feed")
            at += 1
        else:
            raise Spoiled(f"unknown command {data[at : at + 4].hex()}")
    if bands:
        raise Spoiled("the badge stays in the printer")
    return found


def pwg(data: bytes) -> list[Label]:
    """PWG raster of black dots."""
    if data[:4] != b"RaS2":
        raise Spoiled("no PWG raster")
    found, at = [], 4
    while at < len(data):
        header = data[at : at + 1796]
        at += 1796

        def number(offset: int, header: bytes = header) -> int:
            return int(struct.unpack_from(">I", header, offset)[0])

        width, height, step = number(372), number(376), number(392)
        if number(384) != 1 or number(388) != 1 or number(400) != 3 or step != (width + 7) // 8:
            raise Spoiled("not one bit of black a dot")
        rows, at = _pwg_rows(data, at, height, step)
        said = {"dpi": (number(276), number(280)), "points": (number(352), number(356)), "copies": number(340)}
        found.append(Label(picture(width, height, rows), dict(said)))
    return found


def _pwg_rows(data: bytes, at: int, height: int, step: int) -> tuple[bytes, int]:
    rows: list[bytes] = []
    while len(rows) < height:
        times, at, row = data[at] + 1, at + 1, b""
        while len(row) < step:
            count, at = data[at], at + 1
            if count < 128:
                row += data[at : at + 1] * (count + 1)
                at += 1
            elif count == 128:
                raise Spoiled("128 is reserved")
            else:
                row += data[at : at + 257 - count]
                at += 257 - count
        if len(row) != step:
            raise Spoiled("a row runs over its end")
        rows += [row] * times
    if len(rows) != height:
        raise Spoiled("rows run over the page's end")
    return b"".join(rows), at
