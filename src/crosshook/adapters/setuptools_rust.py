"""setuptools-rust: what setuptools is told, and what cargo is told.

setuptools-rust is a plugin of setuptools: its projects declare ``setuptools.build_meta``, and are
recognised by the requirement, or by ``[tool.setuptools-rust]``. It takes the triple from
``CARGO_BUILD_TARGET``, and names extension modules as setuptools' ``build_ext`` does, by the
suffixes that the overlay puts in place; the stable ABI's too.
"""

from __future__ import annotations

from crosshook._types import Command
from crosshook.adapters import _rust, setuptools
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.project import Project
from crosshook.target import Target

NAME = "setuptools-rust"


def recognises(project: Project) -> bool:
    """Tell whether the delegate is setuptools, with the plugin for Rust."""
    rust = project.requires_package(NAME) or NAME in project.tools
    return rust and setuptools.recognises(project)


def probes(target: Target, machine: BuildMachine) -> tuple[Command, ...]:
    return _rust.probes(target, machine)


def plan(target: Target, project: Project, machine: BuildMachine) -> Plan:
    """Return what makes setuptools and cargo build for the target.

    :raises UnsupportedTarget: without a toolchain, without Rust, or Rust's standard library.
    """
    return setuptools.plan(target, project, machine).merged(_rust.plan(target, machine))
