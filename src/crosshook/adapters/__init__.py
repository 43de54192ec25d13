"""Adapters: each knows how one delegate is told about a target.

An adapter is an :class:`Adapter`, in a module of its own. Another distribution can offer some, as
entry points of the group ``crosshook.adapters``; they are asked where none of crosshook's own
recognises the delegate, or where ``[tool.crosshook] adapter`` names one. A backend that nobody
knows gets :class:`~crosshook.adapters.generic.Generic`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crosshook._plugins import ADAPTERS, Plugin, find_plugins
from crosshook._types import Command
from crosshook.adapters.generic import Generic
from crosshook.adapters.maturin import Maturin
from crosshook.adapters.meson_python import MesonPython
from crosshook.adapters.plan import SCRATCH, Answer, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.adapters.py_build_cmake import PyBuildCMake
from crosshook.adapters.pymsbuild import PyMSBuild
from crosshook.adapters.scikit_build_core import ScikitBuildCore
from crosshook.adapters.setuptools import Setuptools
from crosshook.adapters.setuptools_rust import SetuptoolsRust
from crosshook.errors import ProjectError
from crosshook.project import Project
from crosshook.target import Target

__all__ = ["SCRATCH", "Adapter", "Answer", "BuildMachine", "Plan", "find_adapter"]

OWN: tuple[Adapter, ...] = (
    ScikitBuildCore(),
    SetuptoolsRust(),
    Setuptools(),
    MesonPython(),
    Maturin(),
    PyBuildCMake(),
    PyMSBuild(),
)

OWN_NAMES = (*(adapter.name for adapter in OWN), Generic.name)


def find_adapter(project: Project) -> Adapter:
    """Return the adapter for a project's delegate.

    :raises ProjectError: if ``tool.crosshook.adapter`` names none of them.
    :raises PluginError: if one of another distribution is asked and cannot be used.
    """
    named = project.settings.adapter
    if named is not None:
        return _named(named, project)
    own = next((adapter for adapter in OWN if adapter.recognises(project)), None)
    if own is not None:
        return own
    foreign = map(_Foreign, _plugins().values())
    return next((adapter for adapter in foreign if adapter.recognises(project)), Generic())


def _plugins() -> Mapping[str, Plugin]:
    return find_plugins(ADAPTERS, OWN_NAMES)


def _named(name: str, project: Project) -> Adapter:
    own = {adapter.name: adapter for adapter in (*OWN, Generic())}
    if name in own:
        return own[name]
    others = _plugins()
    if name in others:
        return _Foreign(others[name])
    raise ProjectError(
        f"{project.root / 'pyproject.toml'}: tool.crosshook.adapter: unknown adapter {name!r}",
        hint=f"known: {', '.join([*own, *others])}",
    )


class _Foreign(Adapter):
    """Another distribution's adapter: its mistakes are its own, and need not be a subclass."""

    def __init__(self, plugin: Plugin) -> None:
        self.name = plugin.name
        self._plugin = plugin
        self._adapter = plugin.load(("recognises", "plan"))
        self.needs_copy = bool(getattr(self._adapter, "needs_copy", True))

    def recognises(self, project: Project) -> bool:
        with self._plugin.blamed():
            return bool(self._adapter.recognises(project))

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        with self._plugin.blamed():
            plan = self._adapter.plan(target, project, machine)
            if not isinstance(plan, Plan):
                raise TypeError(f"plan() returned {plan!r}, not a Plan")
            return plan

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        if not hasattr(self._adapter, "probes"):
            return ()
        with self._plugin.blamed():
            return tuple(self._adapter.probes(target, project, machine))

    def explain(self, project: Project, plan: Plan) -> Iterable[str]:
        if not hasattr(self._adapter, "explain"):
            return ()
        with self._plugin.blamed():
            return tuple(self._adapter.explain(project, plan))

    def explain_pure(self, project: Project, plan: Plan) -> Iterable[str]:
        if not hasattr(self._adapter, "explain_pure"):
            return ()
        with self._plugin.blamed():
            return tuple(self._adapter.explain_pure(project, plan))
