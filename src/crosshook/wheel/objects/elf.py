"""ELF files as the dynamic loader reads them: by their program headers and ``PT_DYNAMIC``.

Section headers, which linkers and debuggers go by, may say something else or be missing. They are
looked at for what the loader does not read: whether the file is all there, and ``.ARM.attributes``.
Numbers are those of the System V ABI and of glibc's ``elf.h``.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from crosshook.wheel.objects.arm_attributes import floating_point_arguments
from crosshook.wheel.objects.bounded import Data, cut, text_at
from crosshook.wheel.objects.image import SHARED_LIBRARY, Image, Import

MAGIC = b"\x7fELF"

_KINDS = {1: "relocatable", 2: "executable", 3: "shared library", 4: "core dump"}
_LOAD, _DYNAMIC, _STACK = 1, 2, 0x6474E551
_EXECUTABLE = 1

_NULL, _NEEDED, _PLTRELSZ, _HASH, _STRTAB, _SYMTAB, _RELA, _RELASZ = 0, 1, 2, 4, 5, 6, 7, 8
_STRSZ, _SONAME, _RPATH, _REL, _RELSZ, _PLTREL, _TEXTREL, _JMPREL = 10, 14, 15, 17, 18, 20, 22, 23
_RUNPATH, _FLAGS, _GNU_HASH, _VERSYM = 29, 30, 0x6FFFFEF5, 0x6FFFFFF0
_FLAGS_1, _VERNEED = 0x6FFFFFFB, 0x6FFFFFFE
_FLAG_TEXTREL, _FLAG_1_PIE = 0x4, 0x08000000

_NOBITS, _ARM_ATTRIBUTES = 8, 0x70000003
_ARM, _ARM_HARD_FLOAT = 40, 0x400
_WEAK = 2
_EXPORTED_BINDINGS = (1, _WEAK, 10)
_HIDDEN = (1, 2)
_VERSION_HIDDEN = 0x8000
_MOST_VERSIONS = 0x8000
"""Symbols name a version by a number of 15 bits."""


def read_elf(data: Data) -> Image:
    """Return what the loader reads of an ELF file.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    file = _File(data)
    attributes = _check_sections(file)
    flaws = []
    stack = [s.flags for s in file.segments if s.kind == _STACK]
    if stack and stack[0] & _EXECUTABLE:
        flaws.append("needs an executable stack, which loaders and systems refuse")
    if file.machine == _ARM and file.flags & _ARM_HARD_FLOAT and attributes is not None:
        registers = floating_point_arguments(attributes, file.order)
        if registers is False:
            flaws.append("says hard float in its header, and passes floats in integer registers")
    kind = _KINDS.get(file.type, "object file")
    dynamic = next((s for s in file.segments if s.kind == _DYNAMIC), None)
    if dynamic is None and kind == SHARED_LIBRARY:
        flaws.append("has no dynamic segment, so that no loader takes it")
    image = Image(
        machine=file.machine,
        kind=kind,
        flags=file.flags,
        pointer_size=8 if file.wide else 4,
        big_endian=file.order == ">",
        flaws=tuple(flaws),
    )
    return image if dynamic is None else _with_dynamic(image, _Dynamic(file, dynamic))


