"""Mach-O files: what the load commands of each processor's part say.

Numbers are those of Apple's ``mach-o/loader.h``, ``mach-o/fat.h`` and ``mach-o/nlist.h``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from crosshook.wheel.objects.bounded import Data, cut, text_at
from crosshook.wheel.objects.code_signature import signature_flaw, signed_again
from crosshook.wheel.objects.image import Image, Import

MAGIC = (
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
)
FAT_MAGIC = b"\xca\xfe\xba\xbe"
FAT_64_MAGIC = b"\xca\xfe\xba\xbf"

ARM64 = 0x0100000C
ARM64E = ARM64 | 2 << 32
"""Apple's own ABI with signed pointers is a subtype; here it is a machine number of its own."""

_MOST_PARTS = 44
"""More processors than Apple ever had. A Java class file, which has the same magic number, has its
version where the count is, 45 and up."""
_MOST_COMMANDS = 20_000
"""Linkers write some dozens; ``dyld`` wants them all in the first segment."""

_KINDS = {
    0x1: "relocatable",
    0x2: "executable",
    0x6: "shared library",
    0x8: "shared library",
    0xA: "debug symbols",
    0xB: "kernel extension",
}
_LOADED = ("executable", "shared library")
_PLATFORMS = {
    1: "macOS",
    2: "iOS",
    3: "tvOS",
    4: "watchOS",
    5: "bridgeOS",
    6: "Mac Catalyst",
    7: "the iOS simulator",
    8: "the tvOS simulator",
    9: "the watchOS simulator",
    10: "DriverKit",
    11: "visionOS",
    12: "the visionOS simulator",
}
_MINIMA = {0x24: "macOS", 0x25: "iOS", 0x2F: "tvOS", 0x30: "watchOS"}
"""``LC_VERSION_MIN_*``, which linkers wrote before 2018."""

_REQUIRED = 0x80000000
_SEGMENT, _SYMTAB, _SEGMENT_64, _ID_DYLIB = 0x1, 0x2, 0x19, 0xD
_LOAD_WEAK, _REEXPORT = 0x18 | _REQUIRED, 0x1F | _REQUIRED
_DYLIBS = (0xC, _LOAD_WEAK, _REEXPORT, 0x20, 0x23 | _REQUIRED)
_RPATH, _CODE_SIGNATURE, _BUILD_VERSION = 0x1C | _REQUIRED, 0x1D, 0x32

_TWO_LEVEL, _FORCE_FLAT = 0x80, 0x100
_STAB, _PRIVATE, _TYPE, _EXTERNAL = 0xE0, 0x10, 0x0E, 0x01
_WEAK_REFERENCE = 0x40
_FIRST_SPECIAL_ORDINAL = 0xFE
"""Ordinals from here on stand for flat look-up and for the program itself."""


