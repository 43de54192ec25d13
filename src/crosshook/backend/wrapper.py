"""The wrapper itself: hands out the delegate's hooks, and adds those of the proposal."""

from __future__ import annotations

import importlib
import sys
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from crosshook import errors
from crosshook._types import ConfigSettings, TargetMapping
from crosshook.adapters import Adapter, find_adapter
from crosshook.adapters.plan import Plan
from crosshook.backend import applied, planning
from crosshook.errors import ProjectError, TargetError
from crosshook.project import Backend, Project, read_project
from crosshook.report import missing_extensions, report
from crosshook.target import Target, parse_target
from crosshook.wheel.retag import retag

_CROSS_HOOKS = ("cross_build_wheel", "get_requires_for_cross_build_wheel")


def wrap(name: str, *, backend_path: tuple[str, ...] = (), adapter: str | None = None) -> Wrapper:
    """Return a build backend that wraps another one, for a module inside a project.

    With ``backend-path = ["_build"]`` and ``build-backend = "backend:backend"``, the file
    ``_build/backend.py`` is::

        from crosshook.backend import wrap

        backend = wrap("setuptools.build_meta")

    :param name: The delegate: ``module`` or ``module:object``, as ``build-backend`` has it.
    :param backend_path: As ``backend-path`` has it, where the delegate is in the project as well.
    :param adapter: The adapter to use, where the delegate would not be recognised.
    """
    return Wrapper(Backend(name=name, path=backend_path), adapter)


class Wrapper:
    """A build backend: its attributes are the hooks. The project is the current directory."""

    def __init__(self, delegate: Backend | None = None, adapter: str | None = None) -> None:
        self._delegate_named = delegate
        self._adapter_named = adapter

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        project = self._project()
        delegate = _load(project)
        adapter = find_adapter(project)
        if not hasattr(delegate, _CROSS_HOOKS[0]):
            if name == "UnsupportedTarget":
                return errors.UnsupportedTarget
            if name in _CROSS_HOOKS:
                return getattr(_CrossHooks(project, delegate, adapter), name)
        return getattr(delegate, name)

    def _project(self) -> Project:
        project = read_project(Path.cwd())
        if self._delegate_named is not None:
            project = replace(project, backend=self._delegate_named)
        if self._adapter_named is not None:
            project = replace(
                project, settings=replace(project.settings, adapter=self._adapter_named)
            )
        return project


class _CrossHooks:
    """The two hooks of the proposal, for a delegate that an adapter speaks for."""

    def __init__(self, project: Project, delegate: Any, adapter: Adapter) -> None:
        self._project = project
        self._delegate = delegate
        self._adapter = adapter

    def cross_build_wheel(
        self,
        wheel_directory: str,
        target: TargetMapping,
        config_settings: ConfigSettings | None = None,
        metadata_directory: str | None = None,
    ) -> str:
        """Build a wheel for a target into a directory and return its file name.

        :raises UnsupportedTarget: if the delegate cannot build for that target.
        """
        parsed = _parsed(target)
        with self._applied(parsed, config_settings) as plan:
            settings = plan.settings_with(config_settings or {})
            for note in plan.notes:
                report("note", note)
            try:
                delegate = self._seeing_target()
                name = delegate.build_wheel(wheel_directory, settings or None, metadata_directory)
            except BaseException:
                for cause in self._adapter.explain(self._project, plan):
                    report("cause", cause)
                if not self._adapter.knows_backend:
                    report("unknown-backend", self._project.delegate.name)
                raise
            wheel = Path(wheel_directory) / name
            for extension in missing_extensions(plan, wheel):
                report("missing-extension", extension)
            if name.endswith("-any.whl"):
                for doubt in self._adapter.explain_pure(self._project, plan):
                    report("cause", doubt)
            if plan.wheel_platform is not None:
                name = retag(wheel, plan.wheel_platform).name
            if not self._adapter.knows_backend and not name.endswith("-any.whl"):
                report("unknown-backend", self._project.delegate.name)
        return str(name)

    def get_requires_for_cross_build_wheel(
        self, target: TargetMapping, config_settings: ConfigSettings | None = None
    ) -> list[str]:
        """Return further requirements of the build environment, as PEP 508 strings."""
        parsed = _parsed(target)
        with self._applied(parsed, config_settings) as plan:
            hook = getattr(self._seeing_target(), "get_requires_for_build_wheel", None)
            requires = list(hook(config_settings)) if hook is not None else []
            return [*requires, *plan.requires]

    def _seeing_target(self) -> Any:
        """Return the delegate; one in the project is imported again, and sees the target from its
        first line on."""
        return _load(self._project) if self._project.delegate.path else self._delegate

    def _applied(
        self, target: Target, config_settings: ConfigSettings | None
    ) -> AbstractContextManager[Plan]:
        project = self._project
        plan = planning.told(project, self._adapter, target, config_settings or {}).merged
        return applied.applied(plan, target, project.root, project.settings.target_requires)


def _parsed(target: TargetMapping) -> Target:
    """Return the target, or raise what the hook has to raise where it is none that we know."""
    try:
        return parse_target(target)
    except TargetError as error:
        raise errors.UnsupportedTarget(error.message, hint=error.hint) from None


def _load(project: Project) -> Any:
    """Import the delegate, from ``backend-path`` if it has one."""
    delegate = project.delegate
    for directory in reversed(delegate.path):
        absolute = str(project.root / directory)
        if absolute not in sys.path:
            sys.path.insert(0, absolute)
    module, _, attributes = delegate.name.partition(":")
    loaded: Any = importlib.import_module(module)
    for attribute in attributes.split(".") if attributes else ():
        # Not an AttributeError, which would say that the wrapper lacks the hook.
        if not hasattr(loaded, attribute):
            raise ProjectError(f"{project.root}: {delegate.name}: there is no {attribute!r}")
        loaded = getattr(loaded, attribute)
    return loaded
