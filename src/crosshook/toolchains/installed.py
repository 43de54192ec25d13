"""Compilers that are installed on this machine: what GNU's and LLVM's have in common."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from crosshook._types import Command
from crosshook.errors import ToolchainError
from crosshook.target import Toolchain
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.compiles_for import ask, what_fails
from crosshook.toolchains.zig_launcher import script

_DRIVERS = ("cc", "cxx", "fc")
"""The tools that call the linker."""

_LINKS = """\
#!/bin/sh
for word do
  case $word in
    -c | -S | -E | -M | -MM | -fsyntax-only) exec {command} "$@" ;;
  esac
done
exec {command} "$@" {flags}
"""
"""A compiler with flags for the linker. Where nothing is linked, clang would warn of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Compilers, as they are called."""

    name: str
    """For messages: ``gcc 12.2.0``."""
    commands: Mapping[str, Command]
    """By the keys of :data:`crosshook.target.TOOL_VARIABLES`."""
    link_flags: tuple[str, ...] = ()
    """What the linker is told in any case."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that they need."""
    sysroot: Path | None = None


def find(names: tuple[str, ...], environ: Mapping[str, str]) -> str | None:
    """Return the path of the first program that is on ``PATH``; None if none is."""
    found = (shutil.which(name, path=environ.get("PATH")) for name in names)
    return next((path for path in found if path is not None), None)


def _launched(found: Found, *, cache: Path, system: str) -> ToolchainPlan:
    """Return a toolchain of compilers, and of scripts where they are told more when they link.

    :param cache: Where scripts may be kept between builds.
    :param system: The build machine's operating system, as Meson names it.
    """
    commands = dict(found.commands)
    launchers = {}
    digest = hashlib.sha256(json.dumps([commands, found.link_flags]).encode()).hexdigest()
    directory = cache / "launchers" / f"installed-{digest[:12]}"
    for tool in _DRIVERS:
        if tool not in commands:
            continue
        words = commands[tool]
        if found.link_flags and system == "windows":
            commands[tool] = (*words, *found.link_flags)
        elif found.link_flags or (len(words) > 1 and system != "windows"):
            # One word: setuptools before 72 takes no more, nor does many a Makefile.
            program = directory / tool
            commands[tool] = (str(program),)
            launchers[str(program)] = _launcher(words, found.link_flags)
    toolchain = Toolchain(
        name=found.name, argument_syntax="gcc", commands=commands, environ=found.environ
    )
    return ToolchainPlan(toolchain=toolchain, launchers=launchers, sysroot=found.sysroot)


def _launcher(command: Command, link_flags: tuple[str, ...]) -> str:
    if not link_flags:
        return script(command)
    return _LINKS.format(command=shlex.join(command), flags=shlex.join(link_flags))


def usable(
    found: Found,
    platform: Platform,
    environ: Mapping[str, str],
    *,
    hint: str,
    cache: Path,
    system: str,
) -> ToolchainPlan:
    """Return compilers ready for use, once it was checked that they work.

    :param hint: What to do if a C compiler lacks what it takes to make a library.
    :raises ToolchainError: if they are not fit for use.
    """
    _check_runtime(found, platform, environ)
    _check_works(found, environ, hint=hint)
    return _launched(found, cache=cache, system=system)


def _check_works(found: Found, environ: Mapping[str, str], *, hint: str) -> None:
    """Check that a C compiler has all that it takes to make a library.

    :param hint: What to do if it has not.
    :raises ToolchainError: if something is missing, with what the compiler said.
    """
    command = (*found.commands["cc"], *found.link_flags)
    problem = what_fails(command, {**environ, **found.environ})
    if problem is not None:
        raise ToolchainError(
            f"{found.name}: {shlex.join(found.commands['cc'])} does not link a library that calls "
            "the C library",
            hint=hint,
            detail=problem,
        )


def _check_runtime(found: Found, platform: Platform, environ: Mapping[str, str]) -> None:
    """Check that a compiler for Windows links the C runtime that Python is linked to.

    Two runtimes in a process have their own files, heaps and locales.

    :raises ToolchainError: if it links ``msvcrt.dll``.
    """
    if not platform.system.links_python:
        return
    answer = ask(found.commands["cc"], {**environ, **found.environ}, source="#include <stdlib.h>\n")
    if answer is not None and "_UCRT" not in answer.macros:
        raise ToolchainError(
            f"{found.name}: {shlex.join(found.commands['cc'])} links msvcrt.dll, and Python for "
            "Windows is linked to the Universal C Runtime",
            hint="install a MinGW-w64 whose C runtime is UCRT: the package is gcc-mingw-w64-ucrt64 "
            "or ucrt64-gcc, or llvm-mingw; or leave --toolchain out: zig has it",
        )