def read_mach_o(data: Data) -> tuple[Image, ...]:
    """Return the parts of a Mach-O file, thin or fat.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    return tuple(_image(data, offset, size) for offset, size in _places(data))


def without_search_paths(data: bytes, unwanted: Callable[[str], bool]) -> bytes:
    """Return a Mach-O file that looks for libraries in no directory that is unwanted.

    The load commands that name one are taken out, as ``install_name_tool -delete_rpath`` does, and
    what was signed ad hoc is again.

    :raises ValueError: if it is cut off, or says what it does not hold.
    """
    for start, size in _places(data):
        part = _Part(data, start, size)
        kept, signature = [], None
        for kind, command in part.commands():
            if kind == _CODE_SIGNATURE:
                signature = part.numbers(command, 8, 2)
            if kind != _RPATH or not unwanted(_path(command, *part.numbers(command, 8, 1))):
                kept.append(command)
        if len(kept) == part.count:
            continue
        data = part.with_commands(kept)
        if signature is not None:
            data = signed_again(data, start, size, (signature[0], signature[1]))
    return data


def _places(data: Data) -> Iterator[tuple[int, int]]:
    magic = data[:4]
    if magic in MAGIC:
        yield 0, len(data)
        return
    layout = struct.Struct(">IIQQII" if magic == FAT_64_MAGIC else ">5I")
    (count,) = struct.unpack(">I", cut(data, 4, 4, "its header"))
    if count > _MOST_PARTS:
        raise ValueError(f"it claims to hold code for {count} processors")
    for fields in layout.iter_unpack(cut(data, 8, count * layout.size, "its table of parts")):
        offset, size = fields[2], fields[3]
        if offset + size > len(data):
            raise ValueError("a part is cut off")
        yield offset, size


@dataclass(kw_only=True, slots=True)
class _Commands:
    """What the load commands say, as far as they are read."""

    name: str | None = None
    needed: list[str] = field(default_factory=list)
    """With repetitions: symbols name a library by its number in this order."""
    optional: set[str] = field(default_factory=set)
    reexported: list[str] = field(default_factory=list)
    rpath: list[str] = field(default_factory=list)
    systems: dict[str, tuple[int, int]] = field(default_factory=dict)
    symbols: tuple[int, int, int, int] | None = None
    signature: tuple[int, int] | None = None


class _Part:
    """The header of one processor's part."""

    def __init__(self, data: Data, start: int, size: int) -> None:
        self.data, self.start, self.size = data, start, size
        magic = self.cut(0, 4, "its header")
        if magic not in MAGIC:
            raise ValueError("a part is no Mach-O")
        self.order = ">" if magic[0] == 0xFE else "<"
        self.wide = 0xCF in magic
        header = struct.unpack(f"{self.order}6I", self.cut(4, 24, "its header"))
        self.cpu, self.subtype, self.type, self.count, self.length, self.flags = header

    @property
    def is_two_level(self) -> bool:
        """Whether symbols name the library that they are from."""
        return bool(self.flags & _TWO_LEVEL) and not self.flags & _FORCE_FLAT

    @property
    def header_size(self) -> int:
        return 32 if self.wide else 28

    def numbers(self, command: bytes, at: int, count: int) -> tuple[int, ...]:
        """Return what a load command has at an offset."""
        text = cut(command, at, 4 * count, "a load command")
        return struct.unpack(f"{self.order}{count}I", text)

    def with_commands(self, commands: Sequence[bytes]) -> bytes:
        """Return the file with some of the load commands, and nothing where the others were."""
        changed, text = bytearray(self.data), b"".join(commands)
        # In the header, their number and their size in bytes come one after the other.
        counts = struct.pack(f"{self.order}2I", len(commands), len(text))
        changed[self.start + 16 : self.start + 24] = counts
        first = self.start + self.header_size
        changed[first : first + self.length] = text.ljust(self.length, b"\0")
        return bytes(changed)

    def cut(self, offset: int, size: int, what: str) -> bytes:
        if offset + size > self.size:
            raise ValueError(f"{what} is cut off")
        return cut(self.data, self.start + offset, size, what)

    def commands(self) -> Iterator[tuple[int, bytes]]:
        """Yield number and content of each load command."""
        if self.count > _MOST_COMMANDS:
            raise ValueError(f"it claims {self.count} load commands")
        at, everything = 0, self.cut(self.header_size, self.length, "its load commands")
        for _ in range(self.count):
            kind, size = struct.unpack(f"{self.order}2I", cut(everything, at, 8, "a load command"))
            if size < 8:
                raise ValueError("a load command is smaller than its header")
            yield kind, cut(everything, at, size, "a load command")
            at += size


