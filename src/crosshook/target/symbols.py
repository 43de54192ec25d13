"""The symbols that a system's C library, and other libraries that it promises, define.

The lists are in ``data/symbols``, a name each line; ``scripts/system_symbols.py`` makes them and
says what from. They hold names that may be newer than a tag's version of musl or macOS, neither of
which has versions of symbols; glibc's names have theirs.
"""

from __future__ import annotations

import functools
from pathlib import Path

SYMBOLS_DIRECTORY = Path(__file__).parent / "data" / "symbols"

UNVERSIONED = (
    "libz.so.1",
    "libexpat.so.1",
    "libX11.so.6",
    "libXext.so.6",
    "libXrender.so.1",
    "libICE.so.6",
    "libSM.so.6",
    "libGL.so.1",
    "libgobject-2.0.so.0",
    "libgthread-2.0.so.0",
    "libglib-2.0.so.0",
)
"""Libraries that manylinux promises, some or all of whose symbols bear no version."""


@functools.cache
def glibc_symbols(version: tuple[int, int]) -> frozenset[str]:
    """Return the names that a glibc defines, in whichever of its libraries.

    A symbol that is needed without a version is looked for in all that is loaded, and Python has
    them loaded.
    """
    return frozenset(name for name, since in _glibc() if since <= version)


def musl_symbols() -> frozenset[str]:
    """Return the names that musl defines, on whichever processor."""
    return _names("musl")


def macos_symbols() -> frozenset[str]:
    """Return the names that libSystem and the libraries behind it export, as C spells them."""
    return _names("macos")


def library_symbols(library: str) -> frozenset[str]:
    """Return the names that a library of :data:`UNVERSIONED` defines; of others, none."""
    return _names(library) if library in UNVERSIONED else frozenset()


@functools.cache
def _glibc() -> tuple[tuple[str, tuple[int, int]], ...]:
    found = []
    for line in _lines("glibc"):
        name, _, version = line.partition(" ")
        major, minor = (version or "2.17").split(".")
        found.append((name, (int(major), int(minor))))
    return tuple(found)


@functools.cache
def _names(stem: str) -> frozenset[str]:
    return frozenset(_lines(stem))


def _lines(stem: str) -> list[str]:
    return (SYMBOLS_DIRECTORY / f"{stem}.txt").read_text(encoding="utf-8").splitlines()
