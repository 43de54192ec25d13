"""Development files of a target Python, made from headers on this machine and the facts we keep.

The public headers of a CPython minor version are the same on every platform; what differs is
``pyconfig.h``. On Windows an import library is needed as well, which ``dlltool`` makes from a list
of names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook._types import Command
from crosshook.errors import TargetPythonError
from crosshook.pythons.description import TargetPython, describe_cpython
from crosshook.pythons.exports import dll_names, exports, render_def
from crosshook.pythons.pyconfig import known_versions, render_pyconfig_h
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion


@dataclass(frozen=True, kw_only=True, slots=True)
class Composition:
    """What has to be done to make a target Python's development files, in one directory."""

    python: TargetPython
    """What is there afterwards."""
    trees: Mapping[str, Path]
    """Directories to copy, by relative path; before ``files``."""
    files: Mapping[str, str]
    """Text of files, by relative path."""
    commands: tuple[Command, ...]
    """To run in the directory, in order; after ``files``."""


def compose(
    platform: Platform,
    version: PythonVersion,
    *,
    headers: Path,
    directory: Path,
    dlltool: Sequence[str],
) -> Composition:
    """Return how to make a CPython's development files for a platform.

    :param headers: The include directory of a CPython of the same minor version on this machine.
    :param directory: Where the files will be.
    :param dlltool: The command that makes import libraries; unused off Windows.
    :raises TargetPythonError: if the headers do not fit, or the facts are not there.
    """
    check_headers(headers, version)
    files = {"include/pyconfig.h": render_pyconfig_h(platform, version)}
    commands = []
    libraries = {}
    if (machine := platform.system.dlltool_machine(platform.row)) is not None:
        for kind, dll in dll_names(version).items():
            stem = dll.removesuffix(".dll")
            files[f"libs/{stem}.def"] = render_def(version, stable_abi=kind != "dynamic")
            libraries[kind] = str(directory / "libs" / f"{stem}.lib")
            names = ("-d", f"libs/{stem}.def", "-D", dll, "-l", f"libs/{stem}.lib")
            commands.append((*dlltool, "-m", machine, *names))
    return Composition(
        python=describe_cpython(
            platform,
            version,
            prefix=str(directory),
            headers=str(directory / "include"),
            import_libraries=libraries,
            full_version=version_of(headers),
        ),
        trees={"include": headers},
        files=files,
        commands=tuple(commands),
    )


def composable_versions(platform: Platform) -> tuple[PythonVersion, ...]:
    """Return the CPythons that there are facts for, oldest first."""
    numbers = [int(dotted.partition(".")[2]) for dotted in known_versions(platform)]
    versions = [
        PythonVersion(major=3, minor=minor, free_threaded=free_threaded)
        for minor in sorted(numbers)
        for free_threaded in (False, True)
        if minor >= _FIRST_FREE_THREADED or not free_threaded
    ]
    return tuple(version for version in versions if _exports_are_known(platform, version))


_FIRST_FREE_THREADED = 13


def _exports_are_known(platform: Platform, version: PythonVersion) -> bool:
    try:
        for kind in dll_names(version) if platform.system.links_python else ():
            exports(version, stable_abi=kind != "dynamic")
    except TargetPythonError:
        return False
    return True


def fingerprint(platform: Platform, version: PythonVersion, headers: Path) -> str:
    """Return a name for what :func:`compose` would make; another one if any of it would differ."""
    return digest(
        compose(platform, version, headers=headers, directory=Path(), dlltool=("dlltool",))
    )


def digest(composition: Composition) -> str:
    """Return a name for the files that a composition makes, wherever it makes them."""
    hashed = hashlib.sha256()
    for name, tree in sorted(composition.trees.items()):
        hashed.update(f"{name}\0{tree}\0".encode())
        hashed.update((tree / "patchlevel.h").read_bytes())
    for name, text in sorted(composition.files.items()):
        hashed.update(f"{name}\0{text}\0".encode())
    return hashed.hexdigest()


def check_headers(headers: Path, version: PythonVersion) -> None:
    """Check that a directory holds the public headers of a CPython minor version.

    :raises TargetPythonError: if not, with what to install.
    """
    dotted = version.dotted
    if not (headers / "Python.h").is_file():
        raise TargetPythonError(
            f"{headers}: no Python.h, so not the headers of Python {dotted}",
            hint=f"install them: the package is python{dotted}-dev or python{dotted}-devel",
        )
    found = version_of(headers)
    if not found.startswith(f"{dotted}."):
        raise TargetPythonError(f"{headers}: the headers of Python {found}, {dotted} is needed")


def unix_root(prefix: Path) -> Path:
    """Return the directory of an unpacked Python for Unix that ``include`` is in: its ``usr``, in a
    package of Debian's."""
    return next((d for d in (prefix, prefix / "usr") if (d / "include").is_dir()), prefix)


def version_of(headers: Path) -> str:
    """Return the version of an include directory, ``MAJOR.MINOR.MICRO``, from its patchlevel.h.

    :raises TargetPythonError: if there is none.
    """
    file = headers / "patchlevel.h"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    parts = [
        re.search(rf"#define\s+PY_{part}_VERSION\s+(\d+)", text)
        for part in ("MAJOR", "MINOR", "MICRO")
    ]
    if not all(parts):
        raise TargetPythonError(f"{file}: says no version of Python")
    return ".".join(part[1] for part in parts if part)
