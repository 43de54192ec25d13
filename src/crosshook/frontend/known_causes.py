"""Causes that are known: what compilers, backends and installers print, and what mends it.

A table. Each row has the lines that it is about, and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from crosshook.libraries.missing import POSIX_HEADERS, PYTHONS_HEADERS, header_words

_Hint = Callable[["re.Match[str]"], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
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


def _older_setuptools(without: int) -> str:
    """Return what to do where a project needs what setuptools has no longer.

    :param without: The first release that lacks it.
    """
    return (
        f"setuptools has none since {without}: PIP_CONSTRAINT=FILE, with the line "
        f'setuptools<{without}; or "setuptools<{without}" in [build-system] requires of '
        "pyproject.toml"
    )


_SEES = 'project-sees = "build" in [tool.crosshook] shows it this machine'

_OF_A_PLATFORM = (
    r"[^\s/\\'\"\u2018\u2019]*(?i:linux|darwin|macos|osx|win32|win64|windows|mingw|x86_64|amd64|"
    r"x64|arm64|aarch64)[^\s/\\'\"\u2018\u2019]*"
)
"""The name of a file, without its directory, that says what it is for."""

_ERROR = r"(\w*(Error|Exception|Exit)|\berror|\bERROR): "
_KIND = "operating system|platform|architecture|machine|os|cpu|processor|arch"

CAUSES = (
    Cause(
        name="missing header",
        patterns=header_words(rf"(?P<name>{_HEADERS})"),
        hint=_header_hint,
    ),
    Cause(
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
    Cause(
        name="object of another machine",
        patterns=(
            r"\.(o|a|so|obj|lib)\)?\S* is incompatible with \S+",
            r"lld-link: error: (unknown file type: |\S+: unknown file type)",
            r"lld-link: error: \S+: machine type \S+ conflicts with ",
            r"error: failed to parse TBD file",
            r"error: invalid header delimiter: expected ",
            r"error: unknown cpu architecture: \d+",
            r"file in wrong format|file format not recognized|the format of the input file",
            r"skipping incompatible \S+ when searching",
        ),
        hint=lambda found: f"what is linked is for another machine: {OWN_COMPILER}",
    ),
    Cause(
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
    Cause(
        name="missing Rust target",
        patterns=(
            r"error\[E0463\]: can't find crate for `(core|std)`",
            r"the `(?P<name>[\w.-]+)` target may not be installed",
        ),
        hint=lambda found: (
            "`crosshook targets` names the Rust target of each platform: rustup target add TRIPLE"
        ),
    ),
    Cause(
        name="missing Rust",
        patterns=(r"can't find Rust compiler", r"requires Rust.* to compile"),
        hint=lambda found: "install Rust: https://rustup.rs",
    ),
    Cause(
        name="old build tool",
        patterns=(
            r"(?P<tool>Meson) version is \S+ but project requires >=\s*(?P<version>[\d.]+)",
            r"(?P<tool>CMake) (?P<version>[\d.]+) or higher is required",
            r"requires (?P<tool>setuptools) ?>= ?(?P<version>[\d.]+)",
        ),
        hint=_newer_hint,
    ),
    Cause(
        name="older CMake",
        patterns=(r"Compatibility with CMake < (?P<version>[\d.]+) has been removed",),
        hint=lambda found: (
            "the project was written for an older CMake: in the environment, "
            f'CMAKE_POLICY_VERSION_MINIMUM={found["version"]}; or "cmake<4" in [build-system] '
            "requires"
        ),
    ),
    Cause(
        name="download of the project's own",
        patterns=(
            r"<urlopen error",
            r"HTTPError: HTTP Error \d+",
            r"curl: \((6|7|22|28)\) ",
            r"wget: unable to resolve host",
        ),
        hint=lambda found: (
            "the project's own build downloads something: where it cannot, its documentation has "
            "a setting for a copy that is there already"
        ),
    ),
    Cause(
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
    Cause(
        name="another Python",
        patterns=(r"Ignored the following versions that require a different python version",),
        hint=lambda found: "name a Python that the requirement is there for: --python VERSION",
    ),
    Cause(
        name="index without the package",
        patterns=(
            r"satisfies the requirement (?P<name>.+?) \(from versions:",
            r"Because (?P<name>\S+) was not found in the package registry",
            r"Because there (is|are) no versions? of (?P<name>\S+)",
        ),
        hint=_index_hint,
    ),
    Cause(
        name="part of Windows",
        patterns=(
            r"KeyError: '(?i:ProgramFiles|ProgramW6432|SystemRoot|windir|AppData|LocalAppData|"
            r"ProgramData|UserProfile|VC\w*DIR|VS\d+COMNTOOLS|PROCESSOR_ARCHITECTURE)\W",
            r"AttributeError: module '(ctypes|os)' has no attribute '(windll|WinDLL|startfile)'",
            r"ModuleNotFoundError: No module named '(_winreg|win32\w*|pywintypes|pythoncom)",
        ),
        hint=lambda found: (
            "the project looks for what only Windows has, since it is told what it is built for: "
            f"{_SEES}"
        ),
    ),
    Cause(
        name="program that configure runs",
        patterns=(r"cannot run test program while cross compiling",),
        hint=lambda found: (
            "config.log names the variable that is asked for: CONFIG_SITE=FILE, of yours, with a "
            "line such as ac_cv_NAME=ANSWER"
        ),
    ),
    Cause(
        name="libtool without nm",
        patterns=(r"libtool: (line \d+|eval): .*syntax error near unexpected token `\|'",),
        hint=lambda found: (
            "libtool found no nm that reads the target's object files: install LLVM's, llvm-nm, or "
            "name one in NM"
        ),
    ),
    Cause(
        name="program of Windows",
        patterns=(
            r"(Permission|FileNotFound|OS)Error: .*['\\/](?P<name>[\w.-]+\.(?i:bat|cmd|ps1))'",
            r"[\\/](?P<name>[\w.-]+\.(?i:bat|cmd|ps1)): (Permission denied|not found)",
        ),
        hint=lambda found: (
            f"the project builds a part of itself by {found['name']}, which only Windows runs: "
            "build it for Windows there"
        ),
    ),
    Cause(
        name="older setuptools",
        patterns=(
            r"ModuleNotFoundError: No module named '(?P<name>pkg_resources"
            r"|(setuptools\._)?distutils\.msvc9?compiler)'",
        ),
        hint=lambda found: _older_setuptools(82 if found["name"] == "pkg_resources" else 74),
    ),
    Cause(
        name="missing build requirement",
        patterns=(r"ModuleNotFoundError: No module named '(?P<name>\w+)",),
        hint=lambda found: (
            f"the build imports {found['name']}: its distribution has to be in [build-system] "
            "requires of pyproject.toml, and a marker there is about this machine; or install it "
            "yourself, and --no-isolation"
        ),
    ),
    Cause(
        name="unknown version",
        patterns=(r"setuptools[-_]scm was unable to detect version",),
        hint=lambda found: (
            "build from a git checkout or an sdist, or SETUPTOOLS_SCM_PRETEND_VERSION=VERSION"
        ),
    ),
    Cause(
        name="file that cargo put elsewhere",
        patterns=(r"No such file or directory: '(\S*/)?target/(release|debug)/",),
        hint=lambda found: (
            "what cargo builds for a target is in target/TRIPLE: the project has to look there "
            "if CARGO_BUILD_TARGET is set"
        ),
    ),
    Cause(
        name="configured source tree",
        patterns=(r"config\.status\b.*(No such file|not found|cannot open|No rule to make)",),
        hint=lambda found: (
            "the source tree was configured for this machine, and what that told is left out: "
            "`make distclean` there, or build an sdist or a fresh checkout"
        ),
    ),
    Cause(
        name="file for a platform",
        patterns=(
            rf"No such file or directory: '([^']*/)?(?P<name>{_OF_A_PLATFORM})'",
            rf"No rule to make target '([^']*/)?(?P<name>{_OF_A_PLATFORM})'",
            rf": ([\w./-]*/)?(?P<name>{_OF_A_PLATFORM}): (not found|No such file or directory)$",
        ),
        hint=lambda found: (
            f"the project has no {found['name']}, which it chose by what it is told of the target; "
            f"if it is for the machine that builds, {_SEES}"
        ),
    ),
    Cause(
        name="platform that the project refuses",
        patterns=(
            rf"{_ERROR}.*\b(?i:(unsupported|unknown|unrecogni[sz]ed) ({_KIND})\b)",
            rf"{_ERROR}.*\b(?i:({_KIND})\b.* (not |un|isn't )(yet )?supported)",
        ),
        hint=lambda found: (
            "the project says so of the target, which it is told of: does it support that? If it "
            f"asks for the machine that builds, {_SEES}"
        ),
    ),
    Cause(
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
    Cause(
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
    Cause(
        name="program of the target",
        # The last is of Automake's summary: what failed and why is in files.
        patterns=(r"Exec format error", r"cannot execute binary file", r"^# FAIL: +[1-9]"),
        hint=lambda found: (
            "the build runs a program that it compiled, which is for the target: where an "
            "emulator is not used, the project needs a setting for the answer"
        ),
    ),
    Cause(
        name="out of memory",
        patterns=(r"(fatal error: Killed signal terminated|unable to execute command: Killed)",),
        hint=lambda found: "this machine has too little memory: build with fewer jobs",
    ),
    Cause(
        name="full disk",
        patterns=(r"No space left on device",),
        hint=lambda found: "`crosshook cache` shows what is kept; TMPDIR=DIR builds elsewhere",
    ),
)

MODULE_OF_THE_TARGET = Cause(
    name="module of the target",
    patterns=(r"ModuleNotFoundError: No module named '(?:\w+\.)*(?P<name>\w+)'",),
    hint=lambda found: (
        f"the build imports {found['name']}, which it has just built for the target, to write "
        "stubs or documentation: leave that out where the project has a setting for it"
    ),
)
"""Where lines before it name the module's file."""
