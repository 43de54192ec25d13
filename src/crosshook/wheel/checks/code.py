"""Whether code in a wheel is for the target's machine and system, and of a kind it can load."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crosshook.target.promise import Promise
from crosshook.target.system_libraries import NAMED_GLIBC_VERSIONS, newest_symbol_versions
from crosshook.wheel.checks.subject import Subject
from crosshook.wheel.objects import Image, ObjectFile, machine_name
from crosshook.wheel.objects.image import LOADED_KINDS, SHARED_LIBRARY
from crosshook.wheel.reading import Wheel

_FAMILIES = {"PE": ("PE", "COFF"), "ELF": ("ELF",), "Mach-O": ("Mach-O",)}
_SYSTEM_NAMES = {"PE": "Windows", "Mach-O": "macOS"}
_LIBRARY = re.compile(r".*\.(so|pyd|dylib|dll)(\.[0-9.]+)?", re.IGNORECASE)
_DEBUG_SYMBOLS = re.compile(r"(.*/)?[^/]+\.dSYM/.*")
"""What ``dsymutil`` makes beside a file; what it holds has the file's name, and is never loaded."""
_VERSION_NUMBER = re.compile(r"\d+(\.\d+)*", re.ASCII)


def missing_code_problems(wheel: Wheel, promise: Promise) -> Iterator[str]:
    """Check that there is code for the target in a wheel that says so."""
    if not wheel.objects:
        yield (
            f"its tag says {promise.platform.tag} and no object file is in it: a pure project "
            "tagged for a platform, or extension modules that were not built"
        )
    elif not any(_is_code(found, promise) for found in wheel.objects):
        names = ", ".join(found.name for found in wheel.objects[:3])
        yield (
            f"its tag says {promise.platform.tag} and no code for it is in it, but {names}: "
            "extension modules that were not built?"
        )


def _is_code(found: ObjectFile, promise: Promise) -> bool:
    """Tell whether a file is code, of any machine; objects to be linked are, of the target's."""
    if found.damage is not None or found.format == "ar":
        return bool(found.damage or found.members)
    return found.kind in LOADED_KINDS or not any(machine_problems(found, promise))


def machine_problems(found: ObjectFile, promise: Promise) -> tuple[str, ...]:
    """Return why a file is for another machine, or for none of the target's formats."""
    row = promise.platform.row
    format_, machine = row.machine
    needs = f"{promise.platform.tag} needs {format_} for {machine_name(format_, machine)}"
    parts = found.parts
    if found.format == "Mach-O" and row.machine in parts:
        # Of a fat file, macOS takes the part that it can run.
        parts = (row.machine,)
    other = any(part not in _FAMILIES[format_] or number != machine for part, number in parts)
    if found.format == "ELF" and found.images:
        own = (row.processor.pointer_size, row.processor.big_endian)
        (image,) = found.images
        other = other or (image.pointer_size, image.big_endian) != own
        mask, wanted = row.elf_abi
        if not other and image.flags & mask != wanted:
            return (
                f"{found.name}: {found.description}, of another calling convention (flags "
                f"0x{image.flags:x}); {needs}",
            )
    return (f"{found.name}: {found.description}; {needs}",) if other else ()


def kind_problems(found: ObjectFile) -> Iterator[str]:
    """Check that what is named as a shared library is one."""
    if found.kind == SHARED_LIBRARY or not _LIBRARY.fullmatch(found.name):
        return
    if found.kind == "debug symbols" and _DEBUG_SYMBOLS.fullmatch(found.name):
        return
    yield f"{found.name}: named as a shared library, and is an {found.description}"


def image_problems(found: ObjectFile, image: Image, subject: Subject) -> Iterator[str]:
    """Check what loaders look at: system and version that it is for, and flaws of its own."""
    if image.kind not in LOADED_KINDS:
        return
    yield from (f"{found.name}: {flaw}" for flaw in image.flaws)
    name = _SYSTEM_NAMES.get(found.format)
    if name is not None and image.system is None:
        yield f"{found.name}: does not say which {name} it needs"
    elif name is not None and image.system != name:
        yield f"{found.name}: for {image.system}; {subject.promise.tag} needs {name}"
    elif name is not None:
        yield from _age_problems(found, image, name, subject)
    if subject.promise.platform.glibc is not None and subject.promise.version is not None:
        yield from _glibc_problems(found, subject.promise.tag, subject.promise.version, image)


def _age_problems(found: ObjectFile, image: Image, system: str, subject: Subject) -> Iterator[str]:
    promise = subject.promise
    promised = max(promise.version or (0, 0), promise.platform.row.oldest or (0, 0))
    version = image.system_version
    if version is not None and version > promised and not _same_release(version, promised, system):
        needed = "{}.{}".format(*version)
        yield f"{found.name}: for {system} {needed} and newer; its tag is {promise.tag}"


def _same_release(version: tuple[int, int], promised: tuple[int, int], system: str) -> bool:
    """Tell whether a tag could not say more: from macOS 11 on, tags name no second number."""
    return system == "macOS" and version[0] == promised[0] >= 11


def _glibc_problems(
    found: ObjectFile, tag: str, glibc: tuple[int, int], image: Image
) -> Iterator[str]:
    newest = newest_symbol_versions(glibc)
    for required in image.versions:
        library, _, version = required.partition("_")
        if library not in newest:
            continue
        if _VERSION_NUMBER.fullmatch(version):
            # int() takes no number of thousands of digits; nine are more than any library has.
            needed: tuple[int, ...] | None = tuple(int(part[:9]) for part in version.split("."))
        elif library == "GLIBC":
            needed = NAMED_GLIBC_VERSIONS.get(version)
        else:
            # CXXABI_TM_1 and the like say nothing of how new they are.
            continue
        if needed is None:
            yield f"{found.name}: needs {required}, which no tag promises"
        elif needed > newest[library]:
            limit = ".".join(map(str, newest[library]))
            yield f"{found.name}: needs {required}; {tag} has no newer than {library}_{limit}"
