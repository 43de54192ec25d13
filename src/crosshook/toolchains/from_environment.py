"""Compilers that the environment names: ``CC``, ``CXX``, ``AR`` and their like, and those of SDKs.

An SDK's script sets more than ``CC``, in which flags stand behind the program. ``CROSS_COMPILE``,
of the Linux kernel's makefiles, is how the names of all tools begin. Where the headers and
libraries of the platform are, the compiler says itself, or a variable does.

Sources: ``toolchain-scripts.bbclass`` of OpenEmbedded, which writes the script of a Yocto SDK;
``activate-gcc.sh`` of conda-forge's ctng-compiler-activation; the page "Directory Options" of gcc's
manual.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crosshook._types import Command
from crosshook.errors import UsageError
from crosshook.target import TOOL_VARIABLES, Toolchain
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.compiler_scripts import DRIVERS
from crosshook.toolchains.compiles_for import check_command
from crosshook.toolchains.gnu import TOOLS
from crosshook.toolchains.installed import find, own_sysroot

_SYSROOT_VARIABLES = ("OECORE_TARGET_SYSROOT", "SDKTARGETSYSROOT", "CONDA_BUILD_SYSROOT")
"""Yocto's two, and conda-build's."""

_SYSROOT_FLAGS = ("--sysroot", "-isysroot")

_DRIVER = re.compile(r"(?P<prefix>.+-)(gcc|cc)(-[0-9.]+)?")
"""A compiler that is called by what it compiles for, and maybe by its version."""


def plan(environ: Mapping[str, str], platform: Platform) -> ToolchainPlan:
    """Return the toolchain that ``CC``, ``CXX``, ``AR`` ... name, or ``CROSS_COMPILE``.

    A tool without a variable is the one whose name begins alike: ``PREFIX-ar`` beside
    ``PREFIX-gcc``.

    :raises UsageError: if no C compiler is named, or one for another platform by its prefix; if a
        variable cannot be split into words, or names a directory that is not there.
    """
    named = _named_by(environ)
    prefix = environ.get("CROSS_COMPILE", "").strip()
    if "cc" in named:
        others = _binary_tools_beside(named["cc"], environ)
    else:
        others = _called(prefix, tuple(TOOLS), environ) if prefix else {}
    commands = {**others, **named}
    if "cc" not in commands and prefix:
        raise UsageError(
            f"--toolchain environment: CROSS_COMPILE={prefix}: no {prefix}gcc on PATH",
            hint="unset CROSS_COMPILE, or put the directory of the compilers on PATH",
        )
    if "cc" not in commands:
        raise UsageError(
            "--toolchain environment: CC is not set",
            hint=f"export CC and CXX, compilers for {platform.row.machine_name}",
        )
    if "cc" not in named:
        check_command(f"CROSS_COMPILE={prefix}", commands["cc"], platform, environ)
    toolchain = Toolchain(name=shlex.join(commands["cc"]), argument_syntax="gcc", commands=commands)
    return _with_sysroot(ToolchainPlan(toolchain=toolchain), environ)


def overridden(plan: ToolchainPlan, environ: Mapping[str, str]) -> ToolchainPlan:
    """Return the plan with the tools that the user's environment names, and a note of which.

    :raises UsageError: if a variable cannot be split into words, or names a directory that is not
        there.
    """
    named = _named_by(environ)
    if not named or plan.toolchain.argument_syntax == "msvc":
        return plan
    settings = ", ".join(f"{(v := TOOL_VARIABLES[tool])}={environ[v]}" for tool in named)
    note = f"from the environment, instead of {plan.toolchain.name}: {settings}"
    toolchain = replace(plan.toolchain, commands={**plan.toolchain.commands, **named})
    marker = None if "cxx" in named else plan.cxx_marker
    changed = replace(plan, toolchain=toolchain, notes=(*plan.notes, note), cxx_marker=marker)
    return _with_sysroot(changed, environ) if "cc" in named else changed


def _named_by(environ: Mapping[str, str]) -> dict[str, Command]:
    named = {}
    for tool, variable in TOOL_VARIABLES.items():
        if not environ.get(variable, "").strip():
            continue
        try:
            named[tool] = tuple(shlex.split(environ[variable]))
        except ValueError as error:
            raise UsageError(f"{variable}: {environ[variable]!r}: {error}") from None
    return named


def _binary_tools_beside(compiler: Command, environ: Mapping[str, str]) -> dict[str, Command]:
    """Return the tools, compilers left out, that are called as a compiler is."""
    directory, name = os.path.split(compiler[0])
    driver = _DRIVER.fullmatch(name)
    if driver is None:
        return {}
    tools = tuple(tool for tool in TOOLS if tool not in DRIVERS)
    return _called(os.path.join(directory, driver["prefix"]), tools, environ)


def _called(prefix: str, tools: Sequence[str], environ: Mapping[str, str]) -> dict[str, Command]:
    """Return the tools whose names begin alike, as far as they are there."""
    found = {tool: find(tuple(prefix + end for end in TOOLS[tool]), environ) for tool in tools}
    return {tool: (program,) for tool, program in found.items() if program is not None}


def _with_sysroot(plan: ToolchainPlan, environ: Mapping[str, str]) -> ToolchainPlan:
    """Return the plan with the directory of the platform's headers and libraries.

    That is where the C compiler looks; other tools have to be told.
    """
    command = plan.toolchain.commands["cc"]
    for source, name in _sysroots(command, environ):
        if not Path(name).is_dir():
            raise UsageError(
                f"{source}: {name}: there is no such directory",
                hint="source the SDK's script again, or unset what it set",
            )
        note = f"the platform's headers and libraries are in {name}: {source} says so"
        return replace(plan, sysroot=Path(name).absolute(), notes=(*plan.notes, note))
    return plan


def _sysroots(command: Command, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield who says where they are, and where, the most to the point first."""
    for number, word in enumerate(command):
        flag, equals, value = word.partition("=")
        if flag in _SYSROOT_FLAGS:
            yield f"{flag} in CC", value if equals else " ".join(command[number + 1 : number + 2])
    for variable in _SYSROOT_VARIABLES:
        if environ.get(variable, "").strip():
            yield variable, environ[variable]
    built_in = own_sysroot(command, environ)
    if built_in is not None:
        yield f"{command[0]} -print-sysroot", str(built_in)
