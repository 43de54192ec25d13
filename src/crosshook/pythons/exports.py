"""What a Python exports to extension modules, for import libraries and for checks.

``python3XX.dll`` and ``python3.dll`` on Windows; the interpreter itself, or its library, elsewhere.

The names are in ``data/exports``, a line each, with ``DATA`` behind those that are not functions;
``scripts/python_facts.py`` extracts them from real DLLs, those for x64; what is known of 3.14 and
of free-threaded builds, and from where, is said there. No DLL of 3.15 was to be had: its lists are
derived by ``scripts/derive_exports.py``, from what it exports on Linux. The official DLLs for the
other processors are built from the same sources and export the same names, but for
``PyOS_CheckStack``, which ``pythonrun.h`` declares for MSVC on win32 alone. What Pythons for Linux
and macOS export is said by its difference from the DLL; ``scripts/posix_exports.py`` makes those
lists, and says what from.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from crosshook.errors import TargetPythonError
from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform
from crosshook.target.promise import INTERPRETER
from crosshook.target.python_version import PythonVersion
from crosshook.target.stable_abi import stable_abi_dlls

EXPORTS_DIRECTORY = Path(__file__).parent / "data" / "exports"


def dll_names(version: PythonVersion) -> Mapping[str, str]:
    """Return the names of a Python's DLLs, under the names that PEP 739 has for the libraries.

    ``dynamic`` is ``python313.dll``, ``python313t.dll``; ``dynamic_stableabi`` is ``python3.dll``
    or ``python3t.dll``, if it has a stable ABI.
    """
    names = {"dynamic": version.dll}
    for dll in stable_abi_dlls(version)[:1]:
        names["dynamic_stableabi"] = dll
    return names


def exports(version: PythonVersion, *, stable_abi: bool) -> Mapping[str, bool]:
    """Return the names that a DLL exports, each with whether it is data.

    :raises TargetPythonError: if there is no list for that version.
    """
    file = EXPORTS_DIRECTORY / f"python{version.digits}{'-stable' if stable_abi else ''}.txt"
    if not file.is_file():
        raise TargetPythonError(
            f"no list of what python{version.digits}.dll exports to make import libraries from",
            hint="name an unpacked Python for Windows: --target-python PREFIX; or have one "
            "downloaded: --python-source fetch",
        )
    return _read(file)


def render_def(version: PythonVersion, *, stable_abi: bool) -> str:
    """Return the module-definition file that ``dlltool`` makes an import library from."""
    name = dll_names(version)["dynamic_stableabi" if stable_abi else "dynamic"]
    lines = [
        f"{symbol} DATA" if data else symbol
        for symbol, data in exports(version, stable_abi=stable_abi).items()
    ]
    return "\n".join([f"LIBRARY {name}", "EXPORTS", *lines, ""])


def python_exports(platform: Platform, version: PythonVersion) -> Mapping[str, frozenset[str]]:
    """Return the names that a target Python exports, by the DLL's name on Windows.

    Elsewhere modules name no library for them, and all are under :data:`INTERPRETER`. Empty for a
    version whose exports are not known; of a PyPy, only its own library says them.
    """
    if version.implementation is not CPYTHON:
        return {}
    try:
        if not platform.system.links_python:
            return {INTERPRETER: posix_exports(version)}
        names = dict.fromkeys(stable_abi_dlls(version), True)
        names[dll_names(version)["dynamic"]] = False
        return {
            dll: frozenset(exports(version, stable_abi=stable_abi))
            for dll, stable_abi in names.items()
        }
    except TargetPythonError:
        return {}


def posix_exports(version: PythonVersion) -> frozenset[str]:
    """Return the names that a Python for Linux or macOS exports.

    :raises TargetPythonError: if they are not known for that version.
    """
    of_windows = exports(version, stable_abi=False).keys()
    beyond = _read(EXPORTS_DIRECTORY / f"posix{version.nodot}.txt").keys()
    return frozenset(of_windows - _read(EXPORTS_DIRECTORY / "windows-only.txt").keys() | beyond)


@functools.cache
def _read(file: Path) -> Mapping[str, bool]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line.removesuffix(" DATA"): line.endswith(" DATA") for line in lines}
