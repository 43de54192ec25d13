"""Which C library a build did not find, by what it printed.

Compilers, linkers, Meson, CMake, pkg-config and build scripts each have words of their own for it.
What is said of a library that a project can do without is not recognised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crosshook.libraries.conda import subdir_of
from crosshook.libraries.debian import RELEASES
from crosshook.libraries.package_names import Packages, packages_with
from crosshook.target.platforms import Platform


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What was looked for."""

    kind: str
    """``header``, ``library``, ``package`` or ``program``: of the name."""
    name: str
    """``libxml/xmlversion.h``, ``z``, ``zlib``, ``pg_config``."""
    at: int = field(default=0, compare=False)
    """Where in the output it is named."""
    ends: bool = field(default=True, compare=False)
    """Whether the tool that names it ends with that, as compilers do; pkg-config only answers."""
    quoted: bool = field(default=False, compare=False)
    """Whether it is a header that is included with quotation marks, as those of the project are."""

    @property
    def sentence(self) -> str:
        """For messages: ``the library z``."""
        return f"the {self.kind} {self.name}"


def header_words(name: str) -> tuple[str, ...]:
    """Return regular expressions of what clang, gcc and MSVC say of a header that is not there.

    :param name: One for its name.
    """
    return (
        rf"fatal error: '{name}' file not found",
        rf"fatal error: {name}: No such file or directory",
        rf"C1083: Cannot open include file: '{name}'",
    )


_HEADER = r"(?P<header>[\w./+-]+\.(?:h|hh|hpp|hxx|H)|[A-Z]\w*/[\w./+-]+)"
"""With a suffix; without one are those of Eigen."""
_LIBRARY = r"(?P<library>[\w.+-]+)"
_PACKAGE = r"(?P<package>[\w.+-]+)"

_ENDING = (
    *header_words(_HEADER),
    # lld; GNU ld; zig; Apple's ld; MSVC's linker.
    rf"unable to find library -l{_LIBRARY}",
    rf"cannot find -l{_LIBRARY}",
    rf"unable to find (?:dynamic|static)? ?system library [\"']{_LIBRARY}[\"']",
    rf"library not found for -l{_LIBRARY}",
    rf"ld: library '{_LIBRARY}' not found",
    r"LNK1181: cannot open input file '(?P<file>[\w.+-]+)\.lib'",
    # Meson.
    rf"ERROR: Dependency [\"']{_PACKAGE}[\"'] (?:is required but )?not found",
    rf"ERROR: Dependency lookup for {_PACKAGE} with method '[\w-]+' failed",
    rf"ERROR: \w+ (?:shared or static|static|shared) library '{_LIBRARY}' not found",
    rf"ERROR: \w+ header '{_HEADER}' not found",
)
"""Words of tools that end with them."""

_SAYING = (
    # CMake; what begins with two hyphens goes on.
    rf"(?m)^(?!-- ).*Could NOT find {_PACKAGE}\b",
    rf"package configuration file provided by\s+\"{_PACKAGE}\"",
    rf"required packages were not found:\s+- {_PACKAGE}",
    # pkg-config and those that call it.
    rf"Package '?{_PACKAGE}'? was not found in the pkg-config search path",
    rf"Package '{_PACKAGE}', required by '[^']*', not found",
    rf"No package '{_PACKAGE}' found",
    rf"system library `{_PACKAGE}` required by crate `[\w-]+` was not found",
    r"Could not find directory of (?P<installation>\w+) installation",
    # Programs that answer for a library.
    r"\b(?P<program>[\w.-]+[-_]config): (?:command )?not found",
    r"\b(?P<program>[\w.-]+[-_]config) executable not found",
    # A setup.py that looks for itself.
    r"headers or library files could not be found for (?P<package>\w+)",
)
"""Words after which a build may go on without the library."""

_WORDS = (
    *((re.compile(text), True) for text in _ENDING),
    *((re.compile(text), False) for text in _SAYING),
)

PYTHONS_HEADERS = ("Python.h", "pyconfig.h", "numpy/", "pybind11/", "nanobind/")
"""Headers of Python and of its packages, or what their names begin with."""

POSIX_HEADERS = frozenset(
    f"{name}.h"
    for name in (
        "arpa/inet dlfcn fcntl grp ifaddrs netdb netinet/in netinet/tcp poll pthread pwd spawn "
        "sys/epoll sys/event sys/ioctl sys/ipc sys/mman sys/resource sys/select sys/shm sys/socket "
        "sys/statvfs sys/uio sys/un sys/utsname sys/wait syslog termios"
    ).split()
)
"""Headers that Windows has not."""

_PROGRAMS = frozenset({"Python", "Python3", "PythonInterp", "PythonLibs", "Git", "SWIG", "CUDA"})
"""What CMake finds that is no C library."""


def missing_libraries(output: str) -> tuple[Missing, ...]:
    """Return the C libraries that an output says were not found, in its order.

    :param output: What a build printed.
    """
    missing = []
    for words, ends in _WORDS:
        for found in words.finditer(output):
            kind, name = next((k, n) for k, n in found.groupdict().items() if n is not None)
            kind = {"file": "library", "installation": "package"}.get(kind, kind)
            others = name.startswith(PYTHONS_HEADERS) or name in POSIX_HEADERS or name in _PROGRAMS
            if not others:
                quoted = f'#include "{name}"' in output
                one = Missing(kind=kind, name=name, at=found.start(), ends=ends, quoted=quoted)
                missing.append(one)
    return tuple(sorted(missing, key=lambda one: one.at))


def way_out(missing: Missing, platform: Platform) -> str:
    """Return what to type to have a library: the options that there are for a platform."""
    if missing.kind == "library" and re.fullmatch(r"(lib)?python3[\d.]*t?m?", missing.name):
        return (
            f"leave {missing.name} out of what the project links: no module for Linux or macOS is "
            "linked to Python's library, and for Windows crosshook links the right one"
        )
    known = packages_with(missing.name) or Packages(has="")
    options = []
    if platform.row.system.libc == "glibc" and (known.debian or not known.pypi):
        options.append(_from_debian(known, platform))
    if known.pypi is not None:
        options.append(f"--libraries pypi:{known.pypi}")
    if known.conda is not None and subdir_of(platform) is not None:
        options.append(f"--libraries conda:conda-forge/{known.conda}")
    plain = f"--libraries DIR, a directory with it, built for {platform.tag}"
    if platform.row.system.libc != "glibc":
        plain += "; --before-build CMD can build it"
    ways = "; or ".join([*options, plain])
    if missing.quoted and not known.has:
        return f"if it is the project's own, the source tree lacks it; if not, {ways}"
    return ways


def _from_debian(known: Packages, platform: Platform) -> str:
    named = known.debian or "PACKAGE"
    version = platform.version or (0, 0)
    fitting = [release for glibc, release in RELEASES.items() if glibc <= version]
    if fitting or platform.version is None:
        release = fitting[-1] if fitting else list(RELEASES.values())[-1]
        option = f"--libraries debian:{release}/{named}"
    else:
        glibc, release = next(iter(RELEASES.items()))
        tag = platform.row.system.tag_of(glibc, platform.row)
        option = f"--target {tag} --libraries debian:{release}/{named}"
    return option if known.debian else f"{option}, a package of Debian's that has it"
