"""scikit-build-core: what it runs is CMake, and the environment of a target tells that.

What is left for it alone:

* Its build directory is not the source tree's.
* It names wheels and modules after the Python that runs it, in parts, so that has to be of the
  target's version. The rest of the tags it takes from ``packaging`` and ``sysconfig``, which the
  overlay makes speak of the target; the platform tag is the target's afterwards.
* Its plugin for setuptools, and backends in projects that choose between CMake and setuptools, are
  told what setuptools is told as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from crosshook.adapters._needed import check_running_version, check_suffix, needed_toolchain
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.adapters.setuptools import Setuptools
from crosshook.project import Project
from crosshook.target import Target

_BUILD_DIRECTORY = "build/skbuild"
"""In the scratch directory."""


class ScikitBuildCore(Adapter):
    """scikit-build-core, and backends in projects that build on it."""

    name = "scikit-build-core"

    def recognises(self, project: Project) -> bool:
        package = project.delegate.name.partition(":")[0].partition(".")[0]
        in_tree = bool(project.delegate.path) and project.requires_package(self.name)
        return package == "scikit_build_core" or in_tree

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes scikit-build-core build for the target.

        :raises UnsupportedTarget: without a toolchain, and where the delegate would run in a Python
            of another version than the target's.
        """
        needed_toolchain(target, "CMake needs a compiler")
        check_suffix(target, self.name)
        check_running_version(target, project, machine, self.name)
        environ = {}
        named = {key.rpartition(".")[2] for key in machine.config_settings}
        if "build-dir" not in named:
            # Its variables are read before its settings.
            environ["SKBUILD_BUILD_DIR"] = f"{SCRATCH}/{_BUILD_DIRECTORY}"
        plan = Plan(
            environ=environ,
            wheel_platform=target.platform.tag,
            project_sees_target=project.settings.project_sees == "target",
        )
        if project.requires_package("setuptools"):
            return plan.merged(Setuptools().plan(target, project, machine))
        return plan

    def explain_pure(self, project: Project, plan: Plan) -> Iterable[str]:
        """Say that CMake ran: an override with ``if.failed`` makes a wheel without it."""
        if Path(plan.scratch, _BUILD_DIRECTORY, "CMakeCache.txt").is_file():
            yield (
                "CMake ran, and the wheel holds no compiled code: did it fail, and the project "
                "makes a wheel without it then? --require-native refuses such a wheel"
            )
