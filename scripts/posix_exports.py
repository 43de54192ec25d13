"""Extract what Pythons for Linux and macOS export to extension modules.

    python -m scripts.posix_exports VERSION=FILE ... [--like VERSION=OLDER,NEWER]

``FILE`` is an interpreter with everything in it, or its library. Of each version, what any of its
files exports counts. The names that they have beyond those of CPython's DLLs for Windows go into
``posixVERSION.txt`` beside the lists of the DLLs, in ``src/crosshook/pythons/data/exports``; those
of DLLs that none of them has, into ``windows-only.txt``. ``--like`` is for a version that no such
file was to be had of: it is given what either neighbour has.

The lists of today were made from the interpreters in Debian's packages for amd64 (3.11.2 of
bookworm, 3.13.5 of trixie, 3.14 and 3.15 of sid), and the libraries of python-build-standalone for
Linux and macOS on arm64 (3.10.16, 3.11.11 and 3.14.6, in the Go module
``github.com/kluctl/go-embed-python``). Debian's 3.13 for arm64 exports the same as that for amd64.
No free-threaded Python for these systems was to be had: what the DLL of one has beyond that of the
same version with the GIL is taken to be the same there.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from crosshook.pythons.exports import EXPORTS_DIRECTORY, exports
from crosshook.target.python_version import parse_python_version
from crosshook.wheel.objects import read_object

_PYTHONS = re.compile(r"_?Py(?!InitU?_)\w+|PY_\w+")
"""Names of the C API and private ones; not the modules that an interpreter may have in it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", metavar="VERSION=FILE")
    parser.add_argument("--like", action="append", default=[], metavar="VERSION=OLDER,NEWER")
    arguments = parser.parse_args()
    names: dict[str, set[str]] = {}
    for text in arguments.files:
        version, _, file = text.partition("=")
        names.setdefault(version, set()).update(exported(Path(file)))
    beyond, windows_only = compared(names)
    for text in arguments.like:
        version, _, neighbours = text.partition("=")
        beyond[version] = set().union(*(beyond[neighbour] for neighbour in neighbours.split(",")))
    for version, found in beyond.items():
        _write(f"posix{version.replace('.', '')}", found)
    _write("windows-only", windows_only)


def exported(file: Path) -> set[str]:
    """Return the names of Python's in what an interpreter or a library exports."""
    found = read_object(file.name, file.read_bytes())
    if found is None or found.damage is not None:
        raise SystemExit(f"{file}: not a Python that can be read")
    names = {name for image in found.images for name in image.exports}
    return {name for name in names if _PYTHONS.fullmatch(name)}


def compared(names: Mapping[str, set[str]]) -> tuple[dict[str, set[str]], set[str]]:
    """Return what each version has beyond its DLL, and what DLLs have that none of them has."""
    dlls = {
        version: set(exports(parse_python_version(version, source="VERSION"), stable_abi=False))
        for version in names
    }
    windows_only = set().union(*(dlls[version] - names[version] for version in names))
    beyond = {version: found - (dlls[version] - windows_only) for version, found in names.items()}
    return beyond, windows_only


def _write(stem: str, names: Iterable[str]) -> None:
    lines = sorted(names)
    (EXPORTS_DIRECTORY / f"{stem}.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"{stem}: {len(lines)}")


if __name__ == "__main__":
    main()
