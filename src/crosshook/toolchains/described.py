"""Compilers that a file describes: ``--toolchain FILE.toml``.

.. code-block:: toml

    base = "gnu"
    sysroot = "sysroot"
    cflags = ["-mcpu=neoverse-n1"]
    meson-cross-file = "more.ini"

Paths are relative to the file. What is not named comes from ``base``, ``gnu`` or ``llvm``; without
one, ``cc`` has to be named. docs/how-to/compilers.md says what each key means.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from crosshook._types import Command
from crosshook.errors import UsageError
from crosshook.target import TOOL_VARIABLES
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan, gnu, llvm
from crosshook.toolchains.compiles_for import ask, fits
from crosshook.toolchains.installed import Found, usable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BASES = {"gnu": gnu.find_compilers, "llvm": llvm.find_compilers}

_FLAGS = {"cc": "cflags", "cxx": "cxxflags", "fc": "fflags"}
"""By tool: the key of what it is told in any case."""

_CROSS_FILES = {"cmake": "cmake-toolchain-file", "meson": "meson-cross-file"}
"""By build tool: the key of a file of the user's that it reads."""

KEYS = (
    *("name", "base", *TOOL_VARIABLES, "sysroot", *_FLAGS.values(), "ldflags"),
    *(*_CROSS_FILES.values(), "environ"),
)


def is_file_name(name: str) -> bool:
    """Tell whether ``--toolchain`` names a file."""
    return name.endswith(".toml")


def plan(
    file: Path, platform: Platform, *, environ: Mapping[str, str], cache: Path, system: str
) -> ToolchainPlan:
    """Return the toolchain that a file describes.

    :param environ: The user's environment variables: ``PATH``, where programs are looked for.
    :param cache: Where files may be kept between builds.
    :param system: The build machine's operating system, as Meson names it.
    :raises UsageError: if the file is wrong, or names what is not there, or compilers for another
        platform.
    :raises ToolchainError: if its base is not installed, or the compilers do not work.
    """
    read = _File(path=file, data=_read(file))
    read.check_keys()
    sysroot = read.existing("sysroot")
    base = read.choice("base", _BASES)
    told = {**environ, **read.table("environ")}
    own = Found(name=read.text("name") or "", commands={})
    found = _BASES[base](platform, told, sysroot) if base is not None else own
    commands = {**found.commands, **read.commands(told, sysroot)}
    if "cc" not in commands:
        raise UsageError(
            f"{file}: cc: missing: it names the C compiler, and there is no base to have it from",
            hint='cc = "PROGRAM", or base = "gnu" or "llvm"',
        )
    for tool, key in _FLAGS.items():
        if tool in commands:
            commands[tool] = (*commands[tool], *read.words(key))
    found = replace(
        found,
        name=read.text("name") or found.name or Path(commands["cc"][0]).name,
        commands=commands,
        link_flags=(*found.link_flags, *read.words("ldflags")),
        environ=read.table("environ"),
        sysroot=sysroot,
    )
    _check_machine(file, found, platform, told)
    made = usable(
        found,
        platform,
        environ,
        hint=f"mend {file}: sysroot, cflags and ldflags are what it takes",
        cache=cache,
        system=system,
    )
    files = {tool: path for tool, key in _CROSS_FILES.items() if (path := read.existing(key))}
    cross_files = {tool: str(path) for tool, path in files.items()}
    return replace(made, toolchain=replace(made.toolchain, cross_files=cross_files))


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--toolchain: {file}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"--toolchain: {file}: not TOML: {error}") from None


def _check_machine(
    file: Path, found: Found, platform: Platform, environ: Mapping[str, str]
) -> None:
    for tool in ("cc", "cxx"):
        command = found.commands.get(tool)
        answer = ask(command, environ) if command is not None else None
        if command is not None and answer is not None and not fits(answer, platform):
            raise UsageError(
                f"{file}: {tool}: {shlex.join(command)} compiles for "
                f"{answer.machine or 'another machine'}, not for {platform.tag}",
                hint="name one for it, or build for what the file is for: --target TAG",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    """A file's content; each method checks the value of a key, and names it in its error."""

    path: Path
    data: Mapping[str, Any]

    def wrong(self, key: str, expected: str) -> UsageError:
        return UsageError(f"{self.path}: {key}: {self.data[key]!r} is not {expected}")

    def check_keys(self) -> None:
        unknown = sorted(self.data.keys() - set(KEYS))
        if unknown:
            raise UsageError(
                f"{self.path}: {unknown[0]}: unknown key", hint=f"known: {', '.join(KEYS)}"
            )

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.wrong(key, "a string with something in it")
        return value

    def choice(self, key: str, known: Mapping[str, object]) -> str | None:
        value = self.text(key)
        if value is not None and value not in known:
            raise self.wrong(key, f"one of {', '.join(known)}")
        return value

    def words(self, key: str) -> Command:
        """Return a list of strings, or what a shell would make of a string."""
        value = self.data.get(key, [])
        if isinstance(value, str):
            try:
                return tuple(shlex.split(value))
            except ValueError:
                raise self.wrong(key, "words as a shell has them") from None
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise self.wrong(key, "a string or a list of strings")
        return tuple(value)

    def table(self, key: str) -> Mapping[str, str]:
        value = self.data.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise self.wrong(key, "a table of strings")
        return value

    def existing(self, key: str) -> Path | None:
        """Return the path of what has to be there."""
        text = self.text(key)
        if text is None:
            return None
        path = Path(os.path.abspath(self.path.parent / text))
        if not path.exists():
            raise UsageError(f"{self.path}: {key}: {path}: there is no such file")
        return path

    def commands(self, environ: Mapping[str, str], sysroot: Path | None) -> dict[str, Command]:
        """Return the tools that the file names, as programs that are there."""
        commands = {}
        for tool in TOOL_VARIABLES:
            words = self.words(tool)
            if not words:
                continue
            options = (f"--sysroot={sysroot}",) if sysroot and tool in _FLAGS else ()
            commands[tool] = (self._program(tool, words[0], environ), *words[1:], *options)
        return commands

    def _program(self, key: str, name: str, environ: Mapping[str, str]) -> str:
        if os.path.dirname(name):
            name = os.path.abspath(self.path.parent / name)
        found = shutil.which(name, path=environ.get("PATH"))
        if found is None:
            raise UsageError(
                f"{self.path}: {key}: {name}: no such program",
                hint="a path from the file, or the name of a program that is on PATH",
            )
        return os.path.abspath(found)
