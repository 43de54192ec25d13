"""Why builds fail: what compilers, backends and installers print, and what mends it.

A table. Each row has the lines that it is about, and what to do. The first line of an output that
fits a row is the cause; what comes after it mostly follows from it. C libraries that are missing
are recognised by :mod:`crosshook.libraries.missing`.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crosshook.errors import BackendError
from crosshook.libraries.missing import (
    POSIX_HEADERS,
    PYTHONS_HEADERS,
    Missing,
    header_words,
    missing_libraries,
    way_out,
)
from crosshook.target.platforms import Platform

_Hint = Callable[["re.Match[str]"], str]

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cause:
    name: str
    patterns: tuple[str, ...]
    """Of lines; the group ``name`` is what is missing."""
    hint: _Hint


def _header_hint(found: re.Match[str]) -> str:
    name = found["name"]
    if name in POSIX_HEADERS:
        return f"{name} is of POSIX, and Windows has none: does the project support Windows?"
    package, slash, _ = name.partition("/")
    if slash:
        return f"{package} has to be in [build-system] requires of the project's pyproject.toml"
    return (
        "what was compiled was not told where the target Python's headers are: the project "
        "has to take them from sysconfig.get_path('include'), in this build the target's"
    )


_HEADERS = "|".join(
    [*(rf"{re.escape(name)}[^\s':]*" for name in PYTHONS_HEADERS), *map(re.escape, POSIX_HEADERS)]
)


def _program_hint(found: re.Match[str]) -> str:
    return f"install {found['name']} on this machine: the build runs it"


def _index_hint(found: re.Match[str]) -> str:
    if re.match(r"crosshook\b", found["name"]):
        return (
            "crosshook has no release: `pip wheel --no-deps -w wheels DIR`, of its checkout, and "
            "PIP_FIND_LINKS=$PWD/wheels"
        )
    return (
        f"is {found['name']} spelled right in [build-system] requires, and there in that "
        "version? `pip config list` shows where it is looked for"
    )


def _newer_hint(found: re.Match[str]) -> str:
    return (
        f"the project needs a newer {found['tool']}: with it in [build-system] requires, such as "
        f'"{found["tool"].lower()}>={found["version"]}", the build environment has it'
    )


OWN_COMPILER = (
    "if the build made it, it has to call what CC, CXX and AR name, not gcc or ar (make "
    'CC="$CC" wins over a Makefile); if it came with the sources, leave it out for this target'
)
"""What to do about files for the machine that builds, or any other."""

_CAUSES = (
    _Cause(
        name="missing header",
        patterns=header_words(rf"(?P<name>{_HEADERS})"),
        hint=_header_hint,
    ),
    _Cause(
        name="wrong flag",
        patterns=(
            r"error: (unknown|unrecognized|unsupported) ([\w-]+ )*(argument|option):? "
            r"['\"\u2018](?P<name>[^'\"\u2019]+)",
            r"error: invalid value '[^']*' in '(?P<name>[^']+)'",
            r"error: argument unused during compilation: '(?P<name>[^']+)'",
        ),
        hint=lambda found: (
            f"the compiler takes no {found['name']}: leave it out for this target in setup.py, "
            "CFLAGS or LDFLAGS, or name another compiler with CC and CXX"
        ),
    ),
    _Cause(
        name="object of another machine",
        patterns=(
            r"\.(o|a|so|obj|lib)\)?\S* is incompatible with \S+",
            r"lld-link: error: (unknown file type: |\S+: unknown file type)",
            r"lld-link: error: \S+: machine type \S+ conflicts with ",
            r"error: failed to parse TBD file",
            r"error: invalid header delimiter: expected ",
            r"error: unknown cpu architecture: \d+",
            r"file in wrong format|file format not recognized",
            r"skipping incompatible \S+ when searching",
        ),
        hint=lambda found: f"what is linked is for another machine: {OWN_COMPILER}",
    ),
    _Cause(
        name="generator of Windows",
        patterns=(
            r"Could not create named generator (?P<name>Visual Studio.*|NMake.*)",
            r"does not support (platform|toolset) specification",
        ),
        hint=lambda found: (
            "CMake has that on Windows alone: CMAKE_GENERATOR=Ninja, where the project lets one "
            'choose; or project-sees = "build" in [tool.crosshook]'
        ),
    ),
    _Cause(
        name="missing Rust target",
        patterns=(
            r"error\[E0463\]: can't find crate for `(core|std)`",
            r"the `(?P<name>[\w.-]+)` target may not be installed",
        ),
        hint=lambda found: (
            "`crosshook targets` names the Rust target of each platform: rustup target add TRIPLE"
        ),
    ),
    _Cause(
        name="missing Rust",
        patterns=(r"can't find Rust compiler", r"requires Rust.* to compile"),
        hint=lambda found: "install Rust: https://rustup.rs",
    ),
    _Cause(
        name="old build tool",
        patterns=(
            r"(?P<tool>Meson) version is \S+ but project requires >=\s*(?P<version>[\d.]+)",
            r"(?P<tool>CMake) (?P<version>[\d.]+) or higher is required",
            r"requires (?P<tool>setuptools) ?>= ?(?P<version>[\d.]+)",
        ),
        hint=_newer_hint,
    ),
    _Cause(
        name="download of the project's own",
        patterns=(
            r"URLError: <urlopen error",
            r"HTTPError: HTTP Error \d+",
            r"curl: \((6|7|22|28)\) ",
            r"wget: unable to resolve host",
        ),
        hint=lambda found: (
            "the project's own build downloads something: where it cannot, its documentation has "
            "a setting for a copy that is there already"
        ),
    ),
    _Cause(
        name="network",
        patterns=(
            r"(Temporary failure in name resolution|Name or service not known)",
            r"(Could not|Couldn't) resolve host",
            r"(NewConnectionError|ConnectTimeoutError|ReadTimeoutError|ProxyError)",
            r"(error sending request for url|dns error|failed to lookup address)",
            r"(CERTIFICATE_VERIFY_FAILED|certificate verify failed)",
        ),
        hint=lambda found: (
            "is there a network, and does it need a proxy (HTTPS_PROXY)? Without one: "
            "PIP_FIND_LINKS=DIR with the wheels that the build needs"
        ),
    ),
    _Cause(
        name="another Python",
        patterns=(r"Ignored the following versions that require a different python version",),
        hint=lambda found: "name a Python that the requirement is there for: --python VERSION",
    ),
    _Cause(
        name="index without the package",
        patterns=(
            r"satisfies the requirement (?P<name>.+?) \(from versions:",
            r"Because (?P<name>\S+) was not found in the package registry",
            r"Because there (is|are) no versions? of (?P<name>\S+)",
        ),
        hint=_index_hint,
    ),
    _Cause(
        name="part of Windows",
        patterns=(
            r"KeyError: '(?i:ProgramFiles|ProgramW6432|SystemRoot|windir|AppData|LocalAppData|"
            r"ProgramData|UserProfile|VC\w*DIR|VS\d+COMNTOOLS|PROCESSOR_ARCHITECTURE)\W",
            r"AttributeError: module '(ctypes|os)' has no attribute '(windll|WinDLL|startfile)'",
            r"ModuleNotFoundError: No module named '(_winreg|win32\w*|pywintypes|pythoncom)",
        ),
        hint=lambda found: (
            "the project looks for what only Windows has, since it is told what it is built for: "
            'project-sees = "build" in [tool.crosshook] shows it this machine'
        ),
    ),
    _Cause(
        name="missing build requirement",
        patterns=(r"ModuleNotFoundError: No module named '(?P<name>\w+)",),
        hint=lambda found: (
            f"the build imports {found['name']}: its distribution has to be in [build-system] "
            "requires of pyproject.toml; or install it yourself, and --no-isolation"
        ),
    ),
    _Cause(
        name="unknown version",
        patterns=(r"setuptools[-_]scm was unable to detect version",),
        hint=lambda found: (
            "build from a git checkout or an sdist, or SETUPTOOLS_SCM_PRETEND_VERSION=VERSION"
        ),
    ),
    _Cause(
        name="file that cargo put elsewhere",
        patterns=(r"No such file or directory: '(\S*/)?target/(release|debug)/",),
        hint=lambda found: (
            "what cargo builds for a target is in target/TRIPLE: the project has to look there "
            "if CARGO_BUILD_TARGET is set"
        ),
    ),
    _Cause(
        name="missing program",
        patterns=(
            r"/bin/sh: (line )?\d+: (?P<name>[\w.+-]+): (command )?not found",
            r"error: command '(?P<name>[^']+)' failed: No such file or directory",
            r"No such file or directory: '(?P<name>[\w.+-]+)'",
            r"linker `(?P<name>[^`]+)` not found",
            r"ERROR: Program '(?P<name>[\w.+-]+)' not found",
        ),
        hint=_program_hint,
    ),
    _Cause(
        name="program that make starts",
        patterns=(
            r"make(\[\d+\])?: (?P<name>[\w./+-]+): (No such file or directory|Command not found)",
            r"No such file or directory: '\./(?P<name>[^']+)'",
        ),
        hint=lambda found: (
            f"the build runs {found['name']}: if it compiled that itself, it is for the target; a "
            "program that runs here is compiled with what CC_FOR_BUILD names; otherwise install it"
        ),
    ),
    _Cause(
        name="program of the target",
        # The last is of Automake's summary: what failed and why is in files.
        patterns=(r"Exec format error", r"cannot execute binary file", r"^# FAIL: +[1-9]"),
        hint=lambda found: (
            "the build runs a program that it compiled, which is for the target: where an "
            "emulator is not used, the project needs a setting for the answer"
        ),
    ),
    _Cause(
        name="out of memory",
        patterns=(r"(fatal error: Killed signal terminated|unable to execute command: Killed)",),
        hint=lambda found: "this machine has too little memory: build with fewer jobs",
    ),
    _Cause(
        name="full disk",
        patterns=(r"No space left on device",),
        hint=lambda found: "`crosshook cache` shows what is kept; TMPDIR=DIR builds elsewhere",
    ),
)

_ROWS = tuple((re.compile(text), cause) for cause in _CAUSES for text in cause.patterns)

_ANY_ERROR = re.compile(
    r"(^|[\s:])(fatal )?error( [A-Z]+\d+)?: (?!subprocess-exited|command|metadata-generation)"
    r"|^error\[E\d+\]|^CMake Error|^ERROR: |^\S+:\d+:\d+: ERROR: ",
)
"""A tool's complaint that is in no row."""

