"""Libraries of the machine that builds, which variables name: ``OPENSSL_DIR=/opt/openssl``.

Whoever sets such a variable for all builds means those for this machine. ``build.rs`` and
``setup.py`` files read it, whatever they build for. What it names is looked at: where a library is
there for another machine than the target's, it is left out of the build.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from crosshook.adapters._rust import in_variables
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.libraries.layout import libraries_in, wrong_machine
from crosshook.libraries.prefix import Prefix
from crosshook.target import Target
from crosshook.target.platforms import Platform
from crosshook.target.systems import ROWS

_NAMES_LIBRARIES = re.compile(
    r"(?P<library>[A-Z][A-Z0-9_]*?)_(ROOT|((ROOT|LIB|LIBRARY|INCLUDE)_)?DIR|LIBDIR)"
)
"""A variable with the directory of a library, as ``*-sys`` crates and ``setup.py`` files read it;
CMake's ``find_package`` reads those that end in ``_ROOT``."""

_FOR_ONE_MACHINE = (
    "HOST_",
    *(f"{in_variables(triple)}_" for row in ROWS for triple in (row.rust.triple, *row.rust.mingw)),
)
"""Beginnings of variables that say which machine they are about."""

_PKG_CONFIG_PATH = "PKG_CONFIG_PATH"
_ROOTS = (Path("/"), Path("/usr"))
"""Prefixes of a system's own libraries."""
_MULTIARCH = frozenset(row.multiarch for row in ROWS if row.multiarch is not None)


def plan(target: Target, machine: BuildMachine) -> Plan:
    """Return what keeps libraries of the build machine out of a build."""
    wrong = dict(_wrong(machine.environ, target.platform))
    libraries = {_library(name) for name in wrong}
    unset = {name for name in machine.environ if _library(name) in libraries}
    notes = [f"left out: {name}={machine.environ[name]}: {why}" for name, why in wrong.items()]
    path = machine.environ.get(_PKG_CONFIG_PATH, "")
    entries = {entry: _problem(Path(entry), target.platform) for entry in path.split(os.pathsep)}
    kept = os.pathsep.join(entry for entry, problem in entries.items() if problem is None)
    notes += [f"left out of {_PKG_CONFIG_PATH}: {why}" for why in entries.values() if why]
    return Plan(
        environ={_PKG_CONFIG_PATH: kept} if kept != path else {},
        unset=frozenset(unset),
        notes=tuple(notes),
    )


def _wrong(environ: Mapping[str, str], platform: Platform) -> Iterator[tuple[str, str]]:
    """Yield the variables that name another machine's libraries, and what is wrong."""
    for name, value in sorted(environ.items()):
        if value and _library(name) is not None:
            problem = _problem(Path(value), platform)
            if problem is not None:
                yield name, problem


def _library(name: str) -> str | None:
    """Return which library a variable is about; None if about none, or for one machine alone."""
    found = _NAMES_LIBRARIES.fullmatch(name)
    return None if found is None or name.startswith(_FOR_ONE_MACHINE) else found["library"]


def _problem(directory: Path, platform: Platform) -> str | None:
    """Return what is wrong with the libraries in a directory, or beside it; None if nothing is."""
    if not directory.is_absolute() or not directory.is_dir():
        return None
    for name in _MULTIARCH.intersection(directory.parts):
        if name != platform.row.multiarch:
            return f"{directory} is for {name}"
    prefix = Prefix(root=_prefix_of(directory), multiarch=platform.row.multiarch)
    if prefix.root in _ROOTS and next(libraries_in(prefix), None) is None:
        return f"{prefix.root} has no libraries for {platform.tag}"
    return wrong_machine(prefix, platform)


def _prefix_of(directory: Path) -> Path:
    """Return the prefix that a directory is, or is a part of."""
    while directory.name in ("pkgconfig", "include", "lib", "lib64", "share", *_MULTIARCH):
        directory = directory.parent
    return directory
