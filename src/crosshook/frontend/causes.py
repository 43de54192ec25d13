"""Why builds fail: what compilers, backends and installers print, and what mends it.

A table. Each row has the lines that it is about, and what to do. The first line of an output that
fits a row is the cause; what comes after it mostly follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from crosshook.errors import BackendError

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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cause:
    name: str
    patterns: tuple[str, ...]
    """Of lines; the group ``name`` is what is missing."""
    hint: _Hint


def library_hint(name: str) -> str:
    """Return how to give a C library, by the name of its header or of itself."""
    return (
        f"{name}: the C library has to be there for the target, not for this machine; name the "
        "directory that it is in: --libraries DIR, or the project's own setting"
    )


def _header_hint(found: re.Match[str]) -> str:
    name = found["name"]
    if name == "Python.h":
        return (
            "what was compiled was not told where the target Python's headers are: the project "
            "has to take them from sysconfig.get_path('include'), in this build the target's"
        )
    if name in POSIX_HEADERS:
        return f"{name} is of POSIX, and Windows has none: does the project support Windows?"
    if name.partition("/")[0] == "numpy":
        return "numpy has to be in [build-system] requires of the project's pyproject.toml"
    return library_hint(name)


POSIX_HEADERS = frozenset(
    f"{name}.h"
    for name in (
        "arpa/inet dlfcn fcntl grp ifaddrs netdb netinet/in netinet/tcp poll pthread pwd spawn "
        "sys/epoll sys/event sys/ioctl sys/ipc sys/mman sys/resource sys/select sys/shm sys/socket "
        "sys/statvfs sys/uio sys/un sys/utsname sys/wait syslog termios"
    ).split()
)


def _program_hint(found: re.Match[str]) -> str:
    return f"install {found['name']} on this machine: the build runs it"


def _newer_hint(found: re.Match[str]) -> str:
    return (
        f"the project needs a newer {found['tool']}: with it in [build-system] requires, such as "
        f'"{found["tool"].lower()}>={found["version"]}", the build environment has it'
    )


_CAUSES = (
    _Cause(
        name="missing header",
        patterns=(
            r"fatal error: '?(?P<name>[^\s':]+)'?(: No such file or directory| file not found)",
            r"fatal error C1083: Cannot open include file: '(?P<name>[^']+)'",
        ),
        hint=_header_hint,
    ),
    _Cause(
        name="missing library",
        patterns=(
            r'unable to find dynamic system library "(?P<name>[^"]+)"',
            r"(cannot find|unable to find library|library not found for) -l(?P<name>[^\s:]+)",
            r"library '(?P<name>[^']+)' not found",
            r"LNK1181: cannot open input file '(?P<name>[^']+)'",
            r"Package '?(?P<name>[^\s']+)'?.* (was )?not found( in the pkg-config|$)",
            r"No package '(?P<name>[^']+)' found",
            r"Dependency \"(?P<name>[^\"]+)\" not found",
            r"Could NOT find (?P<name>(?!Python)\w+)",
            r"package configuration file provided by \"(?P<name>\w+)\"",
        ),
        hint=lambda found: library_hint(found["name"]),
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
        hint=lambda found: (
            f"is {found['name']} spelled right in [build-system] requires, and there in that "
            "version? `pip config list` shows where it is looked for"
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

_TRIED = re.compile(
    r"(^|[/\\])(_?conftest|_configtest|testfile|CheckSymbolExists|src)\.(c|cpp|cc)"
    r"|^checking (?!.*configure: error)"
)
"""Sources that are compiled to find out whether they can be, and what a configure script asks: what
a tool says to that is an answer."""


def find_cause(output: str) -> Found | None:
    """Return what an output says of why a build failed: the first line that is in the table.

    Where none is, the first that a tool calls an error; None where there is no such line either.
    """
    lines = output.splitlines()
    for number, line in _complaints(lines):
        for pattern, cause in _ROWS:
            match = pattern.search(line)
            if match is not None:
                return _found(cause.name, lines, number, cause.hint(match))
    for number, line in _complaints(lines):
        if _ANY_ERROR.search(line):
            return _found("other", lines, number, None)
    return None


def may_be_of_a_library(output: str, name: str, at: int) -> bool:
    """Tell whether a build may have failed for a library that its output names at some place.

    It did not where the output has another cause; what was looked for before may be optional.
    """
    found = find_cause(output)
    if found is None:
        return True
    if found.name == "other":
        return at >= output.find(found.line)
    return found.name in _OF_LIBRARIES and name not in POSIX_HEADERS


_OF_LIBRARIES = ("missing header", "missing library", "missing program")


def context(output: str, at: int) -> str:
    """Return the line of an output that a place is in, and some that follow it."""
    start = output.rfind("\n", 0, at) + 1
    return "\n".join(brief(line) for line in output[start:].splitlines()[:_CONTEXT])


def brief(text: str) -> str:
    """Return a text without its middle, if it is very long: it may quote a command line."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 60].rstrip()} ... {text[-60:].lstrip()}"


def _complaints(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines):
        if not _TRIED.search(line):
            yield number, line


def _found(name: str, lines: list[str], number: int, hint: str | None) -> Found:
    shown = lines[number : number + _CONTEXT]
    return Found(
        name=name,
        line=brief(lines[number].strip()),
        hint=hint,
        context="\n".join(brief(line) for line in shown),
    )


_OF_A_COMMAND = re.compile(
    r"[Cc]ommand|exit (code|status)|sys\.exit|subprocess|(Compile|Link|Exec|Install)Error"
)
"""An error that says how a process ended, which is not why."""


def explain(error: BackendError, output: str) -> None:
    """Put what an output says of the cause into an error, in place of how a command ended.

    An error that has a hint knows better.

    :param output: What the backend and its tools printed.
    """
    error.output = "\n".join(part for part in (output, error.detail) if part)
    found = None if error.hint else find_cause(error.output)
    if found is not None:
        error.hint = found.hint
        if _OF_A_COMMAND.search(error.message):
            error.message = found.line
            error.detail = found.context
    error.message = brief(error.message)
