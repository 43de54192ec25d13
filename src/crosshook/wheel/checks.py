"""Which wheels are accepted: pure ones, and those that are for the target.

A check answers with problems, a line each, which name the tag, the file and the machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag

from crosshook.errors import RefusedWheel
from crosshook.target import Target
from crosshook.target.platforms import Platform
from crosshook.target.stable_abi import stable_abi_dlls
from crosshook.target.system_libraries import (
    NAMED_GLIBC_VERSIONS,
    is_macos_library,
    is_manylinux_library,
    is_musllinux_library,
    is_windows_library,
    newest_symbol_versions,
)
from crosshook.target.tags import accepted_tags, oldest_of_stable_abi, promised_version
from crosshook.wheel.objects import ObjectFile, machine_name
from crosshook.wheel.reading import Wheel, read_wheel

_OBJECT_FORMATS = {"PE": ("PE", "COFF"), "ELF": ("ELF",), "Mach-O": ("Mach-O",)}
_PYTHON_DLL = re.compile(r"python3(\d*)(t?)(_d)?\.dll", re.IGNORECASE)
_RELEASES = 100
"""More than any minor version of CPython ever had."""
_VERSION_NUMBER = re.compile(r"\d+(\.\d+)*", re.ASCII)
_STABLE_ABIS = ("abi3", "abi3t")
_TAGGED_MODULE = re.compile(r".*\.(cpython-\d|cp\d+t?-|pypy\d)[^/]*\.(so|pyd)$")


def accept_pure(path: Path) -> Wheel:
    """Return a wheel that is pure.

    :raises RefusedWheel: if it is not, or is malformed.
    """
    wheel = read_wheel(path)
    problems = purity_problems(wheel)
    if problems:
        raise RefusedWheel(f"{path.name}: not a pure wheel", problems=problems)
    return wheel


def accept_for_target(
    path: Path, target: Target, python_exports: Mapping[str, frozenset[str]] | None = None
) -> Wheel:
    """Return a wheel that is for the target, or pure.

    :param python_exports: The names that the DLLs of the target Python export, by DLL name in
        lower case; what is imported from them is checked against it.
    :raises RefusedWheel: if it is not, or is malformed.
    """
    wheel = read_wheel(path)
    if all(tag.platform == "any" for tag in wheel.tags):
        problems = purity_problems(wheel)
    else:
        problems = target_problems(wheel, target, python_exports or {})
    if problems:
        raise RefusedWheel(f"{path.name}: not for {target.platform.tag}", problems=problems)
    return wheel


def check_requires_python(wheel: Wheel, target: Target) -> None:
    """Check the wheel's tags and its ``Requires-Python`` against the target Python.

    Which bug-fix release will load the wheel is not known: one that fits is enough.

    :raises RefusedWheel: if no release of the target's minor version fits.
    """
    python = target.python_version.dotted
    if problems := tuple(_tag_problems(wheel, target)):
        raise RefusedWheel(f"{wheel.path.name}: not for Python {python}", problems=problems)
    if wheel.requires_python is None:
        return
    releases = (f"{python}.{micro}" for micro in range(_RELEASES))
    try:
        fitting = SpecifierSet(wheel.requires_python).filter(releases, prereleases=True)
    except InvalidSpecifier as error:
        raise RefusedWheel(
            f"{wheel.path.name}: not a well-formed wheel",
            problems=(f"METADATA: Requires-Python: {error}",),
        ) from None
    if next(iter(fitting), None) is None:
        raise RefusedWheel(
            f"{wheel.path.name}: not for Python {python}",
            problems=(f"METADATA: Requires-Python is {wheel.requires_python!r}",),
        )


def purity_problems(wheel: Wheel) -> tuple[str, ...]:
    """Return why a wheel is not pure: its tags, ``Root-Is-Purelib``, the object files in it."""
    tags = [str(t) for t in wheel.tags if (t.abi, t.platform) != ("none", "any")]
    problems = [f"tag {tag}: not *-none-any" for tag in sorted(tags)]
    if not wheel.root_is_purelib:
        problems.append("WHEEL: Root-Is-Purelib is not true")
    problems += [f"{found.name}: {found.description}" for found in wheel.objects]
    return tuple(problems)


def target_problems(
    wheel: Wheel, target: Target, python_exports: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """Return why a wheel is not for a target, a line for each reason."""
    problems = [*_tag_problems(wheel, target), *_other_platform_problems(wheel, target)]
    if not wheel.objects:
        problems.append(
            f"its tag says {target.platform.tag} and no object file is in it: a pure project "
            "tagged for a platform, or extension modules that were not built"
        )
    held = {PurePosixPath(name).name.lower() for name in wheel.files}
    for found in wheel.objects:
        if found.damage is not None:
            problems.append(f"{found.name}: damaged {found.description}: {found.damage}")
            continue
        if found.kind != "relocatable":
            problems += _machine_problems(found, target)
        problems += _module_problems(found, wheel, target)
        problems += _library_problems(found, wheel, target, held)
        problems += _version_problems(found, wheel, target)
        problems += _python_problems(found, wheel, target, python_exports)
    problems += _suffix_problems(wheel, target)
    return tuple(dict.fromkeys(problems))


def target_remarks(wheel: Wheel, target: Target) -> tuple[str, ...]:
    """Return what is odd about a wheel and no reason to refuse it, a line each.

    Relocatable objects (``.o``, ``.obj``) of other machines are never loaded: projects pack
    assembled sources for several machines, greenlet for one. A module without a ``PyInit_``
    function cannot be imported, but some projects build libraries for ctypes under such names.
    """
    remarks: list[str] = []
    for found in wheel.objects:
        if found.kind == "relocatable":
            remarks += _machine_problems(found, target)
        elif _TAGGED_MODULE.fullmatch(found.name) and not found.modules:
            remarks.append(
                f"{found.name}: named as an extension module, and has no PyInit_ function"
            )
    return tuple(remarks)


def _tag_problems(wheel: Wheel, target: Target) -> Iterator[str]:
    accepted = accepted_tags(target)
    if wheel.tags.isdisjoint(accepted):
        tags = ", ".join(sorted(map(str, wheel.tags)))
        yield f"tag {tags}: {target.platform.tag} accepts {_best(accepted)} and older"
    for tag in sorted(wheel.tags, key=str):
        oldest = oldest_of_stable_abi(tag)
        if oldest is not None and oldest.stable_abi is None:
            yield f"tag {tag}: free-threaded Pythons before 3.15 have no stable ABI"


def _best(accepted: tuple[Tag, ...]) -> str:
    return str(accepted[0])


def _machine_problems(found: ObjectFile, target: Target) -> Iterator[str]:
    row = target.platform.row
    format_, machine = row.machine
    needs = f"{target.platform.tag} needs {format_} for {machine_name(format_, machine)}"
    parts = found.parts
    if found.format == "Mach-O" and row.machine in parts:
        # Of a fat file, macOS takes the part that it can run.
        parts = (row.machine,)
    other = any(part not in _OBJECT_FORMATS[format_] or number != machine for part, number in parts)
    if found.pointer_size is not None:
        own = (row.processor.pointer_size, row.processor.big_endian)
        other = other or (found.pointer_size, found.big_endian) != own
    if other:
        yield f"{found.name}: {found.description}; {needs}"
        return
    mask, wanted = row.elf_abi
    if found.format == "ELF" and found.flags & mask != wanted:
        yield (
            f"{found.name}: {found.description}, of another calling convention (flags "
            f"0x{found.flags:x}); {needs}"
        )


def _other_platform_problems(wheel: Wheel, target: Target) -> Iterator[str]:
    """Check that no tag offers the code to another machine: installers believe any one of them."""
    if wheel.tags.isdisjoint(accepted_tags(target)):
        return
    row = target.platform.row
    own = re.escape(row.plain_tag)
    if row.system.libc is not None:
        # What is linked to no library at all runs on every libc.
        linked = any(found.needed for found in wheel.objects)
        name = {"glibc": "many", "musl": "musl"}[row.system.libc] if linked else "many|musl"
        own = rf"({name})?linux(\d*|_\d+_\d+)_{re.escape(row.arch)}"
    elif target.platform.macos is not None:
        both = "|universal2" if all(len(found.parts) > 1 for found in wheel.objects) else ""
        own = rf"macosx_\d+_\d+_({re.escape(row.arch)}{both})"
    others = sorted({t.platform for t in wheel.tags if not re.fullmatch(own, t.platform)})
    if others:
        yield f"its tags also say {', '.join(others)}, and the code in it is for {row.plain_tag}"


def _suffix_problems(wheel: Wheel, target: Target) -> Iterator[str]:
    """Check files by their names, whatever they hold, and that those of modules hold code."""
    # Not the first suffix: where a description names no other, that is the stable ABI's.
    own = tuple(s for s in target.extension_suffixes if _TAGGED_MODULE.fullmatch(f"module{s}"))
    code = {found.name for found in wheel.objects}
    for name in wheel.files:
        if not _TAGGED_MODULE.fullmatch(name):
            continue
        if own and not name.endswith(own):
            yield (
                f"{name}: an extension module for another Python or platform; this one's suffix is "
                f"{own[0]}"
            )
        if name not in code:
            yield f"{name}: named as an extension module, and no object file"


def _module_problems(found: ObjectFile, wheel: Wheel, target: Target) -> Iterator[str]:
    """Check that the Pythons of the wheel's tags find an extension module under its file name."""
    if not found.modules or found.kind != "shared library":
        return
    # Behind the colon where it is in an archive inside the wheel.
    inside = found.name if found.name in wheel.files else found.name.rpartition(":")[2]
    file = PurePosixPath(inside).name
    stem, _, _ = file.partition(".")
    suffixes, suffix = target.extension_suffixes, file.removeprefix(stem)
    # The whole rest counts: a.abi3-x.so ends in .so, and would have to be imported as "a.abi3-x".
    if suffix not in suffixes:
        imports = f"it imports {', '.join(suffixes)}" if suffixes else "its description names none"
        yield (
            f"{found.name}: an extension module whose suffix the target Python does not import; "
            f"{imports}"
        )
        return
    if stem != "__init__" and stem not in found.modules:
        yield f"{found.name}: it has no PyInit_{stem}, but {found.init_functions[0]}"
    yield from _promise_problems(found, suffix, wheel, target)


