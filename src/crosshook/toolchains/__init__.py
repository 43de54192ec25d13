"""Toolchains: the compilers and binary tools for a target platform, and how one is chosen.

Each module answers with a :class:`ToolchainPlan`: the :class:`~crosshook.target.Toolchain` for the
target mapping, and the files that have to exist before it can run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crosshook._plugins import TOOLCHAINS, find_plugins
from crosshook._types import Command
from crosshook.errors import UsageError
from crosshook.target import Toolchain
from crosshook.target.platforms import Platform

NAMES = ("zig", "gnu", "llvm", "msvc", "environment")
"""What ``--toolchain`` takes, beside files and the names of :class:`ToolchainProvider`."""

COMPILER_LAUNCHER = "CROSSHOOK_COMPILER_LAUNCHER"
"""Names ccache or sccache: to the frontend, what ``--compiler-launcher`` is by default; among a
toolchain's variables, what its compilers are called by way of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolchainPlan:
    """A toolchain and what must be written before it is used."""

    toolchain: Toolchain
    launchers: Mapping[str, str] = field(default_factory=dict)
    """Text of executable files, by absolute path."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Text of other files that the tools are told of, by absolute path."""
    made: Mapping[str, Command] = field(default_factory=dict)
    """Commands that make files, by absolute path; the last argument is where to."""
    notes: tuple[str, ...] = ()
    """What the user should know, one line each."""
    markers: tuple[Path, ...] = ()
    """Files to create once a build went through: the wait that was announced is over for good."""
    cxx_marker: Path | None = None
    """A file that is there once the C++ library was compiled, which links of C++ wait for; None
    where it need not be."""
    sysroot: Path | None = None
    """Where headers and libraries of the platform are, if the user named a directory."""


class ToolchainProvider(Protocol):
    """Another distribution's compilers: an entry point of the group ``crosshook.toolchains``."""

    def plan(
        self, platform: Platform, *, environ: Mapping[str, str], cache: Path, system: str
    ) -> ToolchainPlan:
        """Return the toolchain for a platform.

        :param environ: The user's environment variables.
        :param cache: Where files may be kept between builds.
        :param system: The build machine's operating system, as Meson names it.
        :raises ToolchainError: if it is not installed, or does not build for the platform.
        """


def offered(
    name: str, platform: Platform, *, environ: Mapping[str, str], cache: Path, system: str
) -> ToolchainPlan:
    """Return the toolchain that another distribution offers under a name.

    :raises UsageError: if none does.
    :raises PluginError: if it cannot be used.
    """
    plugins = find_plugins(TOOLCHAINS, NAMES)
    if name not in plugins:
        raise UsageError(
            f"--toolchain: unknown toolchain {name!r}",
            hint=f"known: {', '.join([*NAMES, *plugins])}, or a file, FILE.toml",
        )
    provider: ToolchainProvider = plugins[name].load(("plan",))
    with plugins[name].blamed():
        return provider.plan(platform, environ=environ, cache=cache, system=system)


def msvc() -> ToolchainPlan:
    """Return MSVC: every backend finds it by itself, so there is nothing to say but its name."""
    return ToolchainPlan(toolchain=Toolchain(name="MSVC", argument_syntax="msvc", commands={}))
