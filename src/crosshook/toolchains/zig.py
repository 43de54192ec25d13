"""zig from PyPI (``ziglang``): clang, libc and libc++ for every target in one wheel.

zig compiles a target's libc when it is first asked for it, twenty seconds to a minute and a half,
and keeps the result in its global cache.

What zig links to its musl needs ``libc.so``. musl's loader takes that for itself, as it does every
name that starts with ``libc.``; but auditwheel knows musl by Alpine's name only, which official
wheels need. So a library of that name, which has musl's symbols and no code, is made from the list
that zig makes its own from, and put in front of it; the linker drops a library that is not needed.

What official compilers take with a warning, newer clang refuses; so zig is told to warn.

Programs for Windows include ``<Windows.h>``, in whatever case; the header is ``windows.h``. Where
file names are told apart by case, clang gets a virtual file system in which zig's headers for
Windows are not.

Of macOS, zig has libSystem alone. For Apple's frameworks there are stubs, or what ``SDKROOT`` names
(:mod:`crosshook.toolchains.apple_frameworks`).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from crosshook._types import Command
from crosshook.errors import ToolchainError
from crosshook.target import Toolchain
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan, zig_launcher
from crosshook.toolchains.apple_frameworks import framework_stubs, sdk_flags
from crosshook.toolchains.flags import launcher_table

_COMPILERS = {"cc": "cc", "cxx": "c++"}
"""Our name of a tool to zig's: those that take ``-target``."""

_OTHERS = {"ar": "ar", "ranlib": "ranlib", "dlltool": "dlltool"}
"""As above: the others."""

# Without -O, zig cc turns the undefined behaviour sanitizer on, whose library a module would need.
# With it, __DATE__ and __TIME__ are errors to it; a build has a date, SOURCE_DATE_EPOCH.
_COMPILER_FLAGS = ("-fno-sanitize=undefined", "-Wno-date-time")

# Without it, the time of linking is in a DLL, and two builds differ.
_WINDOWS_LINKER_FLAGS = ("-Wl,/Brepro",)

# As MSVC has it: what it allows beside the standards, #pragma comment(lib, ...) among it; and no
# two types are taken for things that are apart in memory.
_WINDOWS_COMPILER_FLAGS = ("-fms-extensions", "-fno-strict-aliasing")

# MSVC compiles every intrinsic; clang, those that the processor is said to have. With _xgetbv, code
# asks for instructions before it uses them. clang makes no use of it by itself, and what it
# predefines would be news to code for MSVC. Told by -mxsave, zig would build its libraries anew.
_INTEL_WINDOWS_FLAGS = ("-Xclang", "-target-feature", "-Xclang", "+xsave", "-U__XSAVE__")

_C_WARNINGS = {
    # MSVC has warnings of level 1 to 3: C4013, C4431, C4047, C4133, C4113, C4098.
    # gcc had warnings before 14; manylinux2014 has gcc 10.
    **dict.fromkeys(
        ("windows", "glibc", "musl"),
        (
            "implicit-function-declaration",
            "implicit-int",
            "int-conversion",
            "incompatible-pointer-types",
            "incompatible-function-pointer-types",
            "return-mismatch",
        ),
    ),
    # Apple's clang has the other four as errors since Xcode 12, 15 and 16.
    "macos": ("incompatible-pointer-types", "return-mismatch"),
}
"""By system, what compilers of official wheels warn of in C, and clang 22 refuses.

A project's own ``-Werror=...``, which comes later, is stronger.
"""

_STUB = "crosshook-musl"


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
        hint='pip install "crosshook[cli]", or set CC and CXX to compilers for the target',
    )


