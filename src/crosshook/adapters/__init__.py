"""Adapters: each knows how one delegate is told about a target.

An adapter is a module with three names: ``NAME``; ``recognises(project)``, whether it speaks for
the project's delegate; and ``plan(target, project, machine)``, a pure function that returns a
:class:`~crosshook.adapters.plan.Plan` or raises :class:`~crosshook.errors.UnsupportedTarget`. One
that has to know what is on the build machine also has ``probes(target, machine)``: the commands
whose outcomes ``plan`` finds in ``machine.answers``.
"""

from __future__ import annotations

from typing import Protocol

from crosshook._types import Command
from crosshook.adapters import maturin, meson_python, setuptools, setuptools_rust
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.errors import ProjectError
from crosshook.project import Project
from crosshook.target import Target


class Adapter(Protocol):
    @property
    def NAME(self) -> str: ...
    def recognises(self, project: Project) -> bool: ...
    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan: ...


ADAPTERS: tuple[Adapter, ...] = (setuptools_rust, setuptools, meson_python, maturin)


def find_adapter(project: Project) -> Adapter | None:
    """Return the adapter for a project's delegate; None if nothing here knows the delegate.

    :raises ProjectError: if ``tool.crosshook.adapter`` names none of them.
    """
    named = project.settings.adapter
    if named is None:
        return next((a for a in ADAPTERS if a.recognises(project)), None)
    for adapter in ADAPTERS:
        if named == adapter.NAME:
            return adapter
    raise ProjectError(
        f"{project.root / 'pyproject.toml'}: tool.crosshook.adapter: unknown adapter {named!r}",
        hint=f"known: {', '.join(a.NAME for a in ADAPTERS)}",
    )


def probes(adapter: Adapter, target: Target, machine: BuildMachine) -> tuple[Command, ...]:
    """Return the commands that an adapter wants the outcome of before it plans."""
    asked = getattr(adapter, "probes", None)
    return tuple(asked(target, machine)) if asked is not None else ()
