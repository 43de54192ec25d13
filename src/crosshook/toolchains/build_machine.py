"""The compilers of the machine that builds, for programs that run during a build."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping

from crosshook.errors import UsageError
from crosshook.target import TOOL_VARIABLES, Toolchain

_USUAL: Mapping[str, tuple[str, ...]] = {
    "cc": ("cc", "gcc", "clang"),
    "cxx": ("c++", "g++", "clang++"),
    "fc": ("gfortran", "flang"),
    "ar": ("ar", "llvm-ar"),
    "ranlib": ("ranlib", "llvm-ranlib"),
    "strip": ("strip", "llvm-strip"),
}


def build_toolchain(environ: Mapping[str, str], system: str) -> Toolchain | None:
    """Return the compilers that ``CC_FOR_BUILD`` and the like name, or those that are installed.

    None where there is no C compiler, and on Windows, where every backend finds MSVC by itself.

    :param system: The build machine's operating system, as Meson names it.
    :raises UsageError: if a variable cannot be split into words.
    """
    if system == "windows":
        return None
    commands = {}
    for tool, usual in _USUAL.items():
        variable = f"{TOOL_VARIABLES[tool]}_FOR_BUILD"
        try:
            named = tuple(shlex.split(environ.get(variable, "")))
        except ValueError as error:
            raise UsageError(f"{variable}: {environ[variable]!r}: {error}") from None
        found = (shutil.which(name, path=environ.get("PATH")) for name in usual)
        program = next((path for path in found if path is not None), None)
        if named or program is not None:
            commands[tool] = named or (str(program),)
    if "cc" not in commands:
        return None
    return Toolchain(name=commands["cc"][0], argument_syntax="gcc", commands=commands)
