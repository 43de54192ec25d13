"""Code signatures in Mach-O files, which macOS on arm64 runs nothing without.

Only what the kernel checks of every page is looked at: that what the signature covers is what the
file holds. Who signed is of no matter: linkers sign ad hoc. Layout and numbers are those of
``osfmk/kern/cs_blobs.h`` in Apple's published kernel sources.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator

from crosshook.wheel.objects.bounded import Data, cut

_SIGNATURE, _DIRECTORY = 0xFADE0CC0, 0xFADE0C02
_HASHES = {1: ("sha1", 20), 2: ("sha256", 32), 3: ("sha256", 20), 4: ("sha384", 48)}
_MOST_BLOBS = 100
_MOST_DIRECTORIES = len(_HASHES)
_PAGES = range(12, 21)
"""Sizes of pages as powers of two; linkers write pages of 4 or of 16 KiB."""


def signature_flaw(data: Data, start: int, size: int, place: tuple[int, int] | None) -> str | None:
    """Return what is wrong with the signature of a part of a file; None if nothing is.

    :param start: Where the part starts in the file, ``size`` bytes.
    :param place: Where in the part the signature is said to be, and its size.
    """
    if place is None:
        return "has no code signature, without which macOS on arm64 ends the program"
    try:
        signature = _cut(data, start, size, *place)
        directories = list(_directories(signature))
        if len(directories) > _MOST_DIRECTORIES:
            raise ValueError("it has more code directories than kinds of hashes")
        good = [_covers(data, start, place[0], directory) for directory in directories]
    except ValueError as error:
        return f"has a code signature that cannot be read: {error}"
    if not good or not all(good):
        return "has a code signature that is not of its content: macOS on arm64 ends the program"
    return None


def _cut(data: Data, start: int, size: int, offset: int, length: int) -> bytes:
    if offset + length > size:
        raise ValueError("it is cut off")
    return cut(data, start + offset, length, "it")


def _directories(signature: bytes) -> Iterator[bytes]:
    """Yield the code directories: one for each kind of hash."""
    magic, length, count = struct.unpack(">3I", cut(signature, 0, 12, "its header"))
    if magic != _SIGNATURE or length > len(signature) or count > _MOST_BLOBS:
        raise ValueError("its header is damaged")
    for number in range(count):
        _, offset = struct.unpack(">2I", cut(signature, 12 + 8 * number, 8, "its index"))
        magic, length = struct.unpack(">2I", cut(signature, offset, 8, "a part of it"))
        if magic == _DIRECTORY:
            yield cut(signature, offset, length, "its code directory")


def _covers(data: Data, start: int, end: int, directory: bytes) -> bool:
    """Tell whether a code directory has the hashes of all pages in front of the signature."""
    header = struct.Struct(">16xI8xII4B")
    fields = header.unpack(cut(directory, 0, header.size, "its code directory"))
    hashes, pages, limit, width, kind, _, page = fields
    if kind not in _HASHES or page not in _PAGES:
        raise ValueError("its hashes are of an unknown kind")
    algorithm, usual = _HASHES[kind]
    step = 1 << page
    if width != usual or limit != end or pages != -(-limit // step):
        return False
    listed = cut(directory, hashes, pages * width, "its hashes")
    for number in range(pages):
        at = start + number * step
        content = data[at : min(at + step, start + limit)]
        if hashlib.new(algorithm, content).digest()[:width] != listed[number * width :][:width]:
            return False
    return True
