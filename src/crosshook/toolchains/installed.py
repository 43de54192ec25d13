"""Compilers that are installed on this machine: what GNU's and LLVM's have in common."""

from __future__ import annotations

import os
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
from crosshook.toolchains.compiler_scripts import launched
from crosshook.toolchains.compiles_for import UCRT_COMPILERS, links_msvcrt, says, what_fails


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


def own_sysroot(command: Command, environ: Mapping[str, str]) -> Path | None:
    """Return the directory that a gcc was built to find the platform's headers and libraries in.

    None where it has no such directory; one for the machine itself says that it is the root of all.
    """
    said = says((*command, "-print-sysroot"), environ)
    if not said or not Path(said).is_dir():
        return None
    found = Path(said).resolve()
    return None if found == Path(os.sep).resolve() else found


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
    toolchain = Toolchain(
        name=found.name, argument_syntax="gcc", commands=found.commands, environ=found.environ
    )
    sysroot = found.sysroot or own_sysroot(found.commands["cc"], {**environ, **found.environ})
    plan = ToolchainPlan(toolchain=toolchain, sysroot=sysroot)
    return launched(plan, platform, cache=cache, system=system, link_flags=found.link_flags)


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
    if links_msvcrt(found.commands["cc"], platform, {**environ, **found.environ}):
        raise ToolchainError(
            f"{found.name}: {shlex.join(found.commands['cc'])} links msvcrt.dll, and Python for "
            "Windows is linked to the Universal C Runtime",
            hint=f"install {UCRT_COMPILERS}; or leave --toolchain out: zig has it",
        )
