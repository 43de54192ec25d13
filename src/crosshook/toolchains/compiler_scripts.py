"""The scripts that start compilers which are installed here: one word each, and nothing of here.

What the linker is told in any case stands in them. ``-march=native`` and its like are left out:
code for the processor that builds is not for every processor that a wheel's tag names. So are the
directories of the machine that builds (:mod:`crosshook.toolchains.flags.machine_directories`).
zig's own launcher does the same (:mod:`crosshook.toolchains.zig_launcher`).
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

from crosshook._types import Command
from crosshook.target import TOOL_VARIABLES
from crosshook.target.platforms import Platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.flags import machine_directories
from crosshook.toolchains.flags.processors import NATIVE_FLAGS

DRIVERS = ("cc", "cxx", "fc")
"""The tools that compile, and call the linker."""

_COMPILER = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|gfortran|flang)(-[0-9.]+)?")

_SCRIPT = """\
#!/bin/sh
concerned= compiles=
for word do
  case $word in
    {native} | {beginnings}) concerned=1 ;;
    -c | -S | -E | -M | -MM | -fsyntax-only) compiles=1 ;;
  esac
done
left_out() {{
  if [ -n "$CROSSHOOK_REPORT" ]; then
    printf '{{"kind": "left-out-flag", "subject": "%s"}}\\n' "$1" >> "$CROSSHOOK_REPORT"
  else
    echo "note: left out: $1" >&2
  fi
}}
if [ -n "$concerned" ]; then
  flag=
  for word do
    shift
    if [ -z "$flag" ]; then
      case $word in {flags}) flag=$word; continue ;; esac
    fi
    place=
    case $flag$word in {with_directory}) place=$flag$word; place=/${{place#*/}} ;; esac
    case ${{place%/}} in
      {directories}) left_out "$flag$word" ;;
      *)
        case $flag$word in
          {native}) left_out "$word" ;;
          *) set -- "$@" ${{flag:+"$flag"}} "$word" ;;
        esac ;;
    esac
    flag=
  done
  [ -z "$flag" ] || set -- "$@" "$flag"
fi
{links}exec {command} "$@"
"""

_LINKS = '[ -n "$compiles" ] || set -- "$@" {flags}\n'
"""Where nothing is linked, clang would warn of flags for the linker."""


def launched(
    plan: ToolchainPlan,
    platform: Platform,
    *,
    cache: Path,
    system: str,
    link_flags: Command = (),
) -> ToolchainPlan:
    """Return the plan with a script for each of its compilers that has none yet.

    On Windows, where there is no shell, with compilers of several words.

    :param platform: What the compilers compile for.
    :param cache: Where scripts may be kept between builds.
    :param system: The build machine's operating system, as Meson names it.
    :param link_flags: What they are told where they link.
    """
    toolchain = plan.toolchain
    if toolchain.argument_syntax == "msvc":
        return plan
    commands = dict(toolchain.commands)
    launchers = dict(plan.launchers)
    notes = list(plan.notes)
    for tool in DRIVERS:
        if not commands.get(tool) or commands[tool][0] in launchers:
            continue
        program, *arguments = commands[tool]
        words = (program, *(word for word in arguments if word not in NATIVE_FLAGS))
        left_out = " ".join(word for word in arguments if word in NATIVE_FLAGS)
        if left_out:
            notes.append(f"left out of {TOOL_VARIABLES[tool]}: {left_out}")
        if system == "windows":
            commands[tool] = (*words, *link_flags)
            continue
        text = script(words, platform, link_flags)
        digest = hashlib.sha256(json.dumps([tool, text]).encode()).hexdigest()
        directory = cache / "launchers" / f"installed-{digest[:12]}"
        launcher = str(directory / _called(program, tool))
        commands[tool] = (launcher,)
        launchers[launcher] = text
    made = replace(toolchain, commands=commands)
    return replace(plan, toolchain=made, launchers=launchers, notes=tuple(notes))


def _called(program: str, tool: str) -> str:
    """Return what a compiler's script is called: as it is, if that is a compiler's name.

    CMake looks for the other tools by how the name begins. ``ccache`` and ``python`` are no names
    for what only compiles.
    """
    name = Path(program).name
    return name if _COMPILER.fullmatch(name) else tool


def script(command: Command, platform: Platform, link_flags: Command = ()) -> str:
    """Return the text of a shell script that starts a compiler.

    :param platform: What it compiles for.
    :param link_flags: What it is told where it links.
    """
    directories = machine_directories.machine_directories(platform)
    flags = machine_directories.FLAGS
    return _SCRIPT.format(
        native=" | ".join(NATIVE_FLAGS),
        # Whatever is below them: this is about which words are looked at more closely.
        beginnings=" | ".join(f"{f}{d}*" for f in ("", *flags) for d in ("/usr/", "/lib")),
        flags=" | ".join(flags),
        with_directory=" | ".join(f"{flag}/*" for flag in flags),
        directories=" | ".join(directories),
        links=_LINKS.format(flags=shlex.join(link_flags)) if link_flags else "",
        command=shlex.join(command),
    )
