"""LLVM's compilers: one clang for every platform, with lld and what is not LLVM's: a C library.

For Linux, clang finds the C library that a cross compiler of GNU's came with, or a sysroot has. For
Windows, llvm-mingw brings all, and its compilers are called by what they compile for. For macOS,
``SDKROOT`` names Apple's SDK.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from crosshook._types import Command
from crosshook.errors import ToolchainError
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.apple_frameworks import find_sdk
from crosshook.toolchains.compiles_for import ask, fits, says
from crosshook.toolchains.gnu import WINDOWS_LINK_FLAGS
from crosshook.toolchains.installed import Found, find, usable

_NEWEST, _OLDEST = 30, 14
"""Versions that distributions put behind the names of programs: ``clang-19``."""

_DRIVERS: Mapping[str, tuple[str, ...]] = {"cxx": ("clang++",), "fc": ("flang", "flang-new")}

_TOOLS = {
    "ar": "llvm-ar",
    "ranlib": "llvm-ranlib",
    "strip": "llvm-strip",
    "rc": "llvm-windres",
    "dlltool": "llvm-dlltool",
}


def plan(
    platform: Platform,
    *,
    environ: Mapping[str, str],
    cache: Path,
    system: str,
    sysroot: Path | None = None,
) -> ToolchainPlan:
    """Return LLVM's compilers for a platform.

    :param sysroot: Where headers and libraries of the platform are, if not where clang looks.
    :raises ToolchainError: if they are not installed, or not fit for use.
    :raises UsageError: if ``SDKROOT`` is not Apple's SDK, for macOS.
    """
    package = "libc6-dev-arm64-cross"
    if platform.system.links_python:
        package = "llvm-mingw"
    return usable(
        find_compilers(platform, environ, sysroot),
        platform,
        environ,
        cache=cache,
        system=system,
        hint=f"install a C library for it, such as that in the package {package}; or name a "
        'sysroot in FILE.toml: base = "llvm", sysroot = "DIR"; and: --toolchain FILE.toml',
    )


def find_compilers(platform: Platform, environ: Mapping[str, str], sysroot: Path | None) -> Found:
    """Return LLVM's compilers for a platform, as they are on ``PATH``.

    :raises ToolchainError: if clang or lld is not there.
    """
    options: tuple[str, ...] = ("-target", _triple(platform))
    if platform.macos is not None:
        sdk = sysroot or find_sdk(environ)
        if sdk is None:
            raise ToolchainError(
                f"--toolchain llvm: SDKROOT is not set, and clang needs Apple's SDK for "
                f"{platform.tag}",
                hint="export SDKROOT=/path/to/MacOSX.sdk, or leave --toolchain out: zig needs none",
            )
        options += ("-isysroot", str(sdk))
    elif sysroot is not None:
        options += (f"--sysroot={sysroot}",)
    for start, end in _places(platform, environ):
        clang = find((f"{start}clang{end}",), environ)
        if clang is None:
            continue
        answer = ask((clang, *options), environ)
        if answer is None or not fits(answer, platform):
            continue
        _check_linker(clang, platform, environ)
        return Found(
            name=f"clang {says((clang, '-dumpversion'), environ)}",
            commands=_commands(clang, start, end, options, environ),
            link_flags=_link_flags(platform),
            sysroot=sysroot,
        )
    raise ToolchainError(
        f"--toolchain llvm: no clang on PATH that compiles for {platform.tag}",
        hint="install it: the packages are clang, lld and llvm; or leave --toolchain out: zig does",
    )


def _triple(platform: Platform) -> str:
    if platform.macos is not None:
        return "{}-apple-macosx{}.{}".format(platform.row.arch, *platform.macos)
    return platform.system.gnu_prefixes(platform.row)[-1]


def _places(platform: Platform, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield how names of programs begin and end, best first."""
    if platform.system.links_python:
        # llvm-mingw's, which know where their C library is.
        yield f"{_triple(platform)}-", ""
    yield "", ""
    for version in range(_NEWEST, _OLDEST - 1, -1):
        yield "", f"-{version}"


def _commands(
    clang: str, start: str, end: str, options: Command, environ: Mapping[str, str]
) -> dict[str, Command]:
    commands: dict[str, Command] = {"cc": (clang, *options)}
    # Of several releases, that one.
    major = says((clang, "-dumpversion"), environ).partition(".")[0]
    for tool, names in _DRIVERS.items():
        program = find(tuple(f"{start}{name}{end}" for name in names), environ)
        if program is not None:
            commands[tool] = (program, *options)
    for tool, name in _TOOLS.items():
        own = f"{start}{name.removeprefix('llvm-')}" if start else name
        program = find((own, f"{name}{end}", f"{name}-{major}", name), environ)
        if program is not None:
            commands[tool] = (program,)
    return commands


def _link_flags(platform: Platform) -> tuple[str, ...]:
    return ("-fuse-ld=lld", *(WINDOWS_LINK_FLAGS if platform.system.links_python else ()))


def _check_linker(clang: str, platform: Platform, environ: Mapping[str, str]) -> None:
    """:raises ToolchainError: if lld is not where clang looks for it."""
    name = "ld64.lld" if platform.macos is not None else "ld.lld"
    answer = says((clang, f"-print-prog-name={name}"), environ)
    if re.search(r"[/\\]", answer) or find((name,), environ) is not None:
        return
    raise ToolchainError(
        f"--toolchain llvm: {name}: not found, with which {clang} links for {platform.tag}",
        hint="install it: the package is lld",
    )
