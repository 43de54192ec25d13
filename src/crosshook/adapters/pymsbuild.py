"""pymsbuild: variables, as the chapter "Cross-compiling" of its documentation has them.

* The tags are given in full, so that pymsbuild takes nothing from the Python that runs it.
* For Windows, Visual Studio compiles, on Windows: pymsbuild chooses its compiler by
  ``PYMSBUILD_PLATFORM``.
* Elsewhere, the .NET SDK's MSBuild calls compilers with gcc's arguments. pymsbuild has rules for
  them under one name, ``POSIX_x64``, and no other; nothing in them but the commands depends on the
  processor, and MSBuild takes those from the environment. What is linked is an extension module:
  for programs and static libraries, a project has to set ``Link_Cmd`` itself.
* ``python3-config``, which it asks for compiler flags, is the script that answers for the target.
"""

from __future__ import annotations

import ntpath
import shlex
from collections.abc import Iterable, Mapping

from crosshook._types import Command
from crosshook.adapters import _python_config
from crosshook.adapters._build_tools import command, unused_import_library
from crosshook.adapters._needed import check_suffix, needed_toolchain
from crosshook.adapters.plan import SCRATCH, Answer, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.errors import UnsupportedTarget
from crosshook.project import Project
from crosshook.target import Target
from crosshook.target.tags import accepted_tags

_DOTNET: Command = ("dotnet", "build", "-version", "-nologo")
"""What pymsbuild asks where ``MSBUILD`` names no other."""

_POSIX_PLATFORM = "linux_x86_64"
"""What pymsbuild calls the one platform off Windows that it has rules for."""


class PyMSBuild(Adapter):
    """pymsbuild."""

    name = "pymsbuild"

    def recognises(self, project: Project) -> bool:
        return project.delegate.name.partition(":")[0] == "pymsbuild"

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        return () if _brings_msbuild(machine) else (_DOTNET,)

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes pymsbuild build for the target.

        :raises UnsupportedTarget: without MSBuild, or a compiler.
        """
        check_suffix(target, self.name)
        windows = target.platform.system.name == "windows"
        if not _brings_msbuild(machine) and _code(machine) != 0:
            raise UnsupportedTarget(
                f"pymsbuild: no MSBuild to build for {target.platform.tag} with: dotnet is not on "
                "PATH, or has none",
                hint="install the .NET SDK, or name another: MSBUILD=COMMAND; code for Windows is "
                "compiled by Visual Studio, on Windows",
            )
        tag = accepted_tags(target)[0]
        environ = {
            "PYMSBUILD_WHEEL_TAG": str(tag),
            "PYMSBUILD_ABI_TAG": f"{tag.abi}-{tag.platform}",
            "PYMSBUILD_ABI": tag.abi,
            "PYMSBUILD_EXT_SUFFIX": target.extension_suffixes[0],
            "PYMSBUILD_PLATFORM": tag.platform if windows else _POSIX_PLATFORM,
            "PYMSBUILD_TEMP_DIR": f"{SCRATCH}/build",
            "PYTHON_INCLUDES": target.headers or "",
        }
        libraries = {ntpath.dirname(library) for library in target.import_libraries.values()}
        if libraries:
            environ["PYTHON_LIBS"] = ";".join(sorted(libraries))
        told = Plan(environ={name: value for name, value in environ.items() if value})
        return told if windows else told.merged(_with_gcc(target, machine))


def _brings_msbuild(machine: BuildMachine) -> bool:
    """Tell whether pymsbuild needs no ``dotnet``."""
    return machine.system == "windows" or bool(machine.environ.get("MSBUILD"))


def _code(machine: BuildMachine) -> int | None:
    return machine.answers.get(_DOTNET, Answer(code=None)).code


def _with_gcc(target: Target, machine: BuildMachine) -> Plan:
    """Return what makes the rules for compilers with gcc's arguments call the target's."""
    toolchain = needed_toolchain(target, "pymsbuild needs a compiler")
    link_flags = target.platform.system.module_link_flags(unused_import_library())
    environ: Mapping[str, str] = {
        name: shlex.join((*command(target, machine, tool), *flags))
        for name, tool, flags in (
            ("CC_Cmd", "cc", ("-fPIC",)),
            ("CPP_Cmd", "cxx", ("-fPIC",)),
            ("Link_Cmd", "cxx", ("-shared", "-fPIC", *link_flags)),
        )
        if tool in toolchain.commands and not machine.environ.get(name)
    }
    config = _python_config.PYTHON_CONFIG
    return Plan(environ={**environ, "PYTHON_CONFIG": f"{SCRATCH}/{config}"})
