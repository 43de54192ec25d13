"""What ``--target-python`` names: an unpacked Python, or the ``build-details.json`` of one.

A file is enough: without the Python that it describes, the development files are composed. An
unpacked Python that holds such a file is described by it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crosshook.errors import TargetPythonError
from crosshook.pythons.build_details import PATHS, BuildDetails, read_build_details
from crosshook.pythons.composed import Composition
from crosshook.pythons.description import TargetPython
from crosshook.pythons.prefix import read_prefix
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_ABI_VARIABLES = (
    "ABIFLAGS",
    "EXT_SUFFIX",
    "HAVE_DYNAMIC_LOADING",
    "LDVERSION",
    "MACOSX_DEPLOYMENT_TARGET",
    "MULTIARCH",
    "Py_DEBUG",
    "Py_GIL_DISABLED",
    "SHLIB_SUFFIX",
    "SIZEOF_VOID_P",
    "SOABI",
    "SOABI_PLATFORM",
    "VERSION",
    "py_version_nodot",
)
"""Variables that are about the target Python alone. The others name compilers, their flags and
directories of the machine that it was built on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A target Python that the user named."""

    composition: Composition
    unpacked: bool
    """Whether it is on this machine; otherwise its development files are composed."""
    notes: tuple[str, ...]
    """What the user should know of it."""


def read_target_python(
    named: Path,
    platform: Platform,
    version: PythonVersion,
    *,
    directory: Path,
    compose: Callable[[], Composition],
) -> Named:
    """Return the Python that ``--target-python`` names, and what has to be made to use it.

    :param named: A prefix, or a ``build-details.json`` file of any name.
    :param directory: Where files that have to be made will be.
    :param compose: Makes up for development files that are not on this machine.
    :raises UsageError: if there is neither a directory nor a file.
    :raises TargetPythonError: if it is not a Python for the platform.
    """
    if named.is_file():
        return _from_file(named, platform, version, directory, compose)
    composition = read_prefix(named, platform, version, directory=directory)
    file = find_build_details(Path(composition.python.details["base_prefix"]), platform, version)
    if file is None:
        return Named(composition=composition, unpacked=True, notes=())
    try:
        described = read_build_details(file, platform, version)
    except TargetPythonError as error:
        # The prefix was understood without it.
        return Named(composition=composition, unpacked=True, notes=(f"left aside: {error}",))
    return Named(
        composition=_merged(composition, described),
        unpacked=True,
        notes=_mended(file, described),
    )


def find_build_details(prefix: Path, platform: Platform, version: PythonVersion) -> Path | None:
    """Return the ``build-details.json`` of an installed Python; None if it has none.

    CPython's own is in the standard library's directory, on Windows in the prefix. Debian's has the
    flags and the multiarch tuple in its name, since several processors share the directory.
    """
    if platform.system.links_python:
        candidates = [prefix / "build-details.json"]
    else:
        stdlib = prefix / platform.system.layout.stdlib.format(version=version)
        multiarch = platform.row.multiarch
        candidates = [
            stdlib / "build-details.json",
            stdlib / f"build-details.{version.threads}.{multiarch}.json",
        ]
    return next((file for file in candidates if file.is_file()), None)


def _from_file(
    file: Path,
    platform: Platform,
    version: PythonVersion,
    directory: Path,
    compose: Callable[[], Composition],
) -> Named:
    described = read_build_details(file, platform, version)
    notes = _mended(file, described)
    prefix = described.data["base_prefix"]
    missing = f"{prefix}: not on this machine"
    if Path(prefix).is_dir():
        try:
            composition = read_prefix(Path(prefix), platform, version, directory=directory)
        except TargetPythonError as error:
            missing = error.message.removeprefix("--target-python: ")
        else:
            return Named(composition=_merged(composition, described), unpacked=True, notes=notes)
    composition = compose()
    return Named(
        composition=_merged(composition, described, moved=True),
        unpacked=False,
        notes=(*notes, f"development files are composed: {missing}"),
    )


def _mended(file: Path, described: BuildDetails) -> tuple[str, ...]:
    return (f"{file}: mended: {'; '.join(described.repairs)}",) if described.repairs else ()


def _merged(
    composition: Composition, described: BuildDetails, *, moved: bool = False
) -> Composition:
    """Return the composition with what the file says, but for the paths of development files.

    :param moved: Whether the paths in the file are those of another machine.
    """
    python = composition.python
    details: dict[str, Any] = copy.deepcopy(dict(described.data))
    if moved:
        details["base_prefix"] = python.details["base_prefix"]
    for *tables, key in PATHS:
        table = details
        for name in tables:
            table = table.get(name, {})
        if key in table and (moved or not Path(table[key]).exists()):
            del table[key]
    details.setdefault("c_api", {})["headers"] = python.details["c_api"]["headers"]
    # It is in the target on its own.
    details.get("arbitrary_data", {}).pop("crosshook", None)
    stated = described.sysconfig_vars
    variables = {name: stated[name] for name in _ABI_VARIABLES if name in stated}
    return replace(
        composition,
        python=TargetPython(
            details=details,
            sysconfig_vars={**python.sysconfig_vars, **variables},
            import_libraries=python.import_libraries,
        ),
    )
