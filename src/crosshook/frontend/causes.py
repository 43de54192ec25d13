"""Why a build failed, by what compilers, backends and installers printed.

The first line of an output that fits a row of :mod:`crosshook.frontend.known_causes` is the cause;
what comes after it mostly follows from it. C libraries that are missing are recognised by
:mod:`crosshook.libraries.missing`.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crosshook.errors import BackendError
from crosshook.frontend.known_causes import CAUSES, MODULE_OF_THE_TARGET
from crosshook.libraries.missing import Missing, missing_libraries, way_out
from crosshook.target import Toolchain
from crosshook.target.platforms import Platform
from crosshook.toolchains.apple_frameworks import framework_names
from crosshook.toolchains.damage import damaged_cache
from crosshook.toolchains.refusals import other_compiler

_CONTEXT = 12
"""Lines of an output that are shown from its cause on: a compiler shows the place in the source."""
_LONGEST = 300
"""Characters of a line. A command line can have thousands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The cause of a failure, in an output."""

    name: str
    """Of the row in the table."""
    line: str
    """What the tool said."""
    hint: str | None
    """What to do; None where nothing is known."""
    context: str
    """The line and some that follow it."""
    library: Missing | None = None
    """The C library that was not found, if that is it."""


_ROWS = tuple((re.compile(text), cause) for cause in CAUSES for text in cause.patterns)

_ANY_ERROR = re.compile(
    r"(^|[\s:])(fatal )?error( [A-Z]+\d+)?: (?!subprocess-exited|command|metadata-generation)"
    r"|^error\[E\d+\]|^CMake Error|^ERROR: |^\S+:\d+:\d+: ERROR: ",
)
"""A tool's complaint that is in no row."""

_TRIED = re.compile(
    r"(^|[/\\])(_?conftest|_configtest|testfile|CheckSymbolExists|src)\.(c|cpp|cc)"
    r"|^checking (?!.*configure: error)"
)
"""Sources that are compiled to find out whether they can be, and what a configure script asks: what
a tool says to that is an answer."""


def find_cause(output: str) -> Found | None:
    """Return what an output says of why a build failed; None where it does not.

    The first line that is in the table, or the last library that a tool ended for, if one did
    before. Then what was only said of a library, and at last any line that a tool calls an error,
    whichever comes later: what is optional is looked for first.
    """
    lines = output.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    libraries = {bisect.bisect_right(starts, one.at) - 1: one for one in missing_libraries(output)}
    complaints = [number for number, line in enumerate(lines) if not _TRIED.search(line)]
    named = [number for number in complaints if number in libraries]
    ended = [number for number in named if libraries[number].ends]
    for number in complaints:
        if number in ended[:1]:
            return _found("missing library", lines, ended[-1], library=libraries[ended[-1]])
        for pattern, cause in _ROWS if number not in named else ():
            match = pattern.search(lines[number])
            if match is not None:
                built = _module_built_before(lines, number)
                if built is not None:
                    cause, match = MODULE_OF_THE_TARGET, built
                return _found(cause.name, lines, number, hint=cause.hint(match))
    other = next((number for number in complaints if _ANY_ERROR.search(lines[number])), None)
    if named and (other is None or named[-1] >= other):
        return _found("missing library", lines, named[-1], library=libraries[named[-1]])
    return None if other is None else _found("other", lines, other)


def _module_built_before(lines: Sequence[str], number: int) -> re.Match[str] | None:
    """Return what a line says of a missing module, if a line before it names the module's file."""
    missing = re.search(MODULE_OF_THE_TARGET.patterns[0], lines[number])
    if missing is None:
        return None
    file = re.compile(rf"\b{missing['name']}\.(?:[\w.-]+\.)?(?:so|pyd)\b")
    return missing if any(map(file.search, lines[:number])) else None


def hint_for_this_machine(output: str) -> str:
    """Return what to do where what failed is for this machine: to install a build requirement."""
    found = find_cause(output)
    if found is not None and found.library is not None:
        return f"{found.library.sentence} has to be on this machine, for which that is compiled"
    return (found and found.hint) or "see what the installer said above"


def brief(text: str) -> str:
    """Return a text without its middle, if it is very long: it may quote a command line."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 60].rstrip()} ... {text[-60:].lstrip()}"


def _found(
    name: str,
    lines: Sequence[str],
    number: int,
    *,
    hint: str | None = None,
    library: Missing | None = None,
) -> Found:
    shown = lines[number : number + _CONTEXT]
    return Found(
        name=name,
        line=brief(lines[number].strip()),
        hint=hint,
        context="\n".join(brief(line.rstrip()) for line in shown),
        library=library,
    )


_OF_A_COMMAND = re.compile(
    r"[Cc]ommand|exit (code|status)|sys\.exit|subprocess|(Compile|Link|Exec|Install)Error"
)
"""An error that says how a process ended, which is not why."""


_UNKNOWN = "does it build for this machine? `pip wheel --no-deps SOURCE` tells"
"""Many projects do not: their sdists lack a file, or their build requirements have moved on."""


def _way_to(library: Missing, platform: Platform) -> str:
    if platform.macos is not None and library.name.partition("/")[0] in framework_names():
        return "it is of Apple's SDK: SDKROOT=DIR names one, the directory MacOSX.sdk"
    if library.name.startswith("linux/") and platform.row.system.libc is None:
        return f"it is of Linux: does the project support {platform.row.system.meson.system}?"
    return way_out(library, platform)


def explain(
    error: BackendError, output: str, platform: Platform, toolchain: Toolchain | None = None
) -> None:
    """Put what an output says of the cause into an error, in place of how a command ended.

    An error that has a hint knows better. Where nothing is known, the hint says how to find out
    whether the target has to do with it.

    :param output: What the backend and its tools printed.
    :param platform: What was built for.
    :param toolchain: What compiled for it.
    """
    error.output = "\n".join(part for part in (output, error.detail) if part)
    said = f"{error.output}\n{error.message}"
    found = None if error.hint else find_cause(said)
    error.hint = error.hint or damaged_cache(said, toolchain)
    if found is not None and found.library is not None:
        error.message = f"{found.library.sentence} was not found for {platform.tag}"
        error.hint = error.hint or _way_to(found.library, platform)
        error.detail = found.context
    elif found is not None:
        error.hint = error.hint or found.hint
        if _OF_A_COMMAND.search(error.message):
            # What is printed says by itself that it is an error.
            error.message = found.line.removeprefix("error: ")
            error.detail = found.context
    error.hint = error.hint or other_compiler(said, platform) or _UNKNOWN
    error.message = brief(error.message)
    error.args = (error.message,)
