"""The C++ library of a target, which zig compiles when C++ is first linked for it.

That takes up to a minute and prints nothing. It is announced, and done while the environment of the
backend is made, for a project that has C++ among its sources. Whether it is needed, nothing tells
before: code generators write C++ as well, and not all that is in a source tree is compiled.

For Windows it is only announced: a link with ``-s``, as setuptools has it there, and one without
get libraries of their own, and the wrong one would be compiled in vain.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from crosshook import _files
from crosshook._processes import run_tool
from crosshook._types import Reporter
from crosshook.errors import ToolchainError
from crosshook.frontend.resolve import Resolved
from crosshook.frontend.working_copy import NOT_COPIED

_SUFFIXES = (".cc", ".cpp", ".cxx", ".c++")
_SOURCE = "int main() { return 0; }\n"


def has_cxx(root: Path) -> bool:
    """Tell whether there is C++ among the sources of a tree."""
    for _, directories, files in os.walk(root):
        directories[:] = [
            name for name in directories if name not in NOT_COPIED and not name.startswith(".")
        ]
        if any(name.endswith(_SUFFIXES) for name in files):
            return True
    return False


def is_missing(resolved: Resolved) -> bool:
    """Tell whether the first link of C++ for a target will wait for the library."""
    return resolved.cxx_marker is not None and not resolved.cxx_marker.is_file()


def announce(resolved: Resolved, reporter: Reporter) -> None:
    """Say what the build may wait for."""
    platform = resolved.target.platform
    reporter.note(f"zig may compile libc++ for {platform.zig_target} first: up to a minute, once")


def compile_now(resolved: Resolved, environ: Mapping[str, str]) -> None:
    """Compile the library, by linking a program that does nothing; nothing is said if that fails:
    a build that needs it will fail as well, and say why."""
    toolchain, marker = resolved.target.toolchain, resolved.cxx_marker
    if marker is None or marker.is_file() or toolchain is None:
        return
    if resolved.target.platform.system.name == "windows":
        return
    with tempfile.TemporaryDirectory(prefix="crosshook-c++-") as name:
        directory = Path(name)
        _files.write_files(directory, {"empty.cpp": _SOURCE})
        words = ("-shared", "-fPIC", "-O2", "empty.cpp", "-o", "empty")
        try:
            run_tool(
                (*toolchain.commands["cxx"], *words), directory, {**environ, **toolchain.environ}
            )
        except ToolchainError:
            return
    _files.mark((marker,))