def _promise_problems(
    found: ObjectFile, suffix: str, wheel: Wheel, target: Target
) -> Iterator[str]:
    """Check that older Pythons, which tags name beside the target's, import a module as well."""
    version = target.python_version
    pythons = [version]
    for tag in sorted(_tags_beyond(wheel, target), key=str):
        oldest = oldest_of_stable_abi(tag)
        if _TAGGED_MODULE.fullmatch(found.name):
            yield f"{found.name}: only Python {version} imports it, and the tag {tag} promises more"
        elif oldest is not None:
            pythons.append(oldest)
            if suffix not in target.platform.system.shared_suffixes(target.platform.row, oldest):
                yield (
                    f"{found.name}: Python {oldest} does not import {suffix}, and the tag {tag} "
                    "promises it"
                )
    first = min(pythons, key=lambda python: python.numbers)
    old_style = any(name.startswith("PyInit_") for name in found.init_functions)
    if first.numbers < (3, 15) and not old_style:
        yield (
            f"{found.name}: Python {first} looks for PyInit_ functions, and it has "
            f"{found.init_functions[0]} alone"
        )


def _tags_beyond(wheel: Wheel, target: Target) -> Iterator[Tag]:
    """Yield the tags that name more Pythons than the target's."""
    own = f"cp{target.python_version.nodot}"
    own_abi = own + "".join(target.abi_flags)
    # In a wheel without a tag of the target's own, another Python's is not more but wrong.
    has_own = any((tag.interpreter, tag.abi) == (own, own_abi) for tag in wheel.tags)
    for tag in wheel.tags:
        many = tag.interpreter != own if tag.abi == "none" else has_own and tag.abi != own_abi
        if many or tag.abi in _STABLE_ABIS:
            yield tag


