"""How a C compiler is called to link what rustc made: what zig has to be told otherwise.

rustc writes command lines for gcc and its companions, GNU ld or Apple's linker. zig takes most of
it, and what it refuses of any project's flags becomes of rustc's what it becomes of those
(:mod:`crosshook.toolchains.flags`). Here is what comes from rustc alone: the start-up files of
MinGW and libgcc's unwinder, for which zig has its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crosshook._types import Command
from crosshook.adapters.plan import SCRATCH
from crosshook.target import Target

_ZIG_DROPS: Mapping[str, tuple[str, ...]] = {
    "windows": (
        r"-Wl,-B(dynamic|static)",
        r"-nostartfiles",
        r"-nodefaultlibs",
        r".*[/\\](dll)?crt2\.o",
        r".*[/\\]rs(begin|end)\.o",
    ),
    # What zig has of macOS is libSystem; the libc crate names iconv, and nothing of it is used.
    "darwin": (r"-liconv",),
}
"""By Meson's name of the target's operating system: arguments to leave out."""

_ZIG_REPLACES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "linux": {"-lgcc_s": ("-lunwind",)},
    "windows": {"-l(gcc_eh|unwind)": ("-lunwind",)},
}


def is_zig(printed: str) -> bool:
    """Tell whether a compiler is zig, by what ``cc -E -v`` printed."""
    return re.search(r'zig(\.exe)?" -cc1 ', printed) is not None


def linking(target: Target, command: Command, *, zig: bool) -> dict[str, Any]:
    """Return how the C compiler is called to link."""
    system = target.platform.system.meson.system
    libraries = {
        # PyO3 before 0.29 and others name Python's import library; it is given by its path.
        "dynamic": rf"-lpython{target.python_version.digits}",
        "dynamic_stableabi": rf"-lpython{target.python_version.major}t?",
    }
    paths = {
        libraries[kind]: (path,)
        for kind, path in target.import_libraries.items()
        if kind in libraries
    }
    append = list(target.import_libraries.get("dynamic", "").splitlines())
    if zig and system == "darwin":
        # rustc would strip with a tool that not every distribution of Rust has.
        append.append("-s")
    if system == "windows":
        # zig and others write an import library of the module: not beside it.
        append += ["-Xlinker", "--out-implib", "-Xlinker", f"{SCRATCH}/unused-import-library.lib"]
    return {
        "command": list(command),
        "drop": [r"--target=.*", *_ZIG_DROPS.get(system, ())] if zig else [],
        "replace": {**(_ZIG_REPLACES.get(system, {}) if zig else {}), **paths},
        "append": append,
    }


def compiling(command: Command, *, zig: bool) -> dict[str, Any]:
    """Return how a compiler is called for C and C++ in build scripts.

    The ``cc`` crate tells clang the target by a Rust triple, which zig does not understand; it is
    told already.
    """
    return {
        "command": list(command),
        "drop": [r"--target=.*"] if zig else [],
        "replace": {},
        "append": [],
    }