def without_search_paths(data: bytes, unwanted: Callable[[str], bool]) -> bytes:
    """Return an ELF file that looks for libraries in no directory that is unwanted.

    What is left of a list of directories is written over it, as ``chrpath`` does.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    file = _File(data)
    changed = bytearray(data)
    for segment in (s for s in file.segments if s.kind == _DYNAMIC):
        dynamic = _Dynamic(file, segment)
        for index in (i for tag in (_RPATH, _RUNPATH) for i in dynamic.entries.get(tag, ())):
            paths = dynamic.strings[index:].partition(b"\0")[0]
            kept = (path for path in paths.split(b":") if not unwanted(os.fsdecode(path)))
            start, _ = file.behind(dynamic.number(_STRTAB) + index)
            changed[start : start + len(paths)] = b":".join(kept).ljust(len(paths), b"\0")
    return bytes(changed)


def _with_dynamic(image: Image, dynamic: _Dynamic) -> Image:
    """Return an image with what its dynamic segment says."""
    kind = image.kind
    if dynamic.number(_FLAGS_1) & _FLAG_1_PIE:
        kind = "executable"
    required = dynamic.required_versions()
    text = _TEXTREL in dynamic.entries or dynamic.number(_FLAGS) & _FLAG_TEXTREL
    imports, exports = dynamic.symbols(required)
    return replace(
        image,
        kind=kind,
        name=next(iter(dynamic.texts(_SONAME)), None),
        needed=dynamic.texts(_NEEDED),
        rpath=_directories(dynamic.texts(_RPATH)),
        runpath=_directories(dynamic.texts(_RUNPATH)),
        imports=imports,
        exports=exports,
        versions=tuple(dict.fromkeys(name for _, name in required.values())),
        oddities=("has text relocations, which hardened systems refuse",) if text else (),
    )


def _directories(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for path in paths for part in path.split(":") if part))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Segment:
    kind: int
    flags: int
    offset: int
    address: int
    size: int
    """In the file."""


class _File:
    """The header of a file, and its program headers."""

    def __init__(self, data: Data) -> None:
        identity = cut(data, 0, 16, "its header")
        if identity[4] not in (1, 2) or identity[5] not in (1, 2):
            raise ValueError("its header names no word size, or no byte order")
        self.data = data
        self.wide = identity[4] == 2
        self.order = "<" if identity[5] == 1 else ">"
        word = "Q" if self.wide else "I"
        header = struct.Struct(f"{self.order}HHI3{word}I6H")
        fields = header.unpack(cut(data, 16, header.size, "its header"))
        self.type, self.machine, self.flags = fields[0], fields[1], fields[6]
        self.sections = (fields[5], fields[10], fields[11])
        self.segments = tuple(self._read_segments(*fields[4:5], *fields[8:10]))

    def _read_segments(self, offset: int, size: int, count: int) -> Iterator[_Segment]:
        layout = struct.Struct(f"{self.order}{'IIQQQQQQ' if self.wide else '8I'}")
        if count and size != layout.size:
            raise ValueError("its program headers have an odd size")
        table = cut(self.data, offset, count * layout.size, "its table of program headers")
        for fields in layout.iter_unpack(table):
            if self.wide:
                kind, flags, start, address, _, length, *_ = fields
            else:
                kind, start, address, _, length, _, flags, _ = fields
            if kind in (_LOAD, _DYNAMIC) and start + length > len(self.data):
                raise ValueError("a segment is larger than the file")
            yield _Segment(kind=kind, flags=flags, offset=start, address=address, size=length)

    def behind(self, address: int) -> tuple[int, int]:
        """Return where in the file an address is, and how many bytes of its segment follow."""
        for segment in self.segments:
            distance = address - segment.address
            if segment.kind == _LOAD and 0 <= distance < segment.size:
                return segment.offset + distance, segment.size - distance
        raise ValueError(f"the address 0x{address:x} is in none of its segments")

    def part(self, address: int, size: int, what: str) -> bytes:
        """Return what is at an address."""
        if size == 0:
            return b""
        offset, follows = self.behind(address)
        if size > follows:
            raise ValueError(f"{what} is larger than its segment")
        return cut(self.data, offset, size, what)


def _check_sections(file: _File) -> bytes | None:
    """Check that all sections are in the file; return the content of ``.ARM.attributes``."""
    offset, size, count = file.sections
    if offset == 0 or count == 0:
        return None
    layout = struct.Struct(f"{file.order}{'IIQQQQIIQQ' if file.wide else '10I'}")
    if size != layout.size:
        raise ValueError("its section headers have an odd size")
    attributes = None
    table = cut(file.data, offset, count * size, "its table of section headers")
    for number, fields in enumerate(layout.iter_unpack(table)):
        kind, start, length = fields[1], fields[4], fields[5]
        if kind not in (0, _NOBITS) and start + length > len(file.data):
            raise ValueError(f"section {number} is larger than the file")
        if kind == _ARM_ATTRIBUTES and file.machine == _ARM:
            attributes = cut(file.data, start, length, "a section")
    return attributes


class _Dynamic:
    """The dynamic segment, and what it points to."""

    def __init__(self, file: _File, segment: _Segment) -> None:
        self.file = file
        self.entries: dict[int, list[int]] = {}
        layout = struct.Struct(f"{file.order}{'QQ' if file.wide else 'II'}")
        size = segment.size - segment.size % layout.size
        for tag, value in layout.iter_unpack(file.part(segment.address, size, "PT_DYNAMIC")):
            if tag == _NULL:
                break
            self.entries.setdefault(tag, []).append(value)

    def number(self, tag: int) -> int:
        """Return an entry's value, of several the last one's as loaders do; 0 without one."""
        return self.entries.get(tag, [0])[-1]

    @cached_property
    def strings(self) -> bytes:
        return self.file.part(self.number(_STRTAB), self.number(_STRSZ), "its table of strings")

    def texts(self, tag: int) -> tuple[str, ...]:
        return tuple(text_at(self.strings, value) for value in self.entries.get(tag, ()))

    def required_versions(self) -> dict[int, tuple[str, str]]:
        """Return library and name of each required version, by its index."""
        found: dict[int, tuple[str, str]] = {}
        if not (address := self.number(_VERNEED)):
            return found
        offset, size = self.file.behind(address)
        table, at = cut(self.file.data, offset, size, "its table of versions"), 0
        need, auxiliary = (struct.Struct(self.file.order + f) for f in ("HHIII", "IHHII"))
        left = _MOST_VERSIONS
        while True:
            # How many there are is said elsewhere, and not believed: each only leads on.
            _, _, library, first, following = need.unpack(cut(table, at, 16, "a version"))
            name, place = text_at(self.strings, library), at + first
            while True:
                _, _, index, text, on = auxiliary.unpack(cut(table, place, 16, "a version"))
                found[index & ~_VERSION_HIDDEN] = (name, text_at(self.strings, text))
                place, left = place + on, left - 1
                if left == 0:
                    raise ValueError("it requires more versions than there can be")
                if on == 0:
                    break
            at += following
            if following == 0:
                return found

    def symbols(
        self, required: Mapping[int, tuple[str, str]]
    ) -> tuple[tuple[Import, ...], frozenset[str]]:
        """Return what the relocations need and other files have to define, and what it exports."""
        used = self._used_symbols()
        exported = self._hashed_symbols()
        count = max((max(used, default=-1) + 1, exported))
        layout = struct.Struct(f"{self.file.order}{'IBBHQQ' if self.file.wide else 'IIIBBH'}")
        table = self.file.part(self.number(_SYMTAB), count * layout.size, "its table of symbols")
        versions = self._version_indices(count)
        imports: dict[Import, None] = {}
        exports = set()
        for index, fields in enumerate(layout.iter_unpack(table)):
            if self.file.wide:
                name, info, other, section, _, _ = fields
            else:
                name, _, _, info, other, section = fields
            if section != 0:
                if info >> 4 in _EXPORTED_BINDINGS and other & 3 not in _HIDDEN:
                    exports.add(text_at(self.strings, name))
            elif index in used and index and info >> 4 != _WEAK:
                version = versions[index] & ~_VERSION_HIDDEN if versions else 0
                library, _ = required.get(version, (None, None))
                imports[Import(name=text_at(self.strings, name), library=library)] = None
        return tuple(imports), frozenset(exports)

    def _version_indices(self, count: int) -> array[int] | None:
        if not (address := self.number(_VERSYM)):
            return None
        return self._integers("H", self.file.part(address, 2 * count, "its versions of symbols"))

    def _integers(self, kind: str, data: bytes) -> array[int]:
        numbers = array(kind, data)
        if (self.file.order == "<") != (struct.pack("=H", 1) == b"\1\0"):
            numbers.byteswap()
        return numbers

    def _used_symbols(self) -> set[int]:
        """Return the indices of the symbols that relocations name."""
        with_addend = self.number(_PLTREL) == _RELA
        tables = (
            (self.number(_RELA), self.number(_RELASZ), True),
            (self.number(_REL), self.number(_RELSZ), False),
            (self.number(_JMPREL), self.number(_PLTRELSZ), with_addend),
        )
        word, size, shift = ("Q", 8, 32) if self.file.wide else ("I", 4, 8)
        used: set[int] = set()
        for address, length, addend in tables:
            step = 3 if addend else 2
            table = self.file.part(address, length - length % (step * size), "its relocations")
            # Most relocations name no symbol, and differ in nothing but their address.
            infos = set(self._integers(word, table)[1::step])
            used |= {info >> shift for info in infos}
        return used

    def _hashed_symbols(self) -> int:
        """Return how many symbols there are, as far as the tables say that find them by name."""
        order, count = self.file.order, 0
        if address := self.number(_HASH):
            (count,) = struct.unpack(f"{order}I", self.file.part(address + 4, 4, "DT_HASH"))
        if address := self.number(_GNU_HASH):
            header = self.file.part(address, 16, "DT_GNU_HASH")
            buckets, first, bloom, _ = struct.unpack(f"{order}4I", header)
            at = address + 16 + bloom * (8 if self.file.wide else 4)
            last = max(
                self._integers("I", self.file.part(at, 4 * buckets, "DT_GNU_HASH")), default=0
            )
            count = max(count, first)
            if last >= first:
                count = max(count, last + 1 + self._rest(at + 4 * buckets + 4 * (last - first)))
        return count

    def _rest(self, address: int) -> int:
        """Return how many entries of a chain follow the one at an address."""
        offset, size = self.file.behind(address)
        chain = self._integers("I", cut(self.file.data, offset, size - size % 4, "DT_GNU_HASH"))
        for number, entry in enumerate(chain):
            if entry & 1:
                return number
        raise ValueError("DT_GNU_HASH has no end")
