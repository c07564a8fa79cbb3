"""How large a picture is, told from the first bytes of its file without decoding it."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path
from typing import BinaryIO

from realtime.errors import InputError
from realtime.limits import check_size

# The largest picture that is read has 800 MB, uncompressed and in 16 bits.
MAX_BYTES = 1_000_000_000

_PNG, _TIFF, _WEBP, _NUMBERS = b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*"), b"WEBP", re.compile(rb"\d+")
# Room for a part of a file that was cut off, in bytes, is no harm.
_MOST_PROMISED = 100_000_000
# Of JPEG: the marks that begin a frame's header, and those that stand alone.
_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_ALONE = {0x00, 0x01, *range(0xD0, 0xD9)}
# Of TIFF: the tags of width and height, and the format of each type that a size may have.
_TIFF_TAGS = (256, 257)
_TIFF_TYPES = {1: "B", 3: "H", 4: "I"}
# How much of a portable pixmap or an AVIF is looked through.
_HEAD_BYTES = 65_536

Size = tuple[int, int]


def check_picture(path: Path, file: BinaryIO) -> None:
    """Refuse a picture that would take too long or too much memory to be decoded.

    What is in none of the formats this program reads passes, for the decoder to refuse.

    Args:
        path: of the file, for messages.
        file: the same, opened; left at any place.

    Raises:
        InputError: It is too large, or of no size.
        OSError: The file can't be read.
    """
    length = file.seek(0, os.SEEK_END)
    if length > MAX_BYTES:
        raise InputError(f"{path} is larger than {MAX_BYTES // 10**9} GB.", "Make it smaller.")
    size = picture_size(file)
    if size is None:
        return
    if _promises_too_much(file, length):
        raise InputError(f"{path} is damaged: a part of it is longer than the file.", "Save it anew.")
    if min(size) < 1:  # some decoders take a height of 0 for one of billions
        raise InputError(f"{path} is damaged: it is {size[0]}x{size[1]} pixels, it says.", "Save it anew.")
    check_size(path, size)


def picture_size(file: BinaryIO) -> Size | None:
    """Return the width and height that a file announces; None where it is no picture of a known format."""
    file.seek(0)
    head = file.read(64)
    try:
        if head.startswith(_PNG):
            return struct.unpack(">II", head[16:24])
        if head.startswith(b"GIF8"):
            return struct.unpack("<HH", head[6:10])
        if head.startswith(b"BM"):
            return _bmp(head)
        if head.startswith(b"RIFF") and head[8:12] == _WEBP:
            return _webp(head)
        if head.startswith(b"\xff\xd8"):
            return _jpeg(file)
        if head.startswith(_TIFF):
            return _tiff(file, "<" if head.startswith(b"II") else ">")
        return _others(head, file)
    except struct.error:  # it ends too early
        return None


def _promises_too_much(file: BinaryIO, length: int) -> bool:
    """Return whether a PNG of so many bytes names a part that it does not hold, which a decoder would make room for."""
    file.seek(0)
    if file.read(8) != _PNG:
        return False
    at = 8
    while len(head := file.read(8)) == 8:
        promised = int.from_bytes(head[:4], "big")
        at += promised + 12
        if at > length and promised > _MOST_PROMISED:
            return True
        file.seek(at)
    return False


def _bmp(head: bytes) -> Size:
    if struct.unpack("<I", head[14:18])[0] == 12:  # as OS/2 wrote them
        return struct.unpack("<HH", head[18:22])
    width, height = struct.unpack("<ii", head[18:26])
    return abs(width), abs(height)


def _webp(head: bytes) -> Size | None:
    kind = head[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack("<I", head[21:25])[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", head[26:30])
    return width & 0x3FFF, height & 0x3FFF


def _jpeg(file: BinaryIO) -> Size | None:
    file.seek(0)
    data = file.read(MAX_BYTES)
    at = 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:  # decoders pass over what is between segments
        at, mark = at + 1, data[at + 1]
        if mark == 0xFF:
            continue
        at += 1
        if mark in _JPEG_FRAMES:
            height, width = struct.unpack_from(">3xHH", data, at)
            return width, height
        if mark not in _JPEG_ALONE:
            at += max(struct.unpack_from(">H", data, at)[0], 2)
    return None


def _tiff(file: BinaryIO, order: str) -> Size | None:
    file.seek(4)
    file.seek(struct.unpack(order + "I", file.read(4))[0])
    sides = {}
    for _ in range(struct.unpack(order + "H", file.read(2))[0]):
        entry = file.read(12)
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in _TIFF_TAGS and kind in _TIFF_TYPES:
            sides[tag] = struct.unpack_from(order + _TIFF_TYPES[kind], entry, 8)[0]
    return (sides[256], sides[257]) if len(sides) == len(_TIFF_TAGS) else None


def _others(head: bytes, file: BinaryIO) -> Size | None:
    """Return the size of a portable pixmap, an AVIF, a JPEG 2000, a Radiance HDR or a Sun raster."""
    file.seek(0)
    text = file.read(_HEAD_BYTES)
    if re.match(rb"P[1-7Ff]\s", head):
        numbers = _NUMBERS.findall(re.sub(rb"#[^\n]*", b"", text[2:]))[:2]
    elif head.startswith((b"#?RADIANCE", b"#?RGBE")):
        numbers = list(reversed(re.findall(rb"[-+][XY] (\d+)", text)[:2]))
    elif head.startswith(b"\x59\xa6\x6a\x95"):
        return struct.unpack(">II", head[4:12])
    elif head[4:8] in (b"ftyp", b"jP  "):
        sizes = [struct.unpack(">II", box) for box in re.findall(rb"ispe.{4}(.{8})", text, re.DOTALL)]
        sizes += [struct.unpack(">II", box)[::-1] for box in re.findall(rb"ihdr(.{8})", text, re.DOTALL)]
        return max(sizes, key=lambda size: size[0] * size[1], default=None)
    else:
        return None
    return (int(numbers[0][:9]), int(numbers[1][:9])) if len(numbers) == 2 else None
