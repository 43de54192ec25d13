"""The scripts that start zig: one word for each tool, with its flags as zig takes them.

A build starts one for every source, and few sources come with a flag that zig does not take. So
the script that stands for a compiler is the shell's, which starts in three milliseconds and looks
for such a flag; where there is one, it starts Python, which translates.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosshook._types import Command
from crosshook.toolchains.launcher import libraries, processors, program, resources, translation

_ALWAYS = (
    *("'-Wl,'*", "-Xlinker", "-static", "'@'*", "'-march='*", "'-mcpu='*", "'-mtune='*"),
    *("'-fopenmp'*", "-lgomp", "'-l:/'*", "*.os"),
)
"""Words that are always looked at, as patterns of the shell's ``case``."""

_WINDOWS = ("'-l'*", "'/O'*", "'-O'[!0-3sgzf]*", "'-O'[0-3sg]?*", "*.lib", "*.LIB")

_PROGRAM = """\
import sys

sys.path.insert(0, {directory!r})

import crosshook_cc_program as program
import crosshook_cc_table as data
import crosshook_cc_translation as translation


def exists(path):
    import os

    return os.path.exists(path)


def libraries():
    import crosshook_cc_libraries

    return crosshook_cc_libraries


def processors():
    import crosshook_cc_processors

    return crosshook_cc_processors


sys.exit(
    program.main(
        lambda words: translation.translate(words, data.TABLE, exists, processors),
        translation.Refused,
        libraries,
        {{"commands": data.COMMANDS, **data.TABLE}},
        sys.argv[1:],
    )
)
"""


_RESOURCES = """\
import sys

sys.path.insert(0, {directory!r})

import crosshook_cc_program as program
import crosshook_rc_resources as resources

sys.exit(program.run([*{command!r}, *resources.as_rc(sys.argv[1:])]))
"""

_WINDRES = ("-o*", "-O", "-J", "'--output'*")
"""Words that MinGW's compiler of resources takes, and Microsoft's not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Launchers:
    """Programs that stand for tools, and the files that they read."""

    commands: Mapping[str, Command]
    """By the tool's name, how its program is called."""
    programs: Mapping[str, str]
    """Text of executable files, by absolute path."""
    files: Mapping[str, str]
    """Text of other files, by absolute path."""


def launchers(
    compilers: Mapping[str, Command],
    rc: Command,
    others: Mapping[str, Command],
    table: Mapping[str, Any],
    *,
    environ: Mapping[str, str],
    python: str,
    directory: Path,
    shell: bool,
) -> Launchers:
    """Return the programs that stand for the tools of a toolchain.

    :param compilers: By the tool's name, commands whose arguments are translated.
    :param rc: The command that compiles resources; what stands for it is called ``windres``.
    :param others: As the compilers, those that are started as they are.
    :param table: What :func:`crosshook.toolchains.flags.launcher_table` returns.
    :param environ: Variables that the tools need. Where there is a shell, the programs set those
        that are not set: SCons, for one, starts compilers with next to no environment.
    :param python: The Python that translates.
    :param directory: Where they may be; a directory below it is for these alone.
    :param shell: Whether there is ``/bin/sh``. Without, commands have several words.
    """
    parts = _modules(compilers, table)
    # Those of another version of crosshook, which may be at work beside, are other files.
    sets = "".join(
        f'[ -n "${{{name}-}}" ] || {name}={shlex.quote(value)}\nexport {name}\n'
        for name, value in environ.items()
    )
    known = [python, *rc, sets, *parts.values()]
    digest = hashlib.sha256("".join(known).encode()).hexdigest()
    home = directory / digest[:12]
    start = home / "crosshook_cc.py"
    start_rc = home / "crosshook_rc.py"
    parts[start.name] = _PROGRAM.format(directory=str(home))
    parts[start_rc.name] = _RESOURCES.format(directory=str(home), command=list(rc))
    files = {str(home / name): text for name, text in parts.items()}
    translator = (python, "-I", "-S", str(start))
    rc_translator = (python, "-I", "-S", str(start_rc))
    if not shell:
        commands = {name: (*translator, name) for name in compilers} | {"windres": rc_translator}
        return Launchers(commands={**others, **commands}, programs={}, files=files)
    programs = {
        **{name: script(command, sets) for name, command in others.items()},
        # So CMake knows by its name that it makes object files, which go into archives.
        "windres": _resource_script(rc, rc_translator, sets),
        **{
            name: _compiler_script(command, (*translator, name), table, sets)
            for name, command in compilers.items()
        },
    }
    return Launchers(
        commands={name: (str(home / name),) for name in programs},
        programs={str(home / name): text for name, text in programs.items()},
        files=files,
    )


