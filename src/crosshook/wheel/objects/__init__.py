"""Object files: what they are, whatever their name, for which machine, and what they need.

A file is recognised by its first bytes; only what is recognised is read, by one module for each
format. Formats: ELF, PE, Mach-O (thin and fat), ar archives (``.a``, ``.lib``); COFF objects,
WebAssembly and LLVM bitcode are recognised and no more. What loaders read of a file is in its
:class:`~crosshook.wheel.objects.image.Image`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crosshook.target.systems import ROWS
from crosshook.wheel.objects import archive, elf, mach_o, pe
from crosshook.wheel.objects.bounded import Data
from crosshook.wheel.objects.image import Image, Import
from crosshook.wheel.objects.recognise import HEAD, coff_machine, recognise

__all__ = [
    "Data",
    "Image",
    "Import",
    "ObjectFile",
    "exported_names",
    "machine_name",
    "machines_of",
    "part_name",
    "read_object",
    "recognise",
]

_INIT_FUNCTION = re.compile(r"(?:PyInit|PyModExport|_cffi_pypyinit)_(\w+)")
_OTHER_MACHINES: Mapping[str, Mapping[int, str]] = {
    "ELF": {8: "mips", 258: "loongarch"},
    "PE": {0x1C4: "arm", 0xA641: "arm64ec", 0xA64E: "arm64x"},
    "Mach-O": {7: "i386", 18: "powerpc", mach_o.ARM64E: "arm64e"},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectFile:
    """An object file inside a wheel."""

    name: str
    """Path inside the wheel; a member of an archive behind a colon."""
    format: str
    """``ELF``, ``PE``, ``COFF``, ``Mach-O``, ``ar``, ``wasm``, ``LLVM bitcode``."""
    kind: str = "object file"
    """For messages: ``shared library``, ``executable``, ``relocatable``, ``archive`` ..."""
    images: tuple[Image, ...] = ()
    """What loaders read: one image, several in a fat file, none of other formats."""
    members: tuple[tuple[str, int | None], ...] = ()
    """Archives: format and machine number of the members, each pair once; None where the format
    names no machine (wasm, LLVM bitcode). So of a COFF object itself."""
    damage: str | None = None
    """Why it could not be read to its end."""

    @property
    def machines(self) -> tuple[int, ...]:
        """Machine numbers of the code in it; several in fat files and archives."""
        numbers = (number for _, number in self.parts if number is not None)
        return tuple(dict.fromkeys(numbers))

    @property
    def parts(self) -> tuple[tuple[str, int | None], ...]:
        """Format and machine number of all the code in it: of an archive's members, or its own."""
        if self.format == "ar":
            return self.members
        numbers = dict.fromkeys(image.machine for image in self.images)
        return tuple((self.format, number) for number in numbers) or (
            self.members or ((self.format, None),)
        )

    @property
    def needed(self) -> tuple[str, ...]:
        """Libraries that it is linked to: ELF ``NEEDED``, imported DLLs, install names."""
        return tuple(dict.fromkeys(name for image in self.images for name in image.needed))

    @property
    def imports(self) -> Mapping[str, tuple[str, ...]]:
        """The symbols taken from each library that is named for them: from DLLs, all are."""
        found: dict[str, dict[str, None]] = {}
        for imported in (one for image in self.images for one in image.imports):
            if imported.library is not None:
                found.setdefault(imported.library, {})[imported.name] = None
        return {library: tuple(names) for library, names in found.items()}

    @property
    def versions(self) -> tuple[str, ...]:
        """ELF: symbol versions that it requires, such as ``GLIBC_2.17``."""
        return tuple(dict.fromkeys(name for image in self.images for name in image.versions))

    @property
    def system_version(self) -> tuple[int, int] | None:
        """The oldest macOS or Windows that all of it runs on."""
        found = (image.system_version for image in self.images)
        return max((version for version in found if version is not None), default=None)

    @property
    def init_functions(self) -> tuple[str, ...]:
        """The functions in it that Python makes extension modules with: ``PyInit_name`` and, from
        3.15 on, ``PyModExport_name`` (PEP 793); of cffi's for PyPy, ``_cffi_pypyinit_name``."""
        names = {name for image in self.images for name in image.exports}
        return tuple(sorted(name for name in names if _INIT_FUNCTION.fullmatch(name)))

    @property
    def modules(self) -> tuple[str, ...]:
        """Names of the extension modules that are in it."""
        found = map(_INIT_FUNCTION.fullmatch, self.init_functions)
        return tuple(dict.fromkeys(match[1] for match in found if match is not None))

    @property
    def description(self) -> str:
        """For messages: ``ELF shared library for x86_64``, ``ar archive of ELF for x86_64``;
        an odd pointer size or byte order is said."""
        if self.format == "ar" and self.members:
            names = dict.fromkeys(part_name(*part) for part in self.members)
            return f"ar {self.kind} of {' and '.join(names)}"
        names = dict.fromkeys(machine_name(self.format, number) for number in self.machines)
        machines = " and ".join(names)
        return f"{self.format} {self.kind}" + (f" for {machines}" if machines else "") + self._odd

    @property
    def _odd(self) -> str:
        """What of pointer size and byte order is not as usual for the machine number."""
        if not self.images or self.images[0].pointer_size is None:
            return ""
        (image,) = self.images
        rows = [row for row in ROWS if (row.machine,) == self.parts]
        usual = (
            (rows[0].processor.pointer_size, rows[0].processor.big_endian) if rows else (8, False)
        )
        size = f", {8 * (image.pointer_size or 0)}-bit" if image.pointer_size != usual[0] else ""
        order = ", big-endian" if image.big_endian else ", little-endian"
        return size + (order if image.big_endian != usual[1] else "")


