"""Which compilers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from crosshook import _files, toolchains
from crosshook._types import Reporter
from crosshook.errors import ToolchainError, UsageError
from crosshook.frontend.resolve.machine import Machine
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan, described, from_environment, gnu, llvm, zig
from crosshook.toolchains.apple_frameworks import find_sdk
from crosshook.toolchains.compiler_cache import kept_by
from crosshook.toolchains.compiler_scripts import launched
from crosshook.toolchains.compiles_for import check_environment
from crosshook.toolchains.from_environment import overridden
from crosshook.toolchains.made import make_files

_INSTALLED = {"gnu": gnu.plan, "llvm": llvm.plan}


def choose_toolchain(
    name: str | None,
    platform: Platform,
    machine: Machine,
    reporter: Reporter,
    *,
    launcher: str | None = None,
) -> ToolchainPlan:
    """Return a toolchain for a platform, with its launchers written.

    :param name: ``--toolchain``: one of :data:`crosshook.toolchains.NAMES`, a plugin's, or a file;
        None for zig, or what the environment names where zig is not installed.
    :param launcher: What keeps the results of its compilers, one of
        :data:`crosshook.project.COMPILER_LAUNCHERS`.
    :raises UsageError: if it is not one for this machine and platform; if a compiler that the
        environment names compiles for another.
    :raises ToolchainError: if it is not installed.
    """
    chosen = _named(name, platform, machine, reporter)
    if name in (None, "environment", "zig", *_INSTALLED):
        check_environment(machine.environ, platform)
    chosen = launched(chosen, platform, cache=machine.cache, system=machine.system)
    _files.write_launchers(chosen.launchers)
    _files.write_kept(chosen.files)
    make_files(chosen.made, chosen.toolchain.environ, note=reporter.note)
    if launcher is not None:
        chosen = kept_by(
            chosen,
            launcher,
            environ=machine.environ,
            cache=machine.cache,
            system=machine.system,
        )
        _files.write_launchers(chosen.launchers)
    for note in chosen.notes:
        reporter.note(note)
    return chosen


def _named(
    name: str | None, platform: Platform, machine: Machine, reporter: Reporter
) -> ToolchainPlan:
    if name == "msvc":
        if machine.system != "windows" or platform.system.msvc_arch(platform.row) is None:
            raise UsageError(
                f"--toolchain msvc: MSVC does not build for {platform.tag} on {machine.system}",
                hint="leave --toolchain out: zig does",
            )
        return toolchains.msvc()
    if name == "environment":
        return from_environment.plan(machine.environ, platform)
    if name == "zig":
        return overridden(_zig(platform, machine, reporter), machine.environ)
    if name is None:
        return _default_toolchain(platform, machine, reporter)
    if name in _INSTALLED:
        chosen = _INSTALLED[name](
            platform, environ=machine.environ, cache=machine.cache, system=machine.system
        )
        return overridden(chosen, machine.environ)
    if described.is_file_name(name):
        return described.plan(
            Path(name).absolute(),
            platform,
            environ=machine.environ,
            cache=machine.cache,
            system=machine.system,
        )
    return toolchains.offered(
        name,
        platform,
        environ=machine.environ,
        cache=machine.cache,
        system=machine.system,
    )


def _default_toolchain(platform: Platform, machine: Machine, reporter: Reporter) -> ToolchainPlan:
    """Return zig with what the environment names in its place; without zig, the environment's."""
    try:
        return overridden(_zig(platform, machine, reporter), machine.environ)
    except ToolchainError:
        if not machine.environ.get("CC", "").strip():
            raise
        return from_environment.plan(machine.environ, platform)


def _zig(platform: Platform, machine: Machine, reporter: Reporter) -> ToolchainPlan:
    executable, version = zig.find_zig()
    directory = machine.environ.get("ZIG_GLOBAL_CACHE_DIR") or str(machine.cache / "zig")
    marker = Path(directory) / "crosshook" / platform.zig_target
    if not marker.is_file():
        reporter.note(
            f"zig may compile libc for {platform.zig_target} first: a minute or two, once "
            f"(kept in {directory})"
        )
    plan = zig.plan(
        executable,
        version,
        platform,
        cache=machine.cache,
        zig_cache=directory,
        system=machine.system,
        python=machine.python.executable,
        sdk=find_sdk(machine.environ) if platform.macos is not None else None,
    )
    return replace(plan, markers=(marker,), cxx_marker=marker.with_name(f"{marker.name}-c++"))