def _modules(compilers: Mapping[str, Command], table: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of the modules that translate, by file name."""
    copied = {
        "crosshook_cc_translation.py": translation,
        "crosshook_cc_libraries.py": libraries,
        "crosshook_cc_processors.py": processors,
        "crosshook_cc_program.py": program,
        "crosshook_rc_resources.py": resources,
    }
    commands = {name: list(command) for name, command in compilers.items()}
    return {
        "crosshook_cc_table.py": f"TABLE = {table!r}\nCOMMANDS = {commands!r}\n",
        **{
            name: Path(str(module.__file__)).read_text(encoding="utf-8")
            for name, module in copied.items()
        },
    }


def script(command: Sequence[str], sets: str = "") -> str:
    """Return the text of a shell script that starts a command with the script's arguments.

    :param sets: Lines of it that set variables.
    """
    return f'#!/bin/sh\n{sets}exec {shlex.join(command)} "$@"\n'


def _compiler_script(
    command: Command, translator: Command, table: Mapping[str, Any], sets: str
) -> str:
    """Return the text of a shell script that starts a compiler, or what translates for it.

    For Windows and macOS, all that is linked is translated: its objects say what it needs, and
    MSVC's linker takes flags in any case. So are sources that become object files nobody named.
    """
    translate = f'exec {shlex.join(translator)} "$@"'
    return (
        f"#!/bin/sh\n{sets}"
        "source= standard= compiles= named=\n"
        "for word do\n"
        "  case $word in\n"
        f"    {'|'.join(_patterns(table))})\n"
        f"      {translate} ;;\n"
        "    -c) compiles=1 ;;\n"
        "    -o*) named=1 ;;\n"
        "    -std=*++*) standard=cxx ;;\n"
        "    -std=*) standard=c ;;\n"
        "    *.c) source=c ;;\n"
        "    *.cc|*.cpp|*.cxx|*.c++|*.C|*.CPP|*.cp) source=cxx ;;\n"
        "  esac\n"
        "done\n"
        "case $source$standard in\n"
        f"  ccxx|cxxc) {translate} ;;\n"
        "esac\n"
        f'[ -z "$compiles" ] || [ -n "$named" ] || {translate}\n'
        + (f'[ -n "$compiles" ] || {translate}\n' if table["openmp_by_objects"] else "")
        + f'exec {shlex.join(command)} "$@"\n'
    )


def _resource_script(command: Command, translator: Command, sets: str) -> str:
    """Return the text of a shell script that compiles resources, or starts what translates."""
    return (
        f"#!/bin/sh\n{sets}"
        "for word do\n"
        "  case $word in\n"
        f'    {"|".join(_WINDRES)}) exec {shlex.join(translator)} "$@" ;;\n'
        "  esac\n"
        "done\n"
        f'exec {shlex.join(command)} "$@"\n'
    )


def _patterns(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return patterns that cover every word which the table has something to say about."""
    beginnings = _shortest(table["compiler"]["beginnings"])
    directories = _shortest(table["machine_directories"])
    whole = {flag.partition(" ")[0] for flag in table["compiler"]["whole"]}
    rest = sorted(flag for flag in whole if not flag.startswith(tuple(beginnings)))
    return (
        *_ALWAYS,
        *(_WINDOWS if table["windows"] else ()),
        *(f"{shlex.quote(flag)}*" for flag in beginnings),
        *(f"{flag}{path}*" for flag in ("", *table["directory_flags"]) for path in directories),
        *(shlex.quote(flag) for flag in rest),
    )


def _shortest(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that begin with no other."""
    found: list[str] = []
    for word in sorted(words):
        if not word.startswith(tuple(found) or ("\0",)):
            found.append(word)
    return tuple(found)