def machine_name(format_: str, number: int) -> str:
    """Return the usual name of a machine number of an object-file format."""
    family = "PE" if format_ == "COFF" else format_
    for row in ROWS:
        if row.machine == (family, number):
            return row.machine_name
    return _OTHER_MACHINES.get(family, {}).get(number, f"machine 0x{number:x}")


def part_name(format_: str, number: int | None) -> str:
    """Return the name of a format with its machine: ``ELF for x86_64``."""
    return format_ if number is None else f"{format_} for {machine_name(format_, number)}"


def machines_of(data: Data) -> tuple[tuple[str, int | None], ...]:
    """Return format and machine number of what is in a file, each pair once, by headers alone.

    Empty for what is no object file.

    :raises ValueError: if it is damaged.
    """
    if recognise(data[:HEAD], "") == "ar":
        return archive.read_members(data)
    return archive.parts_at(data, 0, len(data))


def read_object(name: str, data: Data) -> ObjectFile | None:
    """Return what a file is; None if it is no object file. Damaged ones are described so far."""
    format_ = recognise(data[:HEAD], name)
    if format_ is None or (format_ == "PE" and not pe.is_pe(data)):
        return None
    try:
        if format_ == "ar":
            return ObjectFile(
                name=name, format=format_, kind="archive", members=archive.read_members(data)
            )
        if format_ == "COFF":
            members = (("COFF", coff_machine(data[:HEAD])),)
            return ObjectFile(name=name, format=format_, kind="relocatable", members=members)
        images = tuple(_images(format_, data))
    except (ValueError, IndexError) as error:
        return ObjectFile(name=name, format=format_, damage=str(error))
    kind = images[0].kind if images else "object file"
    return ObjectFile(name=name, format=format_, kind=kind, images=images)


def _images(format_: str, data: Data) -> Iterator[Image]:
    if format_ == "ELF":
        yield elf.read_elf(data)
    elif format_ == "PE":
        yield pe.read_pe(data)
    elif format_ == "Mach-O":
        yield from mach_o.read_mach_o(data)


def exported_names(data: bytes) -> frozenset[str] | None:
    """Return the names that a DLL exports; None if it is not one that can be read."""
    if not data.startswith(pe.MAGIC) or not pe.is_pe(data):
        return None
    try:
        return pe.read_pe(data).exports or None
    except ValueError:
        return None
