"""PE files: what Windows' loader reads of a program or a DLL.

Layout and numbers are those of Microsoft's "PE Format".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from crosshook.wheel.objects.bounded import Data, cut
from crosshook.wheel.objects.image import Image, Import

MAGIC = b"MZ"
_SIGNATURE = b"PE\0\0"

_IS_DLL = 0x2000
_PE32, _PE32_PLUS = 0x10B, 0x20B
_EXPORTS, _IMPORTS, _DELAYED = 0, 1, 13
_BY_ADDRESS = 1
"""An attribute of a delayed import: its fields are relative to the image, as linkers write them."""
_SUBSYSTEMS = {
    1: "native",
    2: "Windows",
    3: "Windows",
    5: "OS/2",
    7: "POSIX",
    9: "Windows CE",
    10: "EFI",
    11: "EFI",
    12: "EFI",
    13: "EFI",
    14: "Xbox",
    16: "a boot application",
}
_MOST_NAMES = 1_000_000
"""Of imports and of exports: tables may overlap, and so claim more than the file has bytes."""


def is_pe(data: Data) -> bool:
    """Tell whether a file that starts like a DOS program is more: text may start so as well."""
    offset = int.from_bytes(data[0x3C:0x40], "little")
    return data[offset : offset + 4] == _SIGNATURE


def read_pe(data: Data) -> Image:
    """Return what the loader reads of a PE file.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    file = _File(data)
    return Image(
        machine=file.machine,
        kind="shared library" if file.characteristics & _IS_DLL else "executable",
        needed=tuple(dict.fromkeys(table.dll for table in file.tables)),
        optional=frozenset(table.dll for table in file.tables if table.is_delayed)
        - {table.dll for table in file.tables if not table.is_delayed},
        imports=tuple(dict.fromkeys(file.imports())),
        exports=frozenset(file.exports()),
        system=_SUBSYSTEMS.get(file.subsystem, f"subsystem {file.subsystem}"),
        system_version=file.subsystem_version,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Section:
    address: int
    size: int
    """In memory; what is not in the file is zeros."""
    offset: int
    in_file: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """What is imported from a DLL."""

    dll: str
    names: int
    """The address of a table of names and numbers."""
    is_delayed: bool
    """Whether the DLL is loaded when the first of it is called, and may be missing till then."""


class _File:
    def __init__(self, data: Data) -> None:
        self.data = data
        at = int.from_bytes(cut(data, 0x3C, 4, "its header"), "little")
        header = struct.unpack("<HH12xHH", cut(data, at + 4, 20, "its header"))
        self.machine, count, size, self.characteristics = header
        optional = cut(data, at + 24, size, "its header")
        (magic,) = struct.unpack("<H", cut(optional, 0, 2, "its optional header"))
        if magic not in (_PE32, _PE32_PLUS):
            raise ValueError(f"its optional header has the magic number 0x{magic:x}")
        self.wide = magic == _PE32_PLUS
        version = struct.unpack("<HH", cut(optional, 48, 4, "its optional header"))
        self.subsystem_version = (version[0], version[1])
        (self.subsystem,) = struct.unpack("<H", cut(optional, 68, 2, "its optional header"))
        self.base = int.from_bytes(optional[24:32] if self.wide else optional[28:32], "little")
        directories = 112 if self.wide else 96
        (number,) = struct.unpack("<I", cut(optional, directories - 4, 4, "its optional header"))
        listed = cut(optional, directories, 8 * min(number, 16), "its data directories")
        self.directories = tuple(struct.iter_unpack("<II", listed))
        self.sections = tuple(self._read_sections(at + 24 + size, count))
        self.tables = tuple(self._tables())

    def _read_sections(self, offset: int, count: int) -> Iterator[_Section]:
        table = cut(self.data, offset, 40 * count, "its table of sections")
        for name, size, address, in_file, start in struct.iter_unpack("<8s4I16x", table):
            # Without a place in the file, a section has no data there, whatever its size.
            if start and start + in_file > len(self.data):
                called = name.rstrip(b"\0").decode("latin-1")
                raise ValueError(f"section {called} is cut off")
            yield _Section(
                address=address,
                size=max(size, in_file),
                offset=start,
                in_file=in_file if start else 0,
            )

    def directory(self, number: int) -> int:
        """Return the address of a table; 0 if there is none."""
        return int(self.directories[number][0]) if number < len(self.directories) else 0

    def behind(self, address: int) -> tuple[int, int]:
        """Return where in the file an address is, and how many bytes of its section follow."""
        for section in self.sections:
            distance = address - section.address
            if 0 <= distance < section.size:
                return section.offset + distance, max(section.in_file - distance, 0)
        raise ValueError(f"the address 0x{address:x} is in none of its sections")

    def part(self, address: int, size: int) -> bytes:
        """Return a small table."""
        offset, follows = self.behind(address)
        # What is not in the file is zeros in memory.
        return self.data[offset : offset + min(size, follows)].ljust(size, b"\0")

    def text(self, address: int) -> str:
        offset, follows = self.behind(address)
        end = self.data.find(b"\0", offset, offset + follows)
        if end < 0:
            raise ValueError("a name is cut off")
        return self.data[offset:end].decode("latin-1")

    def _tables(self) -> Iterator[_Table]:
        """Yield what is imported from DLLs, each spelled as it is the first time.

        A linker writes one table for each import library, so a DLL may have several.
        """
        spelled: dict[str, str] = {}

        def table(dll: str, names: int, is_delayed: bool) -> _Table:
            name = spelled.setdefault(dll.lower(), dll)
            return _Table(dll=name, names=names, is_delayed=is_delayed)

        if at := self.directory(_IMPORTS):
            while True:
                names, _, _, dll, bound = struct.unpack("<5I", self.part(at, 20))
                if dll == 0:
                    break
                yield table(self.text(dll), names or bound, False)
                at += 20
        if at := self.directory(_DELAYED):
            while True:
                attributes, dll, _, _, names = struct.unpack("<5I12x", self.part(at, 32))
                if dll == 0:
                    break
                base = 0 if attributes & _BY_ADDRESS else self.base
                yield table(self.text(dll - base), names - base, True)
                at += 32

    def imports(self) -> Iterator[Import]:
        total = 0
        for table in self.tables:
            for thunk in self._thunks(table.names):
                total += 1
                if total > _MOST_NAMES:
                    raise ValueError("it imports more names than there can be")
                by_number = thunk >> (63 if self.wide else 31)
                # In front of a name are two bytes that are a guess at its number.
                name = f"#{thunk & 0xFFFF}" if by_number else self.text((thunk & 0x7FFFFFFF) + 2)
                yield Import(name=name, library=table.dll)

    def _thunks(self, address: int) -> Iterator[int]:
        offset, follows = self.behind(address)
        size, kind = (8, "<Q") if self.wide else (4, "<I")
        for at in range(offset, offset + follows - size + 1, size):
            (thunk,) = struct.unpack(kind, self.data[at : at + size])
            if thunk == 0:
                return
            yield thunk
        raise ValueError("a table of imports has no end")

    def exports(self) -> Iterator[str]:
        if not (at := self.directory(_EXPORTS)):
            return
        count, _, names, _ = struct.unpack("<4I", self.part(at, 40)[24:40])
        if count > _MOST_NAMES:
            raise ValueError("it exports more names than there can be")
        if count == 0:
            return
        offset, follows = self.behind(names)
        if 4 * count > follows:
            raise ValueError("its table of exports is larger than its section")
        for (name,) in struct.iter_unpack("<I", cut(self.data, offset, 4 * count, "a table")):
            yield self.text(name)
