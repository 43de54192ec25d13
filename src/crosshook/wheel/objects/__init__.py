"""Object files: what they are, whatever their name, for which machine, and what they need.

A file is recognised by its first bytes; only what is recognised is parsed. Formats: ELF, PE, Mach-O
(thin and fat), ar archives (``.a``, ``.lib``), COFF objects, WebAssembly and LLVM bitcode.
"""

from __future__ import annotations

import io
import itertools
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pefile
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from crosshook.target.systems import ROWS
from crosshook.wheel.objects import mach_o

_MACH_O_CPUS = {7: "i386", 18: "powerpc"}
_JAVA_OLDEST_MAJOR = 45
_COFF_MACHINES = {0x14C, 0x8664, 0xAA64, 0x1C4, 0xA641, 0xA64E}
_BIG_OBJECT = b"\0\0\xff\xff"
"""Starts COFF objects of ``/bigobj`` and the short imports that import libraries consist of; the
machine number is 6 bytes in, where others start with it."""
_COFF_SECTION = re.compile(rb"[./][\w$./]{1,7}\0*")
_AR_MAGIC = (b"!<arch>\n", b"!<thin>\n")
_INIT_PREFIXES = ("PyInit_", "PyModExport_")
_ELF_MACHINES = {8: "mips", 258: "loongarch"}
_PE_MACHINES = {0x1C4: "arm", 0xA641: "arm64ec", 0xA64E: "arm64x"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectFile:
    """An object file inside a wheel."""

    name: str
    """Path inside the wheel; a member of an archive behind a colon."""
    format: str
    """``ELF``, ``PE``, ``COFF``, ``Mach-O``, ``ar``, ``wasm``, ``LLVM bitcode``."""
    machines: tuple[int, ...] = ()
    """Machine numbers of its header; several in fat files and archives."""
    members: tuple[tuple[str, int | None], ...] = ()
    """Archives: format and machine number of the members, each pair once; None where the format
    names no machine (wasm, LLVM bitcode)."""
    pointer_size: int | None = None
    """ELF: bytes in a pointer; processors with 4 and with 8 may share a machine number."""
    big_endian: bool = False
    """ELF: so may those of either byte order."""
    flags: int = 0
    """ELF: ``e_flags``, which tell the calling convention on some processors."""
    macos: tuple[int, int] | None = None
    """Mach-O: the oldest macOS that it says to run on; of several processors' parts, the newest."""
    kind: str = "object file"
    """For messages: ``shared library``, ``executable``, ``relocatable``, ``archive``."""
    needed: tuple[str, ...] = ()
    """Libraries that it is linked to: ELF ``NEEDED``, imported DLLs, install names."""
    imports: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """PE: names imported from each DLL, with their directory entries and delayed ones joined."""
    versions: tuple[str, ...] = ()
    """ELF: symbol versions that it requires, such as ``GLIBC_2.17``."""
    rpath: tuple[str, ...] = ()
    """ELF and Mach-O: the directories of ``RPATH`` and ``RUNPATH``."""
    init_functions: tuple[str, ...] = ()
    """The functions in it that Python makes extension modules with: ``PyInit_name`` and, from 3.15
    on, ``PyModExport_name`` (PEP 793)."""
    damage: str | None = None
    """Why it could not be read to its end."""

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the extension modules that are in it."""
        return tuple(dict.fromkeys(name.partition("_")[2] for name in self.init_functions))

    @property
    def parts(self) -> tuple[tuple[str, int | None], ...]:
        """Format and machine number of all the code in it: of an archive's members, or its own."""
        if self.format == "ar":
            return self.members
        return tuple((self.format, number) for number in self.machines) or ((self.format, None),)

    @property
    def description(self) -> str:
        """For messages: ``ELF shared library for x86_64``, ``ar archive of ELF for x86_64``;
        an odd pointer size or byte order is said."""
        if self.format == "ar" and self.members:
            names = dict.fromkeys(_part_name(*part) for part in self.members)
            return f"ar {self.kind} of {' and '.join(names)}"
        names = dict.fromkeys(machine_name(self.format, number) for number in self.machines)
        machines = " and ".join(names)
        return f"{self.format} {self.kind}" + (f" for {machines}" if machines else "") + self._odd

    @property
    def _odd(self) -> str:
        """What of pointer size and byte order is not as usual for the machine number."""
        if self.pointer_size is None:
            return ""
        rows = [row for row in ROWS if (row.machine,) == self.parts]
        usual = (
            (rows[0].processor.pointer_size, rows[0].processor.big_endian) if rows else (8, False)
        )
        size = f", {8 * self.pointer_size}-bit" if self.pointer_size != usual[0] else ""
        order = ", big-endian" if self.big_endian else ", little-endian"
        return size + (order if self.big_endian != usual[1] else "")


def machine_name(format_: str, number: int) -> str:
    """Return the usual name of a machine number of an object-file format."""
    family = "PE" if format_ == "COFF" else format_
    for row in ROWS:
        if row.machine == (family, number):
            return row.machine_name
    others = {"ELF": _ELF_MACHINES, "PE": _PE_MACHINES, "Mach-O": _MACH_O_CPUS}.get(family, {})
    return others.get(number, f"machine 0x{number:x}")


def _part_name(format_: str, number: int | None) -> str:
    return format_ if number is None else f"{format_} for {machine_name(format_, number)}"


def recognise(head: bytes, name: str) -> str | None:
    """Return the format of the object file that starts with these bytes; None for other files.

    :param head: The first 64 bytes, or all there are.
    :param name: The file's name: COFF objects have no magic number. Where the name does not end
        in ``.obj`` or ``.o``, the name of the first section has to look like one as well.
    """
    if head.startswith(b"\x7fELF"):
        return "ELF"
    if head.startswith(b"MZ") and len(head) == 64:
        return "PE"
    if head.startswith(mach_o.MAGIC):
        return "Mach-O"
    if head.startswith(mach_o.FAT_MAGIC) and len(head) >= 8:
        # A Java class file has the same magic number, and its version where the count is.
        return "Mach-O" if int.from_bytes(head[4:8], "big") < _JAVA_OLDEST_MAJOR else None
    if head.startswith(mach_o.FAT_64_MAGIC) and len(head) >= 8:
        return "Mach-O"
    if head.startswith(_AR_MAGIC):
        return "ar"
    if head.startswith(b"\0asm"):
        return "wasm"
    if head.startswith((b"BC\xc0\xde", b"\xde\xc0\x17\x0b")):
        return "LLVM bitcode"
    named = name.lower().endswith((".obj", ".o"))
    if _coff_machine(head) in _COFF_MACHINES and (named or _has_coff_section(head)):
        return "COFF"
    return None


def _coff_machine(head: bytes) -> int:
    at = 6 if head.startswith(_BIG_OBJECT) else 0
    return int.from_bytes(head[at : at + 2], "little")


def _has_coff_section(head: bytes) -> bool:
    """Tell whether a file header without an optional one is followed by a section's name."""
    sections = int.from_bytes(head[2:4], "little")
    optional = int.from_bytes(head[16:18], "little")
    name = head[20:28]
    return sections > 0 and optional == 0 and _COFF_SECTION.fullmatch(name) is not None


def read_object(name: str, data: bytes) -> ObjectFile | None:
    """Return what a file is; None if it is no object file. Damaged ones are described so far."""
    format_ = recognise(data[:64], name)
    if format_ is None:
        return None
    try:
        if format_ == "ELF":
            return _elf(name, data)
        if format_ == "PE":
            return _pe(name, data)
        if format_ == "Mach-O":
            return _mach_o(name, data)
        if format_ == "ar":
            return _archive(name, data)
        if format_ == "COFF":
            return ObjectFile(
                name=name, format="COFF", machines=(_coff_machine(data),), kind="relocatable"
            )
    except Exception as error:  # The parsers raise anything at all on damaged files.
        return ObjectFile(name=name, format=format_, damage=f"{type(error).__name__}: {error}")
    return ObjectFile(name=name, format=format_)


def _elf(name: str, data: bytes) -> ObjectFile:
    elf = ELFFile(io.BytesIO(data))
    if elf.num_sections() == 0:
        raise ValueError("it has no section headers")
    needed: list[str] = []
    rpath: list[str] = []
    versions: list[str] = []
    for section in elf.iter_sections():
        end = section["sh_offset"] + section["sh_size"]
        if section["sh_type"] not in ("SHT_NOBITS", "SHT_NULL") and end > len(data):
            raise ValueError(f"section {section.name!r} is larger than the file")
        if isinstance(section, DynamicSection):
            tags: Iterator[Any] = section.iter_tags()
            for tag in tags:
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(tag.needed)
                elif tag.entry.d_tag in ("DT_RPATH", "DT_RUNPATH"):
                    text = tag.rpath if tag.entry.d_tag == "DT_RPATH" else tag.runpath
                    rpath += text.split(":")
        elif isinstance(section, GNUVerNeedSection):
            versions += _required_versions(section)
    symbols: Any = elf.get_section_by_name(".dynsym")
    defined = (
        symbol.name
        for symbol in (symbols.iter_symbols() if symbols else ())
        if symbol["st_shndx"] != "SHN_UNDEF"
    )
    kinds = {"ET_DYN": "shared library", "ET_EXEC": "executable", "ET_REL": "relocatable"}
    return ObjectFile(
        name=name,
        format="ELF",
        machines=(struct.unpack_from("<H" if elf.little_endian else ">H", data, 18)[0],),
        pointer_size=elf.elfclass // 8,
        big_endian=not elf.little_endian,
        flags=elf["e_flags"],
        kind=kinds.get(elf["e_type"], "object file"),
        needed=tuple(needed),
        versions=tuple(dict.fromkeys(versions)),
        rpath=tuple(dict.fromkeys(rpath)),
        init_functions=_init_functions(defined),
    )


def _init_functions(symbols: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(s for s in symbols if s.startswith(_INIT_PREFIXES)))


def _required_versions(section: GNUVerNeedSection) -> Iterator[str]:
    """Yield the names; a damaged count is not believed: an entry of either kind takes 16 bytes."""
    limit = section["sh_size"] // 16
    for _, auxiliaries in itertools.islice(section.iter_versions(), limit):
        for auxiliary in itertools.islice(auxiliaries, limit):
            yield auxiliary.name


def _pe(name: str, data: bytes) -> ObjectFile | None:
    offset = int.from_bytes(data[0x3C:0x40], "little")
    if data[offset : offset + 4] != b"PE\0\0":
        # A DOS program, or text that happens to start with MZ.
        return None
    pe = pefile.PE(data=data, fast_load=True)
    _check_sections(pe, len(data))
    wanted = ("IMPORT", "DELAY_IMPORT", "EXPORT")
    pe.parse_data_directories(
        [pefile.DIRECTORY_ENTRY[f"IMAGE_DIRECTORY_ENTRY_{kind}"] for kind in wanted]
    )
    imports: dict[str, tuple[str, ...]] = {}
    for kind in ("DIRECTORY_ENTRY_IMPORT", "DIRECTORY_ENTRY_DELAY_IMPORT"):
        for entry in getattr(pe, kind, ()):
            names = tuple(i.name.decode("latin-1") for i in entry.imports if i.name)
            dll = entry.dll.decode("latin-1")
            # A linker writes one entry for each import library, so a DLL may have several.
            imports[dll] = tuple(dict.fromkeys(imports.get(dll, ()) + names))
    exported = _exported(pe)
    return ObjectFile(
        name=name,
        format="PE",
        machines=(pe.FILE_HEADER.Machine,),
        kind="shared library" if pe.is_dll() else "executable",
        needed=tuple(imports),
        imports=imports,
        init_functions=_init_functions(exported),
    )


def _exported(pe: pefile.PE) -> list[str]:
    table = getattr(pe, "DIRECTORY_ENTRY_EXPORT", None)
    return [s.name.decode("latin-1") for s in getattr(table, "symbols", ()) if s.name]


def exported_names(data: bytes) -> frozenset[str] | None:
    """Return the names that a DLL exports; None if it is not one that can be read."""
    try:
        pe = pefile.PE(data=data, fast_load=True)
        pe.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_EXPORT"]])
    except pefile.PEFormatError:
        return None
    return frozenset(_exported(pe)) or None


def _check_sections(pe: pefile.PE, size: int) -> None:
    """Raise an error for what the parser passes over: sections that are not all in the file."""
    if len(pe.sections) != pe.FILE_HEADER.NumberOfSections:
        raise ValueError("it is cut off in its section headers")
    for section in pe.sections:
        # Without a place in the file, a section has no data there, whatever its size.
        start = section.PointerToRawData
        if start and start + section.SizeOfRawData > size:
            name = section.Name.rstrip(b"\0").decode("latin-1")
            raise ValueError(f"section {name} is cut off")


def _mach_o(name: str, data: bytes) -> ObjectFile:
    slices = mach_o.read_slices(data)
    symbols = [symbol for part in slices for symbol in part.symbols]
    oldest = [part.macos for part in slices if part.macos is not None]
    return ObjectFile(
        name=name,
        format="Mach-O",
        machines=tuple(dict.fromkeys(part.cpu for part in slices)),
        kind=slices[0].kind if slices else "object file",
        needed=tuple(dict.fromkeys(n for part in slices for n in part.needed)),
        rpath=tuple(dict.fromkeys(r for part in slices for r in part.rpath)),
        macos=max(oldest, default=None),
        init_functions=_init_functions(symbols),
    )


def _archive(name: str, data: bytes) -> ObjectFile:
    if data.startswith(b"!<thin>"):
        raise ValueError("a thin archive: its members are files outside it")
    parts: dict[tuple[str, int | None], None] = {}
    for member, content in _archive_members(data):
        parts.update(dict.fromkeys(_member_parts(member, content)))
    return ObjectFile(
        name=name,
        format="ar",
        kind="archive",
        machines=tuple(dict.fromkeys(number for _, number in parts if number is not None)),
        members=tuple(parts),
    )


def _member_parts(name: str, content: bytes) -> tuple[tuple[str, int | None], ...]:
    """Return format and machines of a member by its header alone: archives have thousands."""
    if content.startswith(_BIG_OBJECT):
        return (("COFF", _coff_machine(content)),)
    format_ = recognise(content[:64], "member.o")
    if format_ == "ELF":
        order = ">" if content[5:6] == b"\2" else "<"
        return ((format_, struct.unpack_from(f"{order}H", content, 18)[0]),)
    if format_ == "Mach-O" and content.startswith(mach_o.MAGIC):
        order = ">" if content.startswith(b"\xfe") else "<"
        return ((format_, struct.unpack_from(f"{order}I", content, 4)[0]),)
    if format_ is None or format_ == "ar":
        return ()
    if format_ == "COFF":
        return ((format_, _coff_machine(content)),)
    found = read_object(name, content)
    if found is not None and found.damage is not None:
        raise ValueError(f"member {name}: {found.damage}")
    return found.parts if found is not None else ()


def _archive_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents, symbol tables left out.

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
        if name not in ("/", "//", "/SYM64/"):
            yield name, data[start + skip : start + size]
    if data[offset:].strip(b"\0\n"):
        raise ValueError("the header of a member is cut off")
