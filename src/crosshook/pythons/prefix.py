"""An unpacked real Python for the target platform, as ``--target-python`` names it.

Known layouts: CPython's own on Windows (``include``, ``libs``; also NuGet's, whose prefix is
``tools``), ``make install``'s on POSIX, and Debian's, whose ``pyconfig.h`` is in a directory of
its own for each processor. Those of PyPy are in :mod:`crosshook.pythons.pypy`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from crosshook.errors import TargetPythonError, UsageError
from crosshook.pythons.composed import Composition, check_headers, unix_root, version_of
from crosshook.pythons.description import describe_cpython, soabi_of
from crosshook.pythons.exports import dll_names
from crosshook.pythons.pyconfig import free_threaded_pyconfig_h
from crosshook.pythons.pypy import read_pypy
from crosshook.target.implementations import CPYTHON, PYPY
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_PE_HEADER_OFFSET = 0x3C


def read_prefix(
    prefix: Path, platform: Platform, version: PythonVersion, *, directory: Path
) -> Composition:
    """Return the description of an unpacked Python, and what has to be made to use it.

    Nothing has to be made but for Debian's layout, whose headers need one pyconfig.h, and for
    free-threaded Pythons for Windows, whose headers are those of the build with the GIL.

    :param directory: Where files that have to be made will be.
    :raises UsageError: if the prefix is not there.
    :raises TargetPythonError: if it holds no Python, one of another version, or one for another
        platform.
    """
    if not prefix.is_dir():
        raise UsageError(f"--target-python: {prefix}: neither a directory nor a file")
    if version.implementation is PYPY:
        return read_pypy(prefix, platform, version)
    if platform.system.links_python:
        return _windows(prefix, platform, version, directory)
    return _posix(prefix, platform, version, directory)


def headers_in(prefix: Path, version: PythonVersion) -> Path | None:
    """Return the include directory of an unpacked Python for whatever platform; None if it is not
    of that minor version, or has none, or is a PyPy."""
    if version.implementation is not CPYTHON:
        return None
    names = dict.fromkeys(
        (f"python{version}", f"python{version.dotted}", f"python{version.dotted}t")
    )
    candidates = [
        root / "include" / name
        for root in (prefix, prefix / "usr", prefix / "tools")
        for name in (*names, "")
    ]
    for directory in candidates:
        if (directory / "Python.h").is_file():
            found = version_of(directory)
            return directory if found.startswith(f"{version.dotted}.") else None
    return None


def find_interpreter(prefix: Path, platform: Platform, version: PythonVersion) -> Path | None:
    """Return the program in an unpacked Python that runs it; None if it holds none."""
    name = platform.system.layout.interpreter.format(version=version)
    # Debian's packages have "usr", NuGet's "tools".
    candidates = (prefix / root / name for root in ("", "usr", "tools"))
    return next((file for file in candidates if file.is_file()), None)


def _windows(
    prefix: Path, platform: Platform, version: PythonVersion, directory: Path
) -> Composition:
    root = next((d for d in (prefix, prefix / "tools") if (d / "include").is_dir()), prefix)
    headers = root / "include"
    check_headers(headers, version)
    dlls = dll_names(version)
    _check_dll(root / dlls["dynamic"], platform)
    libraries = {
        kind: root / "libs" / f"{dll.removesuffix('.dll')}.lib" for kind, dll in dlls.items()
    }
    for library in libraries.values():
        if not library.is_file():
            raise TargetPythonError(f"--target-python: {library}: no such import library")
    files = {}
    if version.free_threaded:
        official = (headers / "pyconfig.h").read_text(encoding="utf-8")
        files["include/pyconfig.h"] = free_threaded_pyconfig_h(official)
    python = describe_cpython(
        platform,
        version,
        prefix=str(root),
        headers=str(directory / "include" if files else headers),
        full_version=version_of(headers),
        import_libraries={kind: str(library) for kind, library in libraries.items()},
    )
    trees = {"include": headers} if files else {}
    return Composition(python=python, trees=trees, files=files, commands=())


def _check_dll(dll: Path, platform: Platform) -> None:
    if not dll.is_file():
        raise TargetPythonError(
            f"--target-python: {dll}: no such file, so not a Python for Windows"
        )
    with dll.open("rb") as stream:
        stream.seek(_PE_HEADER_OFFSET)
        stream.seek(int.from_bytes(stream.read(4), "little") + 4)
        machine = int.from_bytes(stream.read(2), "little")
    if machine != platform.row.machine[1]:
        raise TargetPythonError(
            f"--target-python: {dll}: machine 0x{machine:04x}, {platform.tag} needs "
            f"0x{platform.row.machine[1]:04x}"
        )


def _posix(
    prefix: Path, platform: Platform, version: PythonVersion, directory: Path
) -> Composition:
    root = unix_root(prefix)
    headers = root / "include" / f"python{version}"
    check_headers(headers, version)
    _check_soabi(root / "lib" / f"python{version}", platform, version)
    split = root / "include" / str(platform.row.multiarch) / f"python{version}" / "pyconfig.h"
    if not split.is_file():
        if not (headers / "pyconfig.h").is_file():
            raise TargetPythonError(f"--target-python: {headers / 'pyconfig.h'}: no such file")
        python = describe_cpython(
            platform,
            version,
            prefix=str(root),
            headers=str(headers),
            full_version=version_of(headers),
        )
        return Composition(python=python, trees={}, files={}, commands=())
    # Debian's pyconfig.h includes <MULTIARCH/pythonX.Y/pyconfig.h>. The directory that this is
    # found in holds the headers of libc as well, which must not meet the compiler's own.
    made = directory / "include"
    return Composition(
        python=describe_cpython(
            platform,
            version,
            prefix=str(root),
            headers=str(made),
            full_version=version_of(headers),
        ),
        trees={"include": headers},
        files={"include/pyconfig.h": split.read_text(encoding="utf-8")},
        commands=(),
    )


def _check_soabi(stdlib: Path, platform: Platform, version: PythonVersion) -> None:
    """Compare the prefix's own sysconfig data with the platform, without importing it.

    Debian's directories may hold those of several processors, side by side.
    """
    wanted = soabi_of(platform, version)
    found = {file: _soabi_in(file) for file in sorted(stdlib.glob("_sysconfigdata_*.py"))}
    stated = {file: soabi for file, soabi in found.items() if soabi is not None}
    if wanted in stated.values():
        return
    for file, soabi in stated.items():
        raise TargetPythonError(
            f"--target-python: {file}: SOABI is {soabi!r}, {platform.tag} needs {wanted!r}"
        )
    raise TargetPythonError(
        f"--target-python: {stdlib}: no _sysconfigdata_*.py that says SOABI, so not an installed "
        "Python"
    )


def _soabi_in(file: Path) -> str | None:
    text = file.read_text(encoding="utf-8", errors="replace")
    literal = re.search(r"build_time_vars = (\{.*\})", text, re.DOTALL)
    if literal is None:
        return None
    try:
        soabi = ast.literal_eval(literal[1]).get("SOABI")
    except (SyntaxError, ValueError):
        return None
    return soabi if isinstance(soabi, str) else None
