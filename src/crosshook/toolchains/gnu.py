"""GNU's cross compilers: ``aarch64-linux-gnu-gcc``, ``x86_64-w64-mingw32ucrt-gcc``.

They are packages of Debian and Fedora, and of those who build their own. What they are called
begins with what they compile for; whether they do is asked all the same. They link to the C library
that they came with: a tag with an older version needs another one, as a sysroot.

libgfortran is linked into each module, as no tag promises it. For Windows, libgcc, libstdc++ and
winpthreads are as well, and the linker leaves out the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from crosshook.errors import ToolchainError
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.compiles_for import ask, fits, says
from crosshook.toolchains.installed import Found, find, usable

TOOLS: Mapping[str, tuple[str, ...]] = {
    "cc": ("gcc",),
    "cxx": ("g++",),
    "fc": ("gfortran",),
    "ar": ("ar", "gcc-ar"),
    "ranlib": ("ranlib", "gcc-ranlib"),
    "strip": ("strip",),
    "rc": ("windres",),
    "dlltool": ("dlltool",),
}
"""By tool: how its names end, behind what it is for."""

_OPTIONS: Mapping[str, tuple[str, ...]] = {"cc": (), "cxx": (), "fc": ("-static-libgfortran",)}
"""By compiler: what it is told in any case."""

WINDOWS_LINK_FLAGS = ("-static", "-Wl,--no-insert-timestamp")
"""For GNU's linker and for lld."""


def plan(
    platform: Platform,
    *,
    environ: Mapping[str, str],
    cache: Path,
    system: str,
    sysroot: Path | None = None,
) -> ToolchainPlan:
    """Return GNU's compilers for a platform.

    :param sysroot: Where headers and libraries of the platform are, if not where gcc looks.
    :raises ToolchainError: if they are not installed, or not fit for use.
    """
    return usable(
        find_compilers(platform, environ, sysroot),
        platform,
        environ,
        cache=cache,
        system=system,
        hint="install the C library for it, a package such as libc6-dev-arm64-cross; or name a "
        'sysroot in FILE.toml: base = "gnu", sysroot = "DIR"; and: --toolchain FILE.toml',
    )


def find_compilers(platform: Platform, environ: Mapping[str, str], sysroot: Path | None) -> Found:
    """Return GNU's compilers for a platform, as they are on ``PATH``.

    :raises ToolchainError: if there is no C compiler among them.
    """
    prefixes = platform.system.gnu_prefixes(platform.row)
    if not prefixes:
        raise ToolchainError(
            f"--toolchain gnu: GNU's compilers do not compile for {platform.tag}",
            hint="leave --toolchain out: zig does; or --toolchain llvm",
        )
    # Last, those that are called by no more than their names, as on the platform itself.
    for start in (*(f"{prefix}-" for prefix in prefixes), ""):
        compiler = find((f"{start}gcc",), environ)
        answer = ask((compiler,), environ) if compiler is not None else None
        if compiler is None or answer is None or not fits(answer, platform):
            continue
        options = (f"--sysroot={sysroot}",) if sysroot is not None else ()
        commands = {}
        for tool, ends in TOOLS.items():
            program = find(tuple(start + end for end in ends), environ)
            if program is not None:
                told = (*_OPTIONS[tool], *options) if tool in _OPTIONS else ()
                commands[tool] = (program, *told)
        return Found(
            name=f"gcc {says((compiler, '-dumpfullversion'), environ)}",
            commands=commands,
            link_flags=WINDOWS_LINK_FLAGS if platform.system.links_python else (),
            sysroot=sysroot,
        )
    package = f"gcc-{prefixes[0].replace('_', '-')}"
    if platform.system.links_python:
        package = "gcc-mingw-w64-ucrt64 or mingw-w64-ucrt-x86_64-gcc"
    raise ToolchainError(
        f"--toolchain gnu: no {' or '.join(f'{prefix}-gcc' for prefix in prefixes)} on PATH, for "
        f"{platform.tag}",
        hint=f"install it: the package is {package}; or leave --toolchain out: zig does",
    )
