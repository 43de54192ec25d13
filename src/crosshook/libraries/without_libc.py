"""A prefix without what the toolchain brings itself: the headers of libc, and libc.

Debian's ``usr/include`` has glibc's headers beside those of the libraries. In front of the
toolchain's they would be taken in their place, and the two do not mix. What is left out is told by
name: every file that a directory of the compiler's own has as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from crosshook.libraries.prefix import Prefix
from crosshook.target.symbols import UNVERSIONED
from crosshook.target.system_libraries import MANYLINUX, MUSLLINUX

_LIBC_HEADERS = ("stdio.h", "features.h", "linux/types.h")

_NOT_BROUGHT = frozenset({*UNVERSIONED, "libatomic.so.1"})
"""What tags promise, and no toolchain has."""

_RUNTIME = frozenset(name.partition(".")[0] for name in (MANYLINUX | MUSLLINUX) - _NOT_BROUGHT)
_START_FILE = re.compile(r"[\w]*crt[\w]*\.o|ld-.*|libc_nonshared\.a|libpthread_nonshared\.a")


def has_libc(prefix: Prefix) -> bool:
    """Tell whether there are headers of libc or of the kernel in a prefix."""
    return any(Path(path, name).exists() for path in prefix.include for name in _LIBC_HEADERS)


def compiler_headers(output: str) -> frozenset[str]:
    """Return the headers that a compiler has itself, by their names in ``#include <NAME>``.

    :param output: What ``cc -E -v`` prints.
    """
    listed = re.search(r"^#include <\.\.\.>.*\n((?: .*\n)*)", output, re.MULTILINE)
    found: set[str] = set()
    for line in listed[1].splitlines() if listed is not None else ():
        top = line.strip()
        for directory, _, files in os.walk(top):
            below = os.path.relpath(directory, top).replace(os.sep, "/")
            found.update(name if below == "." else f"{below}/{name}" for name in files)
    return frozenset(found)


def links(prefix: Prefix, tree: Path | None, headers: Iterable[str]) -> Mapping[str, str]:
    """Return a prefix without libc: what each link in it leads to, by relative path.

    :param tree: Where absolute links start from; None for this machine's root.
    :param headers: What :func:`compiler_headers` returns.
    """
    own = frozenset(headers)
    shared = frozenset(parent for name in own for parent in _parents(name))
    found: dict[str, str] = {}
    for top in prefix.include:
        start = Path(top)
        names = (
            n for n in _names(start) if start != prefix.root / "include" or n != prefix.multiarch
        )
        for name in names:
            for relative, place in _headers(start / name, name, own, shared):
                found[f"{start.relative_to(prefix.root)}/{relative}"] = _real(place, tree)
    for directory in _library_directories(prefix, tree):
        base = "lib" if directory.name != prefix.multiarch else f"lib/{prefix.multiarch}"
        for name in _names(directory):
            if name != prefix.multiarch and not _is_runtime(name):
                found.setdefault(f"{base}/{name}", _real(directory / name, tree))
    for name in ("share", "bin", "lib64", "libdata"):
        if (prefix.root / name).is_dir():
            found[name] = str(prefix.root / name)
    return {name: target for name, target in found.items() if Path(target).exists()}


def _library_directories(prefix: Prefix, tree: Path | None) -> Iterator[Path]:
    roots = [prefix.root] if tree is None else [prefix.root, tree]
    for root in roots:
        for name in ("lib", *([f"lib/{prefix.multiarch}"] if prefix.multiarch else [])):
            # /lib is a link to /usr/lib in some trees.
            if (root / name).is_dir() and not (root / "lib").is_symlink():
                yield root / name


def _headers(
    place: Path, name: str, own: frozenset[str], shared: frozenset[str]
) -> Iterator[tuple[str, Path]]:
    if not place.is_dir() or name not in shared:
        if name not in own:
            yield name, place
        return
    for entry in _names(place):
        yield from _headers(place / entry, f"{name}/{entry}", own, shared)


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name


def _is_runtime(name: str) -> bool:
    library = name.endswith((".a", ".so")) or ".so." in name
    return (library and name.partition(".")[0] in _RUNTIME) or bool(_START_FILE.fullmatch(name))


def _real(place: Path, tree: Path | None) -> str:
    """Return what a path leads to, inside the tree that it is in."""
    for _ in range(40):
        if not place.is_symlink():
            break
        target = place.readlink()
        if target.is_absolute() and tree is not None:
            place = tree / target.relative_to("/")
        else:
            place = Path(os.path.normpath(place.parent / target))
    return str(place)


def _names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())
