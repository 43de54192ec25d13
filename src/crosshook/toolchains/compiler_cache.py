"""Compilers by way of a program that keeps what they made: ccache or sccache.

The program stands in a script in front of each compiler, so that every build tool uses it, whatever
it knows of such programs. What such a program takes for the compiler is a script of a toolchain,
and its text stays the same when the compiler behind it is another one: a second script says in a
comment which version that is.

Sources: the pages "Configuration options" of ccache's manual (``compiler_check``,
``compiler_type``) and "Caching" of sccache's.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from crosshook import _processes
from crosshook._types import Command
from crosshook.errors import ToolchainError, UsageError
from crosshook.project import COMPILER_LAUNCHERS as NAMES
from crosshook.target import Toolchain
from crosshook.toolchains import COMPILER_LAUNCHER, ToolchainPlan
from crosshook.toolchains.compiles_for import says

_COMPILERS = ("cc", "cxx")

_INNER = """\
#!/bin/sh
# {version}
exec {command} "$@"
"""

_OUTER = """\
#!/bin/sh
: "${{CCACHE_COMPILERCHECK:=content}}" {kind}
export CCACHE_COMPILERCHECK {exported}
exec {launcher} {compiler} "$@"
"""

_KIND = '"${CCACHE_COMPILERTYPE:=clang}"', "CCACHE_COMPILERTYPE"
"""zig is clang, which its name does not say."""


_RUNS_ALREADY = "Address in use"
"""In what sccache says where its server runs: ``ServerStartup::AddrInUse`` of its commands.rs."""


def chosen_launcher(option: str | None, environ: Mapping[str, str], own: str | None) -> str | None:
    """Return the name of the program that keeps what compilers made; None for none.

    :param option: ``--compiler-launcher``, which comes first.
    :param environ: Its ``CROSSHOOK_COMPILER_LAUNCHER`` comes next.
    :param own: What the project says.
    :raises UsageError: if it is none of :data:`NAMES`.
    """
    said = environ.get(COMPILER_LAUNCHER, "").strip() or None
    name = option or said or own
    if name is not None and name not in NAMES:
        source = "--compiler-launcher"
        if not option:
            source = COMPILER_LAUNCHER if said else "tool.crosshook.compiler-launcher"
        raise UsageError(
            f"{source}: {name!r} is none of {', '.join(NAMES)}", hint="leave it out, or name one"
        )
    return name


def kept_by(
    plan: ToolchainPlan, name: str, *, environ: Mapping[str, str], cache: Path, system: str
) -> ToolchainPlan:
    """Return the plan with compilers whose results a program keeps.

    A compiler that is called by way of such a program already stays as it is.

    :param plan: A toolchain whose own launchers are written.
    :param name: One of :data:`NAMES`.
    :param cache: Where scripts may be kept between builds.
    :param system: The build machine's operating system, as Meson names it.
    :raises ToolchainError: if the program is not installed, or does not start.
    :raises UsageError: for MSVC's compilers, which backends find by themselves.
    """
    toolchain = plan.toolchain
    if toolchain.argument_syntax == "msvc":
        raise UsageError(
            f"--compiler-launcher {name}: backends find MSVC, and start it, by themselves",
            hint="leave it out, or --toolchain zig",
        )
    program = shutil.which(name, path=environ.get("PATH"))
    if program is None:
        raise ToolchainError(
            f"--compiler-launcher {name}: not found on PATH",
            hint=f"install it: the package is {name}; or leave --compiler-launcher out",
        )
    _start(program, environ)
    commands, launchers = dict(toolchain.commands), dict(plan.launchers)
    for tool in _COMPILERS:
        command = commands.get(tool)
        if command is None or _keeps_already(command, plan):
            continue
        if system == "windows":
            commands[tool] = (program, *command)
            continue
        scripts = _scripts(toolchain, tool, program, environ, cache)
        launchers.update(scripts)
        commands[tool] = (next(iter(scripts)),)
    told = {**toolchain.environ, COMPILER_LAUNCHER: name}
    made = replace(toolchain, commands=commands, environ=told)
    return replace(plan, toolchain=made, launchers=launchers)


def _keeps_already(command: Command, plan: ToolchainPlan) -> bool:
    """Tell whether a compiler is called by way of such a program: by ``CC="ccache gcc"``."""
    text = plan.launchers.get(command[0])
    starts = text.rstrip().rpartition("\n")[2] if text else shlex.join(command)
    words = shlex.split(starts.removeprefix("exec "))
    return Path(words[0]).name in NAMES


def _scripts(
    toolchain: Toolchain, tool: str, program: str, environ: Mapping[str, str], cache: Path
) -> dict[str, str]:
    """Return the text of two scripts by their paths: what is called, and what that calls."""
    command = toolchain.commands[tool]
    zig = toolchain.name.partition(" ")[0] == "zig"
    # Where zig is says which version it is.
    asked = says((*command, "--version"), {**environ, **toolchain.environ}) if not zig else ""
    version = asked.partition("\n")[0] or toolchain.name
    inner = _INNER.format(version=version, command=shlex.join(command))
    digest = hashlib.sha256(json.dumps([tool, program, inner]).encode()).hexdigest()
    home = cache / "launchers" / f"{Path(program).name}-{digest[:12]}"
    # CMake looks for other tools by how a compiler's name begins.
    called = Path(command[0]).name
    compiler = home / "compiler" / called
    kind, exported = _KIND if zig else ("", "")
    outer = _OUTER.format(
        kind=kind, exported=exported, launcher=program, compiler=shlex.quote(str(compiler))
    )
    return {str(home / called): outer, str(compiler): inner}


def _start(program: str, environ: Mapping[str, str]) -> None:
    """Start sccache's server, if none runs: one that a build starts would end with that build.

    :raises ToolchainError: if it does not start.
    """
    if Path(program).name != "sccache":
        return
    ours = {_processes.RUN_VARIABLE, "TMPDIR", "TEMP", "TMP"}
    own = {name: value for name, value in environ.items() if name not in ours}
    try:
        _processes.run_tool((program, "--start-server"), Path(os.sep), own)
    except ToolchainError as error:
        if _RUNS_ALREADY in (error.detail or ""):
            return
        raise ToolchainError(
            f"--compiler-launcher sccache: its server does not start: {error.message}",
            hint="sccache --start-server, which says why; or leave --compiler-launcher out",
            detail=error.detail,
        ) from None
