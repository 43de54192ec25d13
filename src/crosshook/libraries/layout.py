"""What a directory of C libraries is: one look at it tells its layout and for which machine it is.

``make install``, Homebrew and a conda environment make one prefix; vcpkg has one for each triplet,
Conan's ``full_deploy`` one for each package, beside files that say so; Debian's packages unpack to
a tree with a ``usr``; and wheels have them somewhere among their modules.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from crosshook.errors import UsageError
from crosshook.libraries.prefix import Prefix
from crosshook.target.platforms import Platform
from crosshook.wheel.objects import machines_of, part_name

_DEEPEST = 6
"""Directories between what is named and a prefix: Conan has HOST/NAME/VERSION/TYPE/ARCH."""

_SUFFIXES = (".a", ".lib", ".so", ".dylib", ".dll")
_HEADERS = (".h", ".hh", ".hpp", ".hxx")
_OF_A_PREFIX = ("include", "lib", "lib64", "share", "bin")
_FAMILIES = {"COFF": "PE"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """Prefixes that were found, and the tree that absolute links in them start from."""

    prefixes: tuple[Prefix, ...]
    tree: Path | None = None
    """The root of a file system that the prefix is the ``usr`` of."""


def look(directory: Path, platform: Platform, *, source: str) -> Layout:
    """Return the prefixes for a platform that are in a directory.

    :param directory: An absolute path.
    :param source: What named it, for the error.
    :raises UsageError: if there are none, or if all are for other machines.
    """
    multiarch = platform.row.multiarch
    if not directory.is_dir():
        raise UsageError(
            f"{source}: {directory}: there is no such directory",
            hint="name one with include and lib in it, as make install makes it",
        )
    if _is_prefix(directory / "usr"):
        roots: list[Path] = [directory / "usr"]
    elif any(directory.glob("*.dist-info")):
        roots = [*_in_wheels(directory)]
    else:
        roots = [*_generated(directory), *_roots(directory, 0)]
    found = tuple(Prefix(root=root, multiarch=multiarch) for root in roots)
    if not found:
        raise UsageError(
            f"{source}: {directory}: neither include nor lib is in it",
            hint="name the directory that was given to make install as its prefix",
        )
    problems = {prefix: wrong_machine(prefix, platform) for prefix in found}
    fitting = tuple(prefix for prefix, problem in problems.items() if problem is None)
    said = next(filter(None, problems.values()), None)
    if said is not None and not any(map(_has_any, fitting)):
        raise UsageError(
            f"{source}: {said}", hint=f"name a directory of libraries built for {platform.tag}"
        )
    is_tree = roots == [directory / "usr"]
    return Layout(prefixes=fitting, tree=directory if is_tree else None)


def wrong_machine(prefix: Prefix, platform: Platform) -> str | None:
    """Return which file of a prefix is for another machine, in words; None if none is."""
    for file in libraries_in(prefix):
        parts = _machines(file)
        own = any((_FAMILIES.get(f, f), number) == platform.row.machine for f, number in parts)
        known = [(f, number) for f, number in parts if number is not None]
        if known and not own:
            names = " and ".join(dict.fromkeys(part_name(*part) for part in known))
            needs = part_name(*platform.row.machine)
            return f"{file}: {names}; {platform.tag} needs {needs}"
    return None


def said(prefix: Prefix, platform: Platform) -> str:
    """Return what is in a prefix that fits a platform, in words: how many libraries, for which
    machine, and what pkg-config calls them."""
    count = sum(1 for _ in libraries_in(prefix))
    names = ", ".join(name.removesuffix(".pc") for name in prefix.package_files())
    parts = [f"{part_name(*platform.row.machine)}, files: {count}"] if count else ["no libraries"]
    return f"{prefix.root}: {'; '.join([*parts, *([names] if names else [])])}"


def libraries_in(prefix: Prefix) -> Iterator[Path]:
    """Yield the libraries of a prefix, shared and static, each file once."""
    seen = set()
    for directory in (*prefix.library, str(prefix.root / "bin")):
        for file in sorted(Path(directory).glob("*")):
            named = file.suffix in _SUFFIXES or ".so." in file.name
            if named and file.is_file() and (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _has_any(prefix: Prefix) -> bool:
    return next(libraries_in(prefix), None) is not None


def _is_prefix(directory: Path) -> bool:
    return any((directory / name).is_dir() for name in ("include", "lib", "lib64"))


def _generated(directory: Path) -> Iterator[Path]:
    """Yield a directory that is no prefix, and has files that say where some are: Conan writes
    them for pkg-config and CMake beside what it deploys."""
    patterns = ("*.pc", "*-config.cmake", "*Config.cmake")
    if not _is_prefix(directory) and any(any(directory.glob(pattern)) for pattern in patterns):
        yield directory


def _roots(directory: Path, depth: int) -> Iterator[Path]:
    """Yield the prefixes in a directory; itself, if it is one."""
    # A conda environment for Windows.
    if _is_prefix(directory / "Library"):
        yield directory / "Library"
    elif _is_prefix(directory):
        yield directory
    elif depth < _DEEPEST:
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _roots(Path(entry.path), depth + 1)


def _in_wheels(directory: Path) -> Iterator[Path]:
    """Yield the prefixes in a directory that wheels were unpacked into.

    By what is in them: packages of modules may be called ``lib`` or ``include`` as well.
    """
    for top, names, _ in os.walk(directory):
        place = Path(top)
        names[:] = sorted(name for name in names if not name.endswith(".dist-info"))
        has_libraries = any(_has_libraries(place / name) for name in ("lib", "lib64"))
        if has_libraries or _has_headers(place / "include"):
            yield place
            names[:] = [name for name in names if name not in _OF_A_PREFIX]


def _has_libraries(directory: Path) -> bool:
    """Tell whether a directory has something to link to; extension modules are not."""
    return any((directory / name).is_dir() for name in ("pkgconfig", "cmake")) or any(
        path.suffix in _SUFFIXES and (path.suffix != ".so" or path.name.startswith("lib"))
        for path in directory.glob("*")
    )


def _has_headers(directory: Path) -> bool:
    return any(path.suffix in _HEADERS for path in directory.rglob("*"))


def _machines(file: Path) -> tuple[tuple[str, int | None], ...]:
    """Return formats and machines in a file; none of linker scripts, and of what is damaged."""
    if not file.stat().st_size:
        return ()
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            return machines_of(data)
        except (ValueError, IndexError):
            return ()
