"""An unpacked PyPy: its layout, what it says of itself, and what it exports to modules.

Nothing of PyPy is composed: its headers are its own, and rename each function of CPython's API,
``PyList_New`` to ``PyPyList_New``. Known layouts are that of the archives on pypy.org, ``bin``,
``include/pypy3.11`` and ``lib/pypy3.11``, and Debian's, which has the same below ``usr``.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping
from pathlib import Path

from crosshook.errors import TargetPythonError
from crosshook.pythons.composed import Composition, check_headers, unix_root, version_of
from crosshook.pythons.description import TargetPython, check_pypy_is_built_for, describe_pypy
from crosshook.target.platforms import Platform
from crosshook.target.promise import INTERPRETER
from crosshook.target.python_version import PythonVersion


def read_pypy(prefix: Path, platform: Platform, version: PythonVersion) -> Composition:
    """Return the description of an unpacked PyPy; nothing has to be made to use it.

    :raises TargetPythonError: if it is none, of another version, or for another platform.
    """
    check_pypy_is_built_for(platform, version)
    root = unix_root(prefix)
    headers = root / "include" / version.program
    check_headers(headers, version)
    pypy_version = _pypy_version(headers)
    if pypy_version is None:
        raise TargetPythonError(f"--target-python: {headers}: not the headers of a PyPy")
    python = describe_pypy(
        platform,
        version,
        prefix=str(root),
        headers=str(headers),
        full_version=version_of(headers),
        pypy_version=pypy_version,
    )
    _check_suffix(root / "lib" / version.program, platform, python)
    return Composition(python=python, trees={}, files={}, commands=())


def pypy_exports(
    prefix: Path, platform: Platform, version: PythonVersion
) -> Mapping[str, frozenset[str]]:
    """Return the names that an unpacked PyPy exports to modules: those of its library.

    As :attr:`crosshook.target.promise.Promise.exports` has them.

    :raises TargetPythonError: if the library is not there, or is for another processor.
    """
    from crosshook.wheel.objects import read_object

    root = unix_root(prefix)
    name = f"lib{version.program}-c{platform.system.library_end}"
    places = (root / "bin", root / "lib", root / "lib" / str(platform.row.multiarch))
    file = next((place / name for place in places if (place / name).is_file()), None)
    if file is None:
        raise TargetPythonError(f"--target-python: {prefix}: holds no {name}")
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        library = read_object(name, data)
    if library is None or library.damage is not None or platform.row.machine not in library.parts:
        found = library.damage or library.description if library is not None else "no object file"
        raise TargetPythonError(f"--target-python: {file}: {found}; not for {platform.tag}")
    exported = frozenset(name for image in library.images for name in image.exports)
    return {INTERPRETER: exported}


def _pypy_version(headers: Path) -> str | None:
    text = (headers / "patchlevel.h").read_text(encoding="utf-8", errors="replace")
    stated = re.search(r'#define\s+PYPY_VERSION\s+"(\d+\.\d+\.\d+)', text)
    return stated[1] if stated is not None else None


def _check_suffix(stdlib: Path, platform: Platform, python: TargetPython) -> None:
    """Compare the names of PyPy's own extension modules with those of the platform."""
    wanted = str(python.details["abi"]["extension_suffix"])
    modules = sorted(file.name for file in stdlib.glob(f"*.pypy*{platform.system.module_end}"))
    if any(name.endswith(wanted) for name in modules):
        return
    if not modules:
        raise TargetPythonError(
            f"--target-python: {stdlib}: none of PyPy's extension modules in it, so not an "
            "installed PyPy"
        )
    raise TargetPythonError(
        f"--target-python: {stdlib / modules[0]}: an extension module of another PyPy: "
        f"{platform.tag} needs {wanted!r}"
    )