def _library_problems(
    found: ObjectFile, wheel: Wheel, target: Target, held: set[str]
) -> Iterator[str]:
    platform = target.platform
    promise = promised_version(wheel.tags, platform)
    tag = promise[0] if promise is not None else platform.tag
    for library in found.needed:
        if PurePosixPath(library).name.lower() in held:
            continue
        if platform.system.links_python:
            if _PYTHON_DLL.fullmatch(library):
                continue
            if not is_windows_library(library, pointer_size=platform.row.processor.pointer_size):
                yield f"{found.name}: imports {library}, which neither Windows nor CPython brings"
        elif PurePosixPath(library).name.startswith(("libpython", "Python")):
            system = platform.system.platform_system
            yield f"{found.name}: linked to {library}, which many a Python for {system} lacks"
        elif not _is_on(platform, library):
            yield f"{found.name}: linked to {library}, which not every {tag} has"


def _is_on(platform: Platform, library: str) -> bool:
    """Tell whether every machine that a POSIX platform's tag is for has a library."""
    if platform.macos is not None:
        return is_macos_library(library)
    if platform.musl is not None:
        return is_musllinux_library(library, musl=platform.system.libc_soname(platform.row))
    return is_manylinux_library(library)


def _version_problems(found: ObjectFile, wheel: Wheel, target: Target) -> Iterator[str]:
    """Check that what is required of the system is not newer than the tag says."""
    promise = promised_version(wheel.tags, target.platform)
    if promise is None:
        return
    tag, version = promise
    if target.platform.macos is not None:
        yield from _macos_problems(found, tag, max(version, target.platform.row.oldest or version))
    elif target.platform.glibc is not None:
        yield from _glibc_problems(found, tag, version)


