"""setuptools-rust: what setuptools is told, and what cargo is told.

setuptools-rust is a plugin of setuptools: its projects declare ``setuptools.build_meta``, and are
recognised by the requirement, or by ``[tool.setuptools-rust]``. It takes the triple from
``CARGO_BUILD_TARGET``, and names extension modules as setuptools' ``build_ext`` does, by the
suffixes that the overlay puts in place; the stable ABI's too.
"""

from __future__ import annotations

from collections.abc import Iterable

from crosshook._types import Command
from crosshook.adapters import _rust
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.adapters.setuptools import Setuptools
from crosshook.project import Project
from crosshook.target import Target


class SetuptoolsRust(Setuptools):
    """setuptools, with the plugin for Rust."""

    name = "setuptools-rust"

    def recognises(self, project: Project) -> bool:
        rust = project.requires_package(self.name) or self.name in project.tools
        return rust and super().recognises(project)

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        return _rust.probes(target, machine)

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes setuptools and cargo build for the target.

        :raises UnsupportedTarget: without a toolchain, without Rust, or Rust's standard library.
        """
        return super().plan(target, project, machine).merged(_rust.plan(target, machine))