_MODULE_OF_THE_TARGET = _Cause(
    name="module of the target",
    patterns=(r"ModuleNotFoundError: No module named '(?:\w+\.)*(?P<name>\w+)'",),
    hint=lambda found: (
        f"the build imports {found['name']}, which it has just built for the target, to write "
        "stubs or documentation: leave that out where the project has a setting for it"
    ),
)
"""Where lines before it name the module's file."""

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
                    cause, match = _MODULE_OF_THE_TARGET, built
                return _found(cause.name, lines, number, hint=cause.hint(match))
    other = next((number for number in complaints if _ANY_ERROR.search(lines[number])), None)
    if named and (other is None or named[-1] >= other):
        return _found("missing library", lines, named[-1], library=libraries[named[-1]])
    return None if other is None else _found("other", lines, other)


def _module_built_before(lines: Sequence[str], number: int) -> re.Match[str] | None:
    """Return what a line says of a missing module, if a line before it names the module's file."""
    missing = re.search(_MODULE_OF_THE_TARGET.patterns[0], lines[number])
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


def explain(error: BackendError, output: str, platform: Platform) -> None:
    """Put what an output says of the cause into an error, in place of how a command ended.

    An error that has a hint knows better. Where nothing is known, the hint says how to find out
    whether the target has to do with it.

    :param output: What the backend and its tools printed.
    :param platform: What was built for.
    """
    error.output = "\n".join(part for part in (output, error.detail) if part)
    found = None if error.hint else find_cause(f"{error.output}\n{error.message}")
    if found is not None and found.library is not None:
        error.message = f"{found.library.sentence} was not found for {platform.tag}"
        error.hint = way_out(found.library, platform)
        error.detail = found.context
    elif found is not None:
        error.hint = found.hint
        if _OF_A_COMMAND.search(error.message):
            # What is printed says by itself that it is an error.
            error.message = found.line.removeprefix("error: ")
            error.detail = found.context
    error.hint = error.hint or _UNKNOWN
    error.message = brief(error.message)
    error.args = (error.message,)
