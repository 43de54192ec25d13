"""Code signatures in Mach-O files, which macOS on arm64 runs nothing without.

Only what the kernel checks of every page is looked at: that what the signature covers is what the
file holds. Who signed is of no matter: linkers sign ad hoc. Layout and numbers are those of
``osfmk/kern/cs_blobs.h`` in Apple's published kernel sources.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

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
        good = [one.covers(data, start, place[0]) for one in directories]
    except ValueError as error:
        return f"has a code signature that cannot be read: {error}"
    if not good or not all(good):
        return "has a code signature that is not of its content: macOS on arm64 ends the program"
    return None


def signed_again(data: bytes, start: int, size: int, place: tuple[int, int]) -> bytes:
    """Return a file with the hashes of what a part of it holds in that part's ad hoc signature.

    The parameters are those of :func:`signature_flaw`.

    :raises ValueError: if the signature cannot be read, or is of something else.
    """
    signed = bytearray(data)
    for directory in _directories(_cut(data, start, size, *place)):
        if directory.limit != place[0]:
            raise ValueError("its code signature is not of all that is in front of it")
        hashes = b"".join(directory.hashes_of(data, start))
        if len(hashes) != len(directory.listed):
            raise ValueError("its code signature is not of all of its pages")
        at = start + place[0] + directory.offset + directory.hashes
        signed[at : at + len(hashes)] = hashes
    return bytes(signed)


def _cut(data: Data, start: int, size: int, offset: int, length: int) -> bytes:
    if offset + length > size:
        raise ValueError("it is cut off")
    return cut(data, start + offset, length, "it")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Directory:
    """A code directory: the hashes of pages, for one kind of hash."""

    offset: int
    """In the signature."""
    hashes: int
    """Where they are in the directory."""
    listed: bytes
    limit: int
    """How much of the part they are of."""
    width: int
    """Bytes of a hash."""
    kind: int
    step: int
    """Bytes of a page."""

    def covers(self, data: Data, start: int, end: int) -> bool:
        """Tell whether the hashes are those of all pages in front of the signature."""
        usual = self.width == _HASHES[self.kind][1] and self.limit == end
        pages = len(self.listed) // self.width if usual else 0
        if not usual or pages != -(-self.limit // self.step):
            return False
        return all(
            self.listed[number * self.width :][: self.width] == digest
            for number, digest in enumerate(self.hashes_of(data, start))
        )

    def hashes_of(self, data: Data, start: int) -> Iterator[bytes]:
        """Yield the hash of each page that a part holds."""
        algorithm, _ = _HASHES[self.kind]
        for at in range(start, start + self.limit, self.step):
            content = data[at : min(at + self.step, start + self.limit)]
            yield hashlib.new(algorithm, content).digest()[: self.width]


def _directories(signature: bytes) -> Iterator[_Directory]:
    """Yield the code directories: one for each kind of hash."""
    magic, length, count = struct.unpack(">3I", cut(signature, 0, 12, "its header"))
    if magic != _SIGNATURE or length > len(signature) or count > _MOST_BLOBS:
        raise ValueError("its header is damaged")
    for number in range(count):
        _, offset = struct.unpack(">2I", cut(signature, 12 + 8 * number, 8, "its index"))
        magic, length = struct.unpack(">2I", cut(signature, offset, 8, "a part of it"))
        if magic == _DIRECTORY:
            yield _directory(offset, cut(signature, offset, length, "its code directory"))


def _directory(offset: int, content: bytes) -> _Directory:
    header = struct.Struct(">16xI8xII4B")
    fields = header.unpack(cut(content, 0, header.size, "its code directory"))
    hashes, pages, limit, width, kind, _, page = fields
    if kind not in _HASHES or page not in _PAGES:
        raise ValueError("its hashes are of an unknown kind")
    return _Directory(
        offset=offset,
        hashes=hashes,
        listed=cut(content, hashes, pages * width, "its hashes"),
        limit=limit,
        width=width,
        kind=kind,
        step=1 << page,
    )
