"""``ar`` archives: static libraries (``.a``, ``.lib``) and import libraries."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from crosshook.wheel.objects import mach_o
from crosshook.wheel.objects.bounded import Data
from crosshook.wheel.objects.recognise import BIG_OBJECT, coff_machine, recognise

_LARGEST_HEADER = 64


def read_members(data: Data) -> tuple[tuple[str, int | None], ...]:
    """Return format and machine number of an archive's members, each pair once.

    None where the format names no machine (wasm, LLVM bitcode).

    :raises ValueError: if it is cut off, or if its members are outside it.
    """
    if data[:8] == b"!<thin>\n":
        raise ValueError("a thin archive: its members are files outside it")
    parts: dict[tuple[str, int | None], None] = {}
    for start, size in _members(data):
        parts.update(dict.fromkeys(parts_at(data, start, size)))
    return tuple(parts)


def parts_at(data: Data, start: int, size: int) -> tuple[tuple[str, int | None], ...]:
    """Return format and machines of an object file by its header alone: archives have thousands.

    :param start: Where it begins; empty for what is no object file.
    :raises ValueError: if the header is cut off.
    """
    head = data[start : start + min(size, _LARGEST_HEADER)]
    if head.startswith(BIG_OBJECT):
        return (("COFF", coff_machine(head)),)
    format_ = recognise(head, "member.o")
    if format_ == "ELF":
        return ((format_, _number(head, 18, "H", big=head[5:6] == b"\2")),)
    if format_ == "Mach-O" and head.startswith(mach_o.MAGIC):
        return ((format_, _number(head, 4, "I", big=head.startswith(b"\xfe"))),)
    if format_ == "Mach-O":
        content = data[start : start + size]
        return tuple((format_, image.machine) for image in mach_o.read_mach_o(content))
    if format_ == "PE":
        at = int.from_bytes(head[0x3C:0x40], "little")
        whole = at + 6 <= size and data[start + at : start + at + 4] == b"PE\0\0"
        return ((format_, _number(data[start + at : start + at + 6], 4, "H")),) if whole else ()
    if format_ == "COFF":
        return ((format_, coff_machine(head)),)
    return ((format_, None),) if format_ in ("wasm", "LLVM bitcode") else ()


def _number(head: bytes, at: int, kind: str, *, big: bool = False) -> int:
    size = struct.calcsize(kind)
    if len(head) < at + size:
        raise ValueError("the header of a member is cut off")
    return int.from_bytes(head[at : at + size], "big" if big else "little")


def _members(data: Data) -> Iterator[tuple[int, int]]:
    """Yield where members are, and their sizes, symbol tables left out.

    Names of more than 16 bytes are in front of the content in BSD's form (``#1/LENGTH``), and in a
    member of their own in the other one (``/OFFSET``), where they do not matter here.
    """
    offset = 8
    while offset + 60 <= len(data):
        name = data[offset : offset + 16].rstrip().decode("latin-1")
        size = int(data[offset + 48 : offset + 58].decode("ascii"))
        start, offset = offset + 60, offset + 60 + size + size % 2
        if size < 0 or start + size > len(data):
            raise ValueError(f"member {name} is cut off")
        skip = int(name[3:]) if name.startswith("#1/") else 0
        if not 0 <= skip <= size:
            raise ValueError(f"the name of member {name} is cut off")
        if name not in ("/", "//", "/SYM64/"):
            yield start + skip, size - skip
    if data[offset:].strip(b"\0\n"):
        raise ValueError("the header of a member is cut off")
