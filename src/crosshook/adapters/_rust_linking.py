"""How a C compiler is called to link what rustc made: what zig has to be told otherwise.

rustc writes command lines for gcc and its companions, GNU ld or Apple's linker. zig takes most of
it; left out is what its linker does not know, what it does by itself, and the start-up files and
libraries of MinGW and libgcc, for which it has its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crosshook._types import Command
from crosshook.adapters.plan import SCRATCH
from crosshook.target import Target

_ZIG_DROPS: Mapping[str, tuple[str, ...]] = {
    "linux": (r"-Wl,--fix-cortex-a53-843419",),
    "windows": (
        r"-Wl,-B(dynamic|static)",
        r"-nostartfiles",
        r"-nodefaultlibs",
        r"-Wl,--(disable-auto-image-base|enable-auto-image-base|dynamicbase|large-address-aware)",
        r"-Wl,--high-entropy-va",
        r"-l(gcc|gcc_s|mingw32|mingwex|msvcrt|ucrt|ucrtbase)",
        r"-fuse-ld=.*",
        r".*[/\\](dll)?crt2\.o",
        r".*[/\\]rs(begin|end)\.o",
    ),
    # What zig has of macOS is libSystem; the libc crate names iconv, and nothing of it is used.
    "darwin": (r"-Wl,-exported_symbols_list,.*", r"-liconv"),
}
"""By Meson's name of the target's operating system: arguments to leave out."""

_ZIG_DROPS_WITH_NEXT: Mapping[str, tuple[str, ...]] = {
    "linux": (),
    "windows": (),
    "darwin": (r"-arch", r"-Wl,-exported_symbols_list"),
}
"""Arguments to leave out with the one that follows."""

_ZIG_REPLACES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "linux": {"-lgcc_s": ("-lunwind",)},
    # A module-definition file is an input like an object file.
    "windows": {"-l(gcc_eh|unwind)": ("-lunwind",), r"-Wl,(.*\.def)": (r"\1",)},
    "darwin": {},
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
        "drop": [r"--target=.*", *_ZIG_DROPS[system]] if zig else [],
        "drop_with_next": list(_ZIG_DROPS_WITH_NEXT[system]) if zig else [],
        "replace": {**(_ZIG_REPLACES[system] if zig else {}), **paths},
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
        "drop_with_next": [r"-arch"] if zig else [],
        "replace": {},
        "append": [],
    }
