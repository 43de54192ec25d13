"""What becomes of a compiler flag that zig does not take: one table, for C, for C++ and for Rust.

Projects write flags for the compiler that their wheels are made with: MSVC on Windows, gcc on
Linux, Apple's clang on macOS. ``zig cc`` stands in for all three, and takes a part of each's. A
flag that has a counterpart becomes that; one that changes nothing about what the code does is left
out, and the user is told; one that would change it, and cannot be had, is an error that names it.

The table is data: :func:`launcher_table` writes it down for the program in front of zig
(:mod:`crosshook.toolchains.launcher.translation`), which reads no more than it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crosshook.target.platforms import Platform
from crosshook.toolchains.flags import (
    apple_linker,
    gcc,
    gnu_linker,
    machine_directories,
    msvc_compiler,
    msvc_linker,
    processors,
    windows_libraries,
)
from crosshook.toolchains.flags._rule import Effect, Rule, Value

__all__ = ["Effect", "Rule", "Value", "flag_tables", "launcher_table"]

_INTEL = ("x86", "x86_64")


def flag_tables(platform: Platform) -> Mapping[str, tuple[Rule, ...]]:
    """Return the rules for a platform, by where a flag stands.

    ``compiler``: a word of its own; ``linker``: in ``-Wl,`` or after ``-Xlinker``; ``msvc`` and
    ``msvc_linker``: as MSVC's compiler and linker take them.
    """
    family = platform.row.processor.meson_cpu_family
    drivers = (
        *gcc.RULES,
        *(gcc.ON_INTEL if family in _INTEL else gcc.OFF_INTEL),
        *gcc.word_size(8 * platform.row.processor.pointer_size),
    )
    if platform.system.name == "macos":
        return {
            "compiler": (*drivers, *gcc.LTO_ELSEWHERE, *apple_linker.DRIVER),
            "linker": apple_linker.LINKER,
        }
    if platform.system.name != "windows":
        return {"compiler": (*drivers, *gcc.LTO_FOR_ELF), "linker": gnu_linker.ELF}
    x86 = family == "x86"
    arm64 = family == "aarch64"
    return {
        "compiler": (
            *drivers,
            *gcc.LTO_ELSEWHERE,
            *(msvc_compiler.GCC_ON_ARM64 if arm64 else ()),
        ),
        "linker": (
            *gnu_linker.MINGW,
            *(gnu_linker.MINGW_ON_X86 if x86 else gnu_linker.MINGW_OFF_X86),
        ),
        "msvc": (
            *msvc_compiler.RULES,
            *(msvc_compiler.ON_X86 if x86 else msvc_compiler.OFF_X86),
            *(msvc_compiler.ON_INTEL if family in _INTEL else ()),
            *msvc_compiler.ANY_ARCH,
        ),
        "msvc_linker": (*msvc_linker.RULES, *msvc_linker.for_processor(family)),
    }


def launcher_table(platform: Platform) -> dict[str, Any]:
    """Return the rules for a platform as plain data, which a Python literal can hold."""
    rules = flag_tables(platform)
    family = platform.row.processor.meson_cpu_family
    compiler = _compiled(rules["compiler"])
    for name, record in _compiled(rules.get("msvc", ())).items():
        hyphened = {
            f"-{flag[1:]}": rule
            for flag, rule in record.items()
            if flag not in msvc_compiler.GCC_MEANS_ANOTHER
        }
        compiler[name] = {**record, **hyphened, **compiler[name]}
    return {
        "family": family,
        "windows": platform.system.name == "windows",
        "machine": platform.row.machine[1],
        # MSVC's linker is not told of OpenMP, nor is zig's for macOS by CMake.
        "openmp_by_objects": platform.system.name in ("windows", "macos"),
        "compiler": compiler,
        "linker": _compiled(rules["linker"]),
        "msvc_linker": _compiled(rules.get("msvc_linker", ())),
        "libraries": _libraries(platform),
        "separate": sorted(gcc.SEPARATE),
        "directory_flags": machine_directories.FLAGS,
        "machine_directories": machine_directories.machine_directories(platform),
        "processors": {
            "names": dict(processors.NAMES.get(family, {})),
            "features": dict(processors.FEATURES.get(family, {})),
            "baselines": processors.BASELINES.get(family, ()),
            "fast_on": processors.FAST_ON,
            "native": processors.NATIVE,
            "native_flags": processors.NATIVE_FLAGS,
        },
    }


def _libraries(platform: Platform) -> dict[str, tuple[str, ...]]:
    return dict(windows_libraries.LIBRARIES) if platform.system.name == "windows" else {}


def _compiled(rules: Iterable[Rule]) -> dict[str, dict[str, tuple[str, int, tuple[str, ...], str]]]:
    """Return rules by flag: those for whole words, and those for the beginnings of words."""
    whole = {}
    beginnings = {}
    for rule in rules:
        becomes = (rule.effect.value, rule.values, rule.becomes, rule.why)
        if rule.value is not Value.JOINED:
            whole[rule.flag] = becomes
        if rule.value in (Value.JOINED, Value.EITHER):
            beginnings[rule.flag] = becomes
    return {"whole": whole, "beginnings": beginnings}
