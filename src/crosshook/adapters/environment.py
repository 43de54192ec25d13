"""The environment of a target: what every build tool is told, whichever backend started it.

A ``setup.py`` runs CMake, a hook of hatchling calls a compiler, Rust comes through
``setup_requires``: what a project declares does not say which tools its build runs. So this goes
around every cross build, and an adapter adds what its backend alone needs.

What the user's own environment says wins where it can be right.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from crosshook._types import Command
from crosshook.adapters import (
    _build_tools,
    _cmake,
    _cmake_program,
    _libraries,
    _native_libraries,
    _python_config,
    _rust,
    _strip,
    _uname,
)
from crosshook.adapters.plan import SCRATCH, SCRIPTS, BuildMachine, Plan
from crosshook.errors import UnsupportedTarget
from crosshook.project import Project
from crosshook.target import Target

_UNSET = frozenset(
    {
        # They would make Python processes take another sysconfig than the overlay's.
        "_PYTHON_HOST_PLATFORM",
        "_PYTHON_SYSCONFIGDATA_NAME",
        # This machine's, for compilers that know it.
        "ARCHFLAGS",
    }
)


def probes(target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
    """Return the commands whose outcomes :func:`plan` finds in ``machine.answers``."""
    return _rust.probes(target, machine) if holds_rust(project) else ()


def plan(target: Target, project: Project, machine: BuildMachine) -> Plan:
    """Return what has to be true around every build for a target."""
    native = _native_libraries.plan(target, machine)
    users = {name: value for name, value in machine.environ.items() if name not in native.unset}
    machine = replace(machine, environ={**users, **native.environ})
    environ = dict(target.platform.system.compiler_environ(target.platform))
    toolchain = target.toolchain
    if target.build_toolchain is not None:
        environ.update(_build_tools.build_compilers(target.build_toolchain))
    told = native.merged(Plan(environ=environ, unset=_UNSET, build_hooks=machine.build_hooks))
    if toolchain is not None:
        told = told.merged(Plan(environ=toolchain.environ))
        if toolchain.argument_syntax != "msvc":
            told = told.merged(_build_tools.compilers(target, toolchain, machine))
    for part in (
        _build_tools.search_paths(target, machine),
        _build_tools.pkg_config(target, machine),
        _build_tools.go(target, machine),
        _build_tools.configure(target, machine),
        _build_tools.runner(machine),
        _cmake.plan(target, project, machine),
        _cmake_program.plan(target, machine),
        _uname.plan(target, project, machine),
        _python_config.plan(target, machine),
        _strip.plan(target, machine),
        _libraries.plan(target, machine),
    ):
        told = told.merged(part)
    if any(file.startswith(f"{SCRIPTS}/") for file in told.files):
        path = os.pathsep.join([f"{SCRATCH}/{SCRIPTS}", machine.path])
        told = told.merged(Plan(environ={"PATH": path}))
    if not holds_rust(project):
        return told
    rust = _cargo(target, machine)
    triple = rust.environ["CARGO_BUILD_TARGET"]
    return told.merged(rust).merged(Plan(environ=_libraries.cargo(target, machine, triple)))


def _cargo(target: Target, machine: BuildMachine) -> Plan:
    """Return what cargo is told, where the project may never call it."""
    try:
        return _rust.plan(target, machine)
    except UnsupportedTarget as error:
        # Whatever it builds must not be for this machine.
        environ = {"CARGO_BUILD_TARGET": target.platform.row.rust.triple}
        return Plan(environ=environ, notes=(f"if cargo is called, it fails: {error.message}",))


_NOT_SOURCES = frozenset({"node_modules", "site-packages", "target"})


def holds_rust(project: Project) -> bool:
    """Tell whether there is a crate in the source tree, wherever it is."""
    for directory, names, files in os.walk(project.root):
        if "Cargo.toml" in files:
            return True
        inside = Path(directory)
        names[:] = [
            name
            for name in names
            if not name.startswith(".")
            and name not in _NOT_SOURCES
            and not (inside / name / "pyvenv.cfg").exists()
        ]
    return False
