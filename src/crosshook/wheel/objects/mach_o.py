"""Mach-O files, as ``macholib`` reads them: what each processor's part of one says."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from macholib import mach_o
from macholib.MachO import MachO, MachOHeader
from macholib.SymbolTable import SymbolTable

MAGIC = (
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
FAT_MAGIC = b"\xca\xfe\xba\xbe"
FAT_64_MAGIC = b"\xca\xfe\xba\xbf"

_KINDS = {
    mach_o.MH_OBJECT: "relocatable",
    mach_o.MH_EXECUTE: "executable",
    mach_o.MH_DYLIB: "shared library",
    mach_o.MH_BUNDLE: "shared library",
}
_DYLIBS = (
    mach_o.LC_LOAD_DYLIB,
    mach_o.LC_LOAD_WEAK_DYLIB,
    mach_o.LC_REEXPORT_DYLIB,
    mach_o.LC_LAZY_LOAD_DYLIB,
    mach_o.LC_LOAD_UPWARD_DYLIB,
)
_SEGMENTS = (mach_o.LC_SEGMENT, mach_o.LC_SEGMENT_64)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """One processor's part."""

    cpu: int
    """``cputype`` of its header."""
    kind: str
    """For messages: ``shared library`` for libraries and bundles."""
    needed: tuple[str, ...]
    """Install names of the libraries that it is linked to."""
    rpath: tuple[str, ...]
    macos: tuple[int, int] | None
    """The oldest macOS that it says to run on."""
    symbols: tuple[str, ...]
    """Names of what it defines and exports, in C's spelling."""


def read_slices(data: bytes) -> tuple[Slice, ...]:
    """Return the parts of a Mach-O file, thin or fat.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    try:
        file = _File(data)
        return tuple(_slice(file, header) for header in file.headers)
    except Exception as error:  # The library raises anything at all.
        raise ValueError(f"it is cut off, or no Mach-O ({error})") from error


class _File(MachO):  # type: ignore[misc]
    """A Mach-O file in memory."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.filename = ""
        self.fat = None
        self.headers: list[MachOHeader] = []
        self.allow_unknown_load_commands = True
        self.load(io.BytesIO(data))

    def open(self, *ignored: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def _slice(file: _File, header: MachOHeader) -> Slice:
    if header.offset + header.size > len(file.data):
        raise ValueError("a part is cut off")
    needed: list[str] = []
    rpath: list[str] = []
    macos = None
    for load, command, rest in header.commands:
        kind = load.cmd
        if kind in _DYLIBS:
            needed.append(_text(rest))
        elif kind == mach_o.LC_RPATH:
            rpath.append(_text(rest))
        elif kind == mach_o.LC_VERSION_MIN_MACOSX:
            macos = _version(command.version)
        elif kind == mach_o.LC_BUILD_VERSION:
            macos = _version(command.minos) if command.platform == mach_o.PLATFORM_MACOS else None
        elif kind in _SEGMENTS and command.fileoff + command.filesize > header.size:
            raise ValueError("a segment is cut off")
    return Slice(
        cpu=int(header.header.cputype) & 0xFFFFFFFF,
        kind=_KINDS.get(header.header.filetype, "object file"),
        needed=tuple(dict.fromkeys(needed)),
        rpath=tuple(dict.fromkeys(rpath)),
        macos=macos,
        symbols=tuple(_symbols(file, header)),
    )


def _text(rest: bytes) -> str:
    return rest.partition(b"\0")[0].decode("utf-8", errors="replace")


def _version(number: Any) -> tuple[int, int]:
    return int(number) >> 16, int(number) >> 8 & 0xFF


def _symbols(file: _File, header: MachOHeader) -> Iterator[str]:
    command = header.getSymbolTableCommand()
    if command is None:
        return
    if command.stroff + command.strsize > header.size:
        raise ValueError("its symbol table is cut off")
    for entry, name in SymbolTable(file, header, openfile=file.open).nlists:
        if entry.n_type & mach_o.N_STAB or not entry.n_type & mach_o.N_EXT:
            continue
        if entry.n_type & mach_o.N_TYPE:
            yield name.decode("utf-8", errors="replace").removeprefix("_")
