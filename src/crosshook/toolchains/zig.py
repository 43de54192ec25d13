"""zig from PyPI (``ziglang``): clang, libc and libc++ for every target in one wheel.

zig compiles a target's libc when it is first asked for it, twenty seconds to a minute and a half,
and keeps the result in its global cache.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import shlex
from pathlib import Path

from crosshook.errors import ToolchainError
from crosshook.platforms import Platform
from crosshook.target import Toolchain
from crosshook.toolchains import ToolchainPlan

_SUBCOMMANDS = {
    "cc": ("cc", True),
    "cxx": ("c++", True),
    "ar": ("ar", False),
    "ranlib": ("ranlib", False),
    "rc": ("rc", False),
    "dlltool": ("dlltool", False),
}
"""Our name of a tool to zig's; the second field tells those that take ``-target``."""

# Without -O, zig cc turns the undefined behaviour sanitizer on, whose library a module would need.
_COMPILER_FLAGS = ("-fno-sanitize=undefined",)


def find_zig() -> tuple[Path, str]:
    """Return the zig executable of the ``ziglang`` package and its version.

    :raises ToolchainError: if the package is not installed beside crosshook.
    """
    spec = importlib.util.find_spec("ziglang")
    if spec is not None and spec.origin is not None:
        for name in ("zig", "zig.exe"):
            executable = Path(spec.origin).parent / name
            if executable.is_file():
                return executable, importlib.metadata.version("ziglang")
    raise ToolchainError(
        "no compiler for the target: the ziglang package is not installed",
        hint='pip install "crosshook[zig]", or set CC and CXX to compilers for the target',
    )


def plan(
    zig: Path, version: str, platform: Platform, *, cache: Path, zig_cache: str, system: str
) -> ToolchainPlan:
    """Return zig as the toolchain for a platform.

    :param cache: Where launchers may be kept between builds.
    :param zig_cache: ``ZIG_GLOBAL_CACHE_DIR``, where zig keeps the libc that it compiled.
    :param system: The build machine's operating system, as Meson names it.
    """
    commands = {}
    for tool, (subcommand, takes_target) in _SUBCOMMANDS.items():
        flags = ("-target", platform.zig_target, *_COMPILER_FLAGS) if takes_target else ()
        commands[tool] = (str(zig), subcommand, *flags)
    launchers = {}
    if system != "windows":
        # One word for each tool: setuptools before 72 replaces only the first word of the command
        # when it links C++, and ccache and many a Makefile take no more than one.
        install = hashlib.sha256(str(zig).encode()).hexdigest()[:12]
        directory = cache / "launchers" / f"zig-{version}-{install}" / platform.zig_target
        for tool, command in list(commands.items()):
            launcher = directory / _SUBCOMMANDS[tool][0]
            launchers[str(launcher)] = f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
            commands[tool] = (str(launcher),)
    toolchain = Toolchain(
        name=f"zig {version}",
        argument_syntax="gcc",
        commands=commands,
        environ={"ZIG_GLOBAL_CACHE_DIR": zig_cache},
    )
    return ToolchainPlan(toolchain=toolchain, launchers=launchers)