def _macos_problems(found: ObjectFile, tag: str, promised: tuple[int, int]) -> Iterator[str]:
    if found.format == "Mach-O" and found.macos is not None and found.macos > promised:
        yield f"{found.name}: for macOS {'{}.{}'.format(*found.macos)} and newer; its tag is {tag}"


def _glibc_problems(found: ObjectFile, tag: str, glibc: tuple[int, int]) -> Iterator[str]:
    newest = newest_symbol_versions(glibc)
    for required in found.versions:
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


def _python_problems(
    found: ObjectFile,
    wheel: Wheel,
    target: Target,
    python_exports: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Check what is imported from Python's own DLL."""
    if not target.platform.system.links_python:
        return
    wanted, *stable = _python_dlls(target)
    beyond = sorted(_tags_beyond(wheel, target), key=str)
    for dll, names in found.imports.items():
        if not _PYTHON_DLL.fullmatch(dll):
            continue
        name = dll.lower()
        if name not in (wanted, *stable):
            yield f"{found.name}: imports {dll}; the target Python has {wanted}"
        elif name == wanted and any(tag.abi in _STABLE_ABIS for tag in beyond):
            abi = " or ".join(stable) or f"which Python {target.python_version} has not"
            yield f"{found.name}: imports {dll}, in a wheel for the stable ABI ({abi})"
        elif name in stable and (lacking := _tags_without(dll, beyond)):
            yield (
                f"{found.name}: imports {dll}, and the tag {lacking[0]} promises Pythons that "
                "have none"
            )
        elif name == wanted and beyond:
            version = target.python_version
            yield (
                f"{found.name}: imports {dll}, which only Python {version} has, and the tag "
                f"{beyond[0]} promises more"
            )
        missing = sorted(set(names) - python_exports.get(name, frozenset(names)))
        if missing:
            yield f"{found.name}: imports {', '.join(missing)} from {dll}, which lacks it"


def _tags_without(dll: str, tags: Iterable[Tag]) -> list[Tag]:
    """Return the tags for a stable ABI whose oldest Python lacks a DLL of one."""
    pythons = [(tag, oldest_of_stable_abi(tag)) for tag in tags]
    name = dll.lower().replace("_d.dll", ".dll")
    return [tag for tag, oldest in pythons if oldest and name not in stable_abi_dlls(oldest)]


def _python_dlls(target: Target) -> tuple[str, ...]:
    """Return the DLL of the target Python and those of the stable ABIs that it can load."""
    version = target.python_version
    names = (f"python{version.digits}.dll", *stable_abi_dlls(version))
    debug = "_d" if "d" in target.abi_flags else ""
    return tuple(name.replace(".dll", f"{debug}.dll") for name in names)
