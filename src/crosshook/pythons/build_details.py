"""PEP 739 ``build-details.json``: read, checked against version 1.0 of its schema, completed.

:func:`check_build_details` is the schema, with key paths in errors. :func:`read_build_details`
reads a file for a target. The files that come with Pythons have known defects, which it mends; what
it mended is a sentence in :attr:`BuildDetails.repairs`.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from crosshook.errors import TargetPythonError
from crosshook.pythons._repairs import repair_abi, repair_shape
from crosshook.pythons._schema import EXTRA, ROOT
from crosshook.pythons.description import describe_python
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

PATHS = (
    ("base_interpreter",),
    ("libpython", "dynamic"),
    ("libpython", "dynamic_stableabi"),
    ("libpython", "static"),
    ("c_api", "headers"),
    ("c_api", "pkgconfig_path"),
)
"""The keys of paths that may be relative to ``base_prefix``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildDetails:
    """What a ``build-details.json`` says, completed."""

    data: Mapping[str, Any]
    """Valid PEP 739 data; every path absolute, if perhaps of another machine."""
    sysconfig_vars: Mapping[str, str | int]
    """What ``crosshook.dump`` wrote of them; empty in files that others wrote."""
    import_libraries: Mapping[str, str]
    """Windows, likewise: ``dynamic``, ``dynamic_stableabi``."""
    repairs: tuple[str, ...]
    """What was mended, a line each that starts with the key path."""


def read_build_details(file: Path, platform: Platform, version: PythonVersion) -> BuildDetails:
    """Return what a ``build-details.json`` says of a Python for a platform.

    :param version: What the target Python has to be.
    :raises TargetPythonError: if the file is not that of such a Python, or malformed beyond repair;
        with the file, the key path and the value.
    """
    data, repairs = repair_shape(_load(file))
    check_build_details(data, source=str(file))
    expected = describe_python(platform, version, prefix="", headers="").details
    repairs += repair_abi(data, expected)
    _check_python(data, expected, platform, file)
    extra = data.get("arbitrary_data", {}).get("crosshook", {})
    EXTRA(extra, f"{file}: arbitrary_data.crosshook")
    return BuildDetails(
        data=_absolute(data, file),
        sysconfig_vars=extra.get("sysconfig_vars", {}),
        import_libraries=extra.get("import_libraries", {}),
        repairs=repairs,
    )


def check_build_details(data: object, *, source: str) -> None:
    """Check data against the schema of PEP 739, version 1.0.

    :raises TargetPythonError: naming the first key path that is wrong.
    """
    ROOT(data, f"{source}: ")


def _load(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetPythonError(f"{file}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise TargetPythonError(f"{file}: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise TargetPythonError(f"{file}: is not a JSON object")
    version = data.get("schema_version")
    if isinstance(version, str) and re.fullmatch(r"1\.[1-9][0-9]*", version):
        # A later minor version only adds keys.
        data["schema_version"] = "1.0"
    return data


def _check_python(
    data: Mapping[str, Any], expected: Mapping[str, Any], platform: Platform, file: Path
) -> None:
    for keys, what in (
        (("implementation", "name"), "this build needs"),
        (("platform",), f"{platform.tag} needs"),
        (("language", "version"), "this build needs"),
        (("abi", "flags"), "this build needs"),
    ):
        found, wanted = data, expected
        for key in keys:
            found, wanted = found[key], wanted[key]
        if found != wanted:
            raise TargetPythonError(
                f"{file}: {'.'.join(keys)} is {found!r}, {what} {wanted!r}",
            )


def _absolute(data: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Return the data with absolute paths, those of a prefix that was moved included."""
    made = copy.deepcopy(dict(data))
    stated = made["base_prefix"]
    prefix = stated if _is_absolute(stated) else _join(str(file.parent.absolute()), stated)
    installed = _installed_prefix(file)
    if _is_absolute(stated) and installed is not None and not _same(Path(stated), installed):
        prefix = str(installed)
    made["base_prefix"] = prefix
    for *tables, key in PATHS:
        table = made
        for name in tables:
            table = table.get(name, {})
        if key in table:
            table[key] = _below(table[key], stated, prefix)
    return made


def _below(path: str, stated: str, prefix: str) -> str:
    if not _is_absolute(path):
        return _join(prefix, path)
    rest = path[len(stated) :]
    if prefix != stated and path.startswith(stated) and rest[:1] in ("", "/", "\\"):
        return _join(prefix, rest.lstrip("/\\") or ".")
    return path


def _installed_prefix(file: Path) -> Path | None:
    """Return the prefix that a file in a standard library is in: PREFIX/lib/pythonX.Y."""
    file = file.absolute()
    if re.fullmatch(r"(python|pypy)\d+\.\d+[a-z]*", file.parent.name) and file.parents[1].name in (
        "lib",
        "lib64",
    ):
        return file.parents[2]
    return None


def _same(first: Path, second: Path) -> bool:
    return first.resolve() == second.resolve()


def _is_absolute(path: str) -> bool:
    """Whether a path is absolute on any system."""
    return re.match(r"/|[A-Za-z]:[\\/]|\\\\", path) is not None


def _join(base: str, path: str) -> str:
    if re.match(r"[A-Za-z]:|\\\\", base):
        return str(PureWindowsPath(base, path))
    return os.path.normpath(os.path.join(base, path.replace("\\", "/")))
