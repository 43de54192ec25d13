"""The environment of a target outside of a build: for commands that make C libraries.

It is what goes around a build, without what speaks of Python: compilers, pkg-config, CMake's
toolchain file, a cross file for Meson, Cargo's variables, what ``configure`` reads first.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook import _files, _kept
from crosshook.adapters import environment, meson_python
from crosshook.adapters._build_tools import gnu_triplet
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.backend import applied
from crosshook.frontend.resolve import Machine
from crosshook.project import Backend, Project
from crosshook.target import Target

_MESON_CROSS_FILE = "meson-cross.ini"

_IN_A_PREFIX = ("include", "lib/pkgconfig", "bin")


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetEnvironment:
    """What tools are told of a target."""

    environ: Mapping[str, str]
    """Variables to set."""
    unset: frozenset[str]
    """Variables that must not reach the tools."""
    values: Mapping[str, str]
    """What the placeholders of a command stand for: ``prefix``, ``host``, ``cmake-toolchain``,
    ``meson-cross-file``, ``project``."""

    def around(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return an environment with this in it."""
        kept = {name: value for name, value in environ.items() if name not in self.unset}
        return {**kept, **self.environ}


def target_environment(
    target: Target,
    prefix: Path,
    directory: Path,
    machine: Machine,
    *,
    note: Callable[[str], None],
) -> TargetEnvironment:
    """Return the environment of a target, with its files in the cache.

    :param prefix: Where libraries are installed, one after the other; made if it is not there.
    :param directory: What the commands work in.
    :param note: Is told if files in the cache were made anew, and why.
    :raises CrosshookError: if the target has no compilers, or they cannot be told of it.
    """
    for name in _IN_A_PREFIX:
        _files.make_directory(prefix / name)
    libraries = dict.fromkeys([str(prefix), *target.libraries])
    # Python's import library is for modules.
    target = replace(target, libraries=tuple(libraries), import_libraries={})
    # What one command of several installs, the next has to find.
    own = [str(prefix / name) for name in ("lib/pkgconfig", "share/pkgconfig")]
    users = machine.environ.get("PKG_CONFIG_LIBDIR", "")
    searched = os.pathsep.join([*filter(None, [users]), *own])
    plan = _plan(target, directory, machine, {**machine.environ, "PKG_CONFIG_LIBDIR": searched})
    key = hashlib.sha256(json.dumps(sorted(plan.files.items())).encode()).hexdigest()[:16]
    place = machine.cache / "environments" / f"{target.platform.tag}-{key}"
    placed = plan.with_scratch(str(place))

    def make(draft: Path) -> None:
        _files.write_files(draft, placed.files)
        for name in placed.executables:
            (draft / name).chmod(0o755)

    _kept.keep_directory(place, make, note=note)
    toolchain = target.toolchain.environ if target.toolchain is not None else {}
    return TargetEnvironment(
        environ={**toolchain, **placed.environ},
        unset=placed.unset,
        values={
            "prefix": str(prefix),
            "host": gnu_triplet(target),
            "cmake-toolchain": str(place / "cmake" / "toolchain.cmake"),
            "meson-cross-file": str(place / _MESON_CROSS_FILE),
            "project": str(directory),
        },
    )


def _plan(target: Target, directory: Path, machine: Machine, environ: Mapping[str, str]) -> Plan:
    project = Project(root=directory, requires=(), backend=Backend(name="none"))
    known = BuildMachine(system=machine.system, environ=environ)
    toolchain = target.toolchain.environ if target.toolchain is not None else {}
    questions = tuple(dict.fromkeys(environment.probes(target, project, known)))
    known = replace(known, answers=applied.ask(questions, directory, toolchain))
    plan = environment.plan(target, project, known)
    return plan.merged(Plan(files={_MESON_CROSS_FILE: meson_python.cross_file(target, known)}))
