"""What ``python3XX.dll`` and ``python3.dll`` export, for import libraries and for checks.

The names are in ``data/exports``, a line each, with ``DATA`` behind those that are not functions;
``scripts/python_facts.py`` extracts them from real DLLs, those for x64. The official ones for the
other processors are built from the same sources and export the same names, but for
``PyOS_CheckStack``, which ``pythonrun.h`` declares for MSVC on win32 alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from crosshook.errors import TargetPythonError
from crosshook.platforms import Platform

_DATA = Path(__file__).parent / "data" / "exports"


def dll_names(version: tuple[int, int]) -> tuple[str, str]:
    """Return the names of the versioned and the stable ABI's DLL: python313.dll, python3.dll."""
    return "python{}{}.dll".format(*version), f"python{version[0]}.dll"


def exports(version: tuple[int, int], *, stable_abi: bool) -> Mapping[str, bool]:
    """Return the names that a DLL exports, each with whether it is data.

    :raises TargetPythonError: if there is no list for that version.
    """
    digits = "{}{}".format(*version)
    file = _DATA / f"python{digits}{'-stable' if stable_abi else ''}.txt"
    if not file.is_file():
        raise TargetPythonError(
            f"no list of what python{digits}.dll exports to make import libraries from",
            hint="name an unpacked Python for Windows: --target-python PREFIX",
        )
    return _read(file)


def render_def(version: tuple[int, int], *, stable_abi: bool) -> str:
    """Return the module-definition file that ``dlltool`` makes an import library from."""
    name = dll_names(version)[stable_abi]
    lines = [
        f"{symbol} DATA" if data else symbol
        for symbol, data in exports(version, stable_abi=stable_abi).items()
    ]
    return "\n".join([f"LIBRARY {name}", "EXPORTS", *lines, ""])


def python_exports(platform: Platform, version: tuple[int, int]) -> Mapping[str, frozenset[str]]:
    """Return the names that the DLLs of a target Python export, by the DLL's name.

    Empty off Windows, and for a version whose exports are not known.
    """
    if platform.row.system != "windows":
        return {}
    try:
        return {
            name: frozenset(exports(version, stable_abi=stable))
            for name, stable in zip(dll_names(version), (False, True), strict=True)
        }
    except TargetPythonError:
        return {}


@functools.cache
def _read(file: Path) -> Mapping[str, bool]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line.removesuffix(" DATA"): line.endswith(" DATA") for line in lines}
