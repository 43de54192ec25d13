"""py-build-cmake: a configuration file of its own for cross builds.

Its documentation, "Cross-compilation", has the keys. The toolchain file in it is that of the
environment of a target.
"""

from __future__ import annotations

import json

from crosshook.adapters import _cmake
from crosshook.adapters._needed import check_suffix, needed_toolchain
from crosshook.adapters.plan import SCRATCH, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.project import Project
from crosshook.target import Target
from crosshook.target.tags import own_abi

_FILE = "py-build-cmake.cross.toml"

_SYSTEMS = {"Linux": "linux", "Windows": "windows", "Darwin": "mac"}
"""By ``platform.system()``: what ``os`` calls it."""


class PyBuildCMake(Adapter):
    """py-build-cmake."""

    name = "py-build-cmake"

    def recognises(self, project: Project) -> bool:
        return project.delegate.name.partition(":")[0].partition(".")[0] == "py_build_cmake"

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes py-build-cmake build for the target.

        :raises UnsupportedTarget: without a toolchain.
        """
        needed_toolchain(target, "CMake needs a compiler")
        check_suffix(target, self.name)
        return Plan(
            files={_FILE: _configuration(target)},
            config_settings={"cross": [f"{SCRATCH}/{_FILE}"]},
            wheel_platform=target.platform.tag,
        )


def _configuration(target: Target) -> str:
    version = target.python_version
    python = {name.lower(): value for name, value in _cmake.find_python(target).items()}
    values = {
        "os": _SYSTEMS[target.platform.system.platform_system],
        "implementation": version.implementation.tag,
        "version": version.nodot,
        "abi": own_abi(version, target.abi_flags),
        "arch": target.platform.row.plain_tag,
        "toolchain_file": _cmake.TOOLCHAIN_FILE,
        **{key: python[key] for key in ("library", "sabi_library", "include_dir", "soabi")},
    }
    # JSON's strings are TOML's.
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items() if value]
    build = json.dumps(f"{SCRATCH}/build/py-build-cmake")
    return "\n".join([*lines, "[cmake]", f"build_path = {build}", ""])