def _image(data: Data, start: int, size: int) -> Image:
    part = _Part(data, start, size)
    said = _Commands()
    for number, command in part.commands():
        _note(said, part, number, command)
    imports, exports = _symbols(part, said)
    kind = _KINDS.get(part.type, "object file")
    machine = part.cpu
    if part.cpu == ARM64 and part.subtype & 0xFFFFFF == 2:
        machine = ARM64E
    flaws: tuple[str, ...] = ()
    if part.cpu == ARM64 and kind in _LOADED:
        flaw = signature_flaw(data, start, size, said.signature)
        flaws = (flaw,) if flaw is not None else ()
    # Libraries for macOS and Catalyst ("zippered") say both.
    system = "macOS" if "macOS" in said.systems else next(iter(said.systems), None)
    return Image(
        machine=machine,
        kind=kind,
        name=said.name,
        needed=tuple(dict.fromkeys(said.needed)),
        optional=frozenset(said.optional),
        reexported=tuple(said.reexported),
        rpath=tuple(dict.fromkeys(said.rpath)),
        imports=imports,
        exports=exports,
        system=system,
        system_version=said.systems.get(system) if system is not None else None,
        flaws=flaws,
    )


def _note(said: _Commands, part: _Part, kind: int, command: bytes) -> None:
    def number(at: int) -> int:
        return part.numbers(command, at, 1)[0]

    if kind in _DYLIBS:
        library = _path(command, number(8))
        said.needed.append(library)
        if kind == _LOAD_WEAK:
            said.optional.add(library)
        elif kind == _REEXPORT:
            said.reexported.append(library)
    elif kind == _ID_DYLIB:
        said.name = _path(command, number(8))
    elif kind == _RPATH:
        said.rpath.append(_path(command, number(8)))
    elif kind in _MINIMA:
        said.systems[_MINIMA[kind]] = _version(number(8))
    elif kind == _BUILD_VERSION:
        platform = _PLATFORMS.get(number(8), f"platform {number(8)}")
        said.systems[platform] = _version(number(12))
    elif kind == _SYMTAB:
        said.symbols = (number(8), number(12), number(16), number(20))
    elif kind == _CODE_SIGNATURE:
        said.signature = (number(8), number(12))
    elif kind in (_SEGMENT, _SEGMENT_64):
        layout = f"{part.order}{'4Q' if kind == _SEGMENT_64 else '4I'}"
        content = cut(command, 24, struct.calcsize(layout), "a load command")
        _, _, offset, size = struct.unpack(layout, content)
        if offset + size > part.size:
            raise ValueError("a segment is cut off")


def _path(command: bytes, offset: int) -> str:
    return command[offset:].partition(b"\0")[0].decode("utf-8", errors="replace")


def _version(number: int) -> tuple[int, int]:
    return number >> 16, number >> 8 & 0xFF


def _symbols(part: _Part, said: _Commands) -> tuple[tuple[Import, ...], frozenset[str]]:
    if said.symbols is None:
        return (), frozenset()
    offset, count, strings_at, strings_size = said.symbols
    layout = struct.Struct(f"{part.order}{'IBBHQ' if part.wide else 'IBBHI'}")
    strings = part.cut(strings_at, strings_size, "its table of strings")
    table = part.cut(offset, count * layout.size, "its symbol table")
    imports: dict[Import, None] = {}
    exports = set()
    for name, kind, _, description, value in layout.iter_unpack(table):
        if kind & _STAB or not kind & _EXTERNAL:
            continue
        if kind & _TYPE:
            if not kind & _PRIVATE:
                exports.add(text_at(strings, name).removeprefix("_"))
        elif value == 0 and not description & _WEAK_REFERENCE:
            library = _library(description >> 8, said.needed) if part.is_two_level else None
            imports[Import(name=text_at(strings, name).removeprefix("_"), library=library)] = None
    return tuple(imports), frozenset(exports)


def _library(ordinal: int, needed: Sequence[str]) -> str | None:
    """Return the library of a number, which counts from 1; None where any library will do."""
    if ordinal == 0 or ordinal >= _FIRST_SPECIAL_ORDINAL:
        return None
    if ordinal > len(needed):
        raise ValueError(f"a symbol is from its library {ordinal}, and it needs {len(needed)}")
    return needed[ordinal - 1]
