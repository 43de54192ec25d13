"""meson-python: a cross file, and the target's ``build-details.json``.

What each part is for:

* The cross file goes in front of the user's ``setup-args``: Meson takes several, and what a later
  one says wins.
* ``python.build_config`` names the target's :pep:`739` data, for Meson from 1.10 on, which reads
  it but for macOS. All else that Meson asks, it asks the Python of the cross file, the one that
  runs the build, which the overlay makes speak of the target.
* Defines that every module needs are part of the compiler's command. As options they would take
  the place of the user's ``CFLAGS``.
* meson-python takes a wheel's platform tag from the Python that runs it. It knows no manylinux and
  no musllinux, and no macOS but its own, so the wheel gets the target's tag afterwards.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from typing import Any

from crosshook._types import Command
from crosshook.adapters import _libraries
from crosshook.adapters._build_tools import (
    define_flags,
    pkg_config_directories,
    quick_runner,
)
from crosshook.adapters._long_double import LONG_DOUBLE_64
from crosshook.adapters._meson import (
    Value,
    brought_meson,
    machine_file,
    meson_command,
    meson_version,
    unanswered,
)
from crosshook.adapters._needed import check_running_version, check_suffix, needed_toolchain
from crosshook.adapters.known_packages import KNOWN
from crosshook.adapters.plan import SCRATCH, Answer, BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.errors import UnsupportedTarget
from crosshook.project import Project
from crosshook.target import Target, Toolchain

OLDEST_MESON = {"zig": (1, 6)}
"""By toolchain: the first Meson that knows its linker."""

READS_BUILD_DETAILS = (1, 10)

_BINARIES = {
    "cc": "c",
    "cxx": "cpp",
    "fc": "fortran",
    "ar": "ar",
    "ranlib": "ranlib",
    "strip": "strip",
    "rc": "windres",
    "dlltool": "dlltool",
}
"""Meson's names of a toolchain's tools."""

_MSVC_LONG_DOUBLE = {"numpy": ("win32", "win-amd64")}
"""By project: sysconfig platforms for which it has to be compiled with MSVC's ``long double``.
NumPy compiles its C code with ``-mlong-double-64`` itself, but does not take that into account
where it asks how large the type is, and calls functions of MinGW-w64's libm, which take the longer
type."""

_OTHER_PROGRAMS: dict[str, Value] = {
    "pkg-config": "pkg-config",
    **{p.config_tool: p.config_tool for p in KNOWN.values() if p.config_tool is not None},
}
"""What runs on this machine and speaks of the target: pkg-config by the directories that it is
given, Python programs by the overlay. Meson would not look for them in a cross build."""

_BUILD_DETAILS = f"{SCRATCH}/build-details.json"


class MesonPython(Adapter):
    """meson-python, and backends in projects that build on it."""

    name = "meson-python"

    def recognises(self, project: Project) -> bool:
        module = project.delegate.name.partition(":")[0]
        in_tree = bool(project.delegate.path) and project.requires_package("meson-python")
        return module == "mesonpy" or in_tree

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        return (_asks_version(project, machine),)

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes meson-python build for the target.

        :raises UnsupportedTarget: without a toolchain, with an old Meson, and where the delegate
            would run in a Python of another version than the target's.
        """
        toolchain = needed_toolchain(target, "Meson needs a compiler")
        check_suffix(target, "Meson")
        answer = machine.answers.get(_asks_version(project, machine), Answer(code=None))
        meson = meson_version(answer)
        _check_versions(target, toolchain, project, machine, meson)
        files = {}
        extra: list[str] = []
        if _wants_msvc_long_double(target, toolchain, project):
            files["long-double.h"] = LONG_DOUBLE_64
            extra = ["-mlong-double-64", "-include", f"{SCRATCH}/long-double.h"]
        reads_details = _reads_build_details(target, meson)
        cross = _cross_file(target, toolchain, machine, extra, reads_details=reads_details)
        files["cross.ini"] = machine_file(cross)
        arguments = [f"--cross-file={SCRATCH}/cross.ini"]
        if "meson" in toolchain.cross_files:
            arguments.append(f"--cross-file={toolchain.cross_files['meson']}")
        if reads_details:
            files["build-details.json"] = json.dumps(_build_details(target), indent=2)
        if target.build_toolchain is not None:
            files["native.ini"] = machine_file({"binaries": _binaries(target.build_toolchain)})
            arguments.append(f"--native-file={SCRATCH}/native.ini")
        return Plan(
            files=files,
            config_settings={"setup-args": arguments, "build-dir": f"{SCRATCH}/build"},
            wheel_platform=target.platform.tag,
            # meson.build asks a Python by run_command(), or runs a script that writes sources.
            project_sees_target=project.settings.project_sees == "target",
            tools_in_project=brought_meson(project, machine),
        )

    def explain(self, project: Project, plan: Plan) -> Iterable[str]:
        """Return what only a program that runs on the target could have told the build."""
        for place in unanswered(f"{plan.scratch}/build/meson-logs/meson-log.txt"):
            yield (
                f"{place}: the build asks what only a program run on the target could tell, or a "
                "cross file of yours, under [properties]: -C setup-args=--cross-file=FILE"
            )