def plan(
    zig: Path,
    version: str,
    platform: Platform,
    *,
    cache: Path,
    zig_cache: str,
    system: str,
    python: Path,
    sdk: Path | None = None,
) -> ToolchainPlan:
    """Return zig as the toolchain for a platform.

    :param cache: Where launchers may be kept between builds.
    :param zig_cache: ``ZIG_GLOBAL_CACHE_DIR``, where zig keeps the libc that it compiled.
    :param system: The build machine's operating system, as Meson names it.
    :param python: The Python that translates the compilers' flags.
    :param sdk: Apple's SDK; without, there is something to link for each framework, and no headers.
    """
    install = f"zig-{version}-{hashlib.sha256(str(zig).encode()).hexdigest()[:12]}"
    musl = _musl_stub(zig, platform, cache / "stubs" / install)
    headers = _headers_in_any_case(zig, platform, cache / "headers" / install, system)
    frameworks = cache / "stubs" / "frameworks"
    stubs: Mapping[str, str] = {}
    flags = list(_flags(platform))
    flags += [word for file in headers for word in ("-ivfsoverlay", file)]
    flags += [word for file in musl for word in ("-L", str(Path(file).parent), f"-l{_STUB}")]
    if platform.macos is not None and sdk is not None:
        flags += sdk_flags(sdk)
    elif platform.macos is not None:
        stubs = framework_stubs(frameworks)
        flags.append(f"-F{frameworks}")
    cpu = (f"-mcpu={platform.row.zig.cpu}",) if platform.row.zig.cpu is not None else ()
    target = ("-target", platform.zig_target, *cpu)
    warnings = [f"-Wno-error={name}" for name in _C_WARNINGS[platform.system.name]]
    # One word for each tool, where there is a shell: setuptools before 72 replaces only the first
    # word of the command when it links C++, and ccache and many a Makefile take no more than one.
    launchers = zig_launcher.launchers(
        {
            "cc": (str(zig), "cc", *target, *warnings, *flags),
            "c++": (str(zig), "c++", *target, *flags),
        },
        # For object files; it makes those for x86-64 where nothing is said.
        (str(zig), "rc", "/:target", platform.zig_target),
        {name: (str(zig), name) for name in _OTHERS.values()},
        launcher_table(platform),
        environ={"ZIG_GLOBAL_CACHE_DIR": zig_cache},
        python=str(python),
        directory=cache / "launchers" / install / platform.zig_target,
        shell=system != "windows",
    )
    named = {**_COMPILERS, **_OTHERS, "rc": "windres"}
    toolchain = Toolchain(
        name=f"zig {version}",
        argument_syntax="gcc",
        commands={tool: launchers.commands[name] for tool, name in named.items()},
        environ={"ZIG_GLOBAL_CACHE_DIR": zig_cache},
    )
    return ToolchainPlan(
        toolchain=toolchain,
        launchers=launchers.programs,
        files={**headers, **stubs, **launchers.files},
        made=musl,
    )


def _flags(platform: Platform) -> Iterator[str]:
    """Yield what every compiler of a platform is told."""
    yield from _COMPILER_FLAGS
    if platform.system.name == "windows":
        yield from (*_WINDOWS_COMPILER_FLAGS, *_WINDOWS_LINKER_FLAGS)
        if platform.row.processor.meson_cpu_family in ("x86", "x86_64"):
            yield from _INTEL_WINDOWS_FLAGS


def _headers_in_any_case(
    zig: Path, platform: Platform, directory: Path, system: str
) -> dict[str, str]:
    """Return the file that lays zig's headers for Windows over themselves, for any case."""
    root = zig.parent / "lib" / "libc" / "include" / "any-windows-any"
    if platform.system.name != "windows" or system == "windows" or not root.is_dir():
        return {}
    overlay = {
        "version": 0,
        "case-sensitive": "false",
        "roots": [{"type": "directory", "name": str(root), "contents": _entries(root)}],
    }
    return {str(directory / "windows.json"): json.dumps(overlay)}


def _entries(directory: Path) -> list[dict[str, Any]]:
    """Return what is in a directory, as clang's virtual file system has it."""
    return [
        {"type": "directory", "name": entry.name, "contents": _entries(Path(entry.path))}
        if entry.is_dir()
        else {"type": "file", "name": entry.name, "external-contents": entry.path}
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name)
    ]


def _musl_stub(zig: Path, platform: Platform, directory: Path) -> dict[str, Command]:
    """Return what makes the library that stands for musl; nothing off musl.

    Nor where this zig does not keep the list of symbols as those from 0.14 to 0.17 do: its own
    name for musl works as well.
    """
    symbols = zig.parent / "lib" / "libc" / "musl" / "libc.S"
    soname = platform.system.libc_soname(platform.row)
    if platform.musl is None or not symbols.is_file():
        return {}
    # musl's names, which zig's list is conditional on.
    arch = str(platform.row.multiarch).partition("-")[0].removesuffix("le")
    family = {"i386": "x86", "x86_64": "x86", "riscv64": "riscv", "powerpc64": "powerpc"}
    defines = [f"ARCH_{arch}", f"FAMILY_{family.get(arch, arch)}"]
    defines += ["PTR64"] if platform.row.processor.pointer_size == 8 else ["PTR32", "TIME32"]
    command = [str(zig), "cc", "-target", platform.zig_target, "-nostdlib", "-shared", "-fPIC"]
    command += [f"-Wl,-soname,{soname}", *(f"-D{name}" for name in defines)]
    file = str(directory / platform.zig_target / f"lib{_STUB}.so")
    return {file: (*command, "-x", "assembler-with-cpp", str(symbols), "-o", file)}
