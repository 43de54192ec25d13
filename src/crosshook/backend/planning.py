"""What the build of a project for a target is told: by whom, and what."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from crosshook._types import ConfigSettings
from crosshook.adapters import Adapter, environment
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.backend import applied
from crosshook.emulators.during_builds import program_runner
from crosshook.errors import ProjectError
from crosshook.project import Project
from crosshook.target import Target
from crosshook.target.python_version import running_python


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a build is told, in two parts that are merged."""

    environment: Plan
    """What every build tool is told, whichever backend started it."""
    adapter: Plan
    """What the adapter adds for its backend."""

    @property
    def merged(self) -> Plan:
        return self.environment.merged(self.adapter)


def told(
    project: Project, adapter: Adapter, target: Target, config_settings: ConfigSettings
) -> Told:
    """Return what a build is told. Short commands are run for it: compilers say who they are.

    :raises UnsupportedTarget: if the backend cannot build for the target here.
    """
    machine = _build_machine(target, config_settings)
    parts = (environment, adapter)
    questions = [q for part in parts for q in part.probes(target, project, machine)]
    environ = target.toolchain.environ if target.toolchain is not None else {}
    answers = applied.ask(tuple(dict.fromkeys(questions)), project.root, environ)
    machine = replace(machine, answers=answers)
    return Told(
        environment=environment.plan(target, project, machine),
        adapter=adapter.plan(target, project, machine),
    )


def _build_machine(target: Target, config_settings: ConfigSettings) -> BuildMachine:
    system = "windows" if sys.platform == "win32" else sys.platform
    environ = dict(os.environ)
    extra_config = None
    if "DIST_EXTRA_CONFIG" in environ:
        file = Path(environ["DIST_EXTRA_CONFIG"])
        try:
            extra_config = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProjectError(f"DIST_EXTRA_CONFIG: {file}: cannot be read: {error}") from None
    return BuildMachine(
        system=system,
        environ=environ,
        extra_config=extra_config,
        python_version=running_python(),
        python=sys.executable,
        config_settings=config_settings,
        site_packages=tuple(
            entry for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")
        ),
        build_hooks=_build_hooks(),
        runner=program_runner(
            target, environ, system=system, arch=platform.machine(), state=f"{SCRATCH}/wine"
        ),
    )


_BUILD_HOOKS = (
    "hatch",
    "pdm.build.hook",
    "distutils.commands",
    "setuptools.finalize_distribution_options",
)
"""Groups of entry points: hatchling's plugins, pdm-backend's, and commands for setuptools."""

_MEAN_THIS_MACHINE = frozenset({"setuptools", "setuptools_rust", "wheel"})
"""Packages with such commands that ask about the machine they run on: they are told otherwise."""


def _build_hooks() -> tuple[str, ...]:
    """Return where the packages are that add build hooks to a backend.

    They do what a ``setup.py`` would, and ask which files and flags to use as if for the project.
    """
    # Each call reads what every distribution says.
    known = metadata.entry_points()
    hooks = [one for group in _BUILD_HOOKS for one in known.select(group=group)]
    return tuple(sorted({place for one in hooks for place in _places(one)}))


def _places(hook: metadata.EntryPoint) -> Iterable[str]:
    """Return where a hook is, and what else is of its distribution.

    What the hook's package is a part of is no hook: scikit-build-core has a plugin for hatchling,
    and is a backend.
    """
    outermost, *inside = (hook.module.rpartition(".")[0] or hook.module).split(".")
    if outermost in _MEAN_THIS_MACHINE:
        return ()
    # Looking for what is inside would import what is around it.
    spec = importlib.util.find_spec(outermost)
    packages: Sequence[str] = ()
    if spec is not None and spec.origin is not None:
        packages = spec.submodule_search_locations or [spec.origin]
    if packages and inside:
        return [os.path.join(package, *inside) for package in packages]
    return {*packages, *(_modules(hook.dist) if hook.dist is not None else ())}


def _modules(distribution: metadata.Distribution) -> set[str]:
    """Return a distribution's packages, and its modules that are in none: a hook may have a helper
    beside it, and what is in a namespace shares that with others."""
    found = set()
    for file in distribution.files or ():
        if file.suffix == ".py" and ".." not in file.parts:
            module = Path(str(distribution.locate_file(file)))
            in_package = len(file.parts) > 1 and (module.parent / "__init__.py").is_file()
            found.add(str(module.parent if in_package else module))
    return found