def _asks_version(project: Project, machine: BuildMachine) -> Command:
    return (*meson_command(project, machine), "--version")


def _check_versions(
    target: Target,
    toolchain: Toolchain,
    project: Project,
    machine: BuildMachine,
    meson: str | None,
) -> None:
    check_running_version(target, project, machine, "meson-python")
    name = toolchain.name.partition(" ")[0]
    oldest = OLDEST_MESON.get(name, (0, 0))
    if meson is not None and _numbers(meson) < oldest:
        raise UnsupportedTarget(
            f"{project.root}: Meson {meson} does not know {name}'s linker",
            hint="Meson {}.{} and newer do; or set CC and CXX to other compilers for the "
            "target".format(*oldest),
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _reads_build_details(target: Target, meson: str | None) -> bool:
    """Meson refuses it for macOS, and before 1.10 as an unknown option."""
    if meson is None or target.platform.system.name == "macos":
        return False
    return _numbers(meson) >= READS_BUILD_DETAILS


def cross_file(target: Target, machine: BuildMachine) -> str:
    """Return the text of a cross file for what is no Python project.

    :raises UnsupportedTarget: without a toolchain.
    """
    toolchain = needed_toolchain(target, "Meson needs a compiler")
    return machine_file(_cross_file(target, toolchain, machine, (), reads_details=False))


def _cross_file(
    target: Target,
    toolchain: Toolchain,
    machine: BuildMachine,
    extra: Sequence[str],
    *,
    reads_details: bool,
) -> dict[str, dict[str, Value]]:
    row = target.platform.row
    names = row.system.meson
    defines = define_flags(target)
    binaries = _binaries(toolchain)
    for language in binaries.keys() & {"c", "cpp"}:
        binaries[language] = [*binaries[language], *defines, *extra]
    link_args = [
        *shlex.split(machine.environ.get("LDFLAGS", "")),
        *_libraries.link_flags(target),
        *_link_args(target, reads_details),
    ]
    options: dict[str, Value] = {"c_link_args": link_args, "cpp_link_args": link_args}
    if reads_details:
        options["python.build_config"] = _BUILD_DETAILS
    # Meson runs something in every build, to see whether a compiler works.
    if runner := quick_runner(target, machine):
        binaries["exe_wrapper"] = list(runner)
    return {
        "binaries": {**binaries, "python": machine.python, **_OTHER_PROGRAMS},
        "host_machine": {
            "system": names.system,
            "subsystem": names.subsystem,
            "kernel": names.kernel,
            "cpu_family": row.processor.meson_cpu_family,
            "cpu": row.machine_name,
            "endian": "big" if row.processor.big_endian else "little",
        },
        "properties": _properties(target, machine),
        "built-in options": options,
    }


def _properties(target: Target, machine: BuildMachine) -> dict[str, Value]:
    """Return facts that Meson asks a machine file for."""
    return {
        "needs_exe_wrapper": True,
        "pkg_config_libdir": pkg_config_directories(target, machine),
        "longdouble_format": target.platform.row.long_double,
    }


def _binaries(toolchain: Toolchain) -> dict[str, list[str]]:
    return {_BINARIES[tool]: list(command) for tool, command in toolchain.commands.items()}


def _wants_msvc_long_double(target: Target, toolchain: Toolchain, project: Project) -> bool:
    platforms = _MSVC_LONG_DOUBLE.get(project.name or "", ())
    return (
        toolchain.argument_syntax != "msvc" and target.platform.row.sysconfig_platform in platforms
    )


def _link_args(target: Target, reads_details: bool) -> list[str]:
    """Return flags for all that is linked: symbols are stripped, with zig they are most of it.

    Where Meson is not told of the import library, it is linked here; the linker drops it where it
    is not needed.
    """
    library = target.import_libraries.get("dynamic")
    if library is None or reads_details:
        return ["-s"]
    return ["-s", library]


def _build_details(target: Target) -> dict[str, Any]:
    """Return the target Python's description with what Meson takes for mandatory.

    It hands ``libpython.dynamic`` to the linker on Windows, and spells the stable ABI's with a
    hyphen.
    """
    suffix = target.extension_suffixes[0]
    c_api = {"headers": target.headers} if target.headers is not None else {}
    libraries: dict[str, Any] = dict(target.import_libraries)
    if "dynamic_stableabi" in libraries:
        libraries["dynamic-stableabi"] = libraries["dynamic_stableabi"]
    return {
        **target.python,
        "abi": {
            "stable_abi_suffix": suffix,
            "flags": [],
            **target.python.get("abi", {}),
            "extension_suffix": suffix,
        },
        "c_api": c_api,
        "libpython": {**libraries, "link_extensions": bool(libraries)},
    }
