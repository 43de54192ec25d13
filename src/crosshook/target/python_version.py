"""Which Python: a minor version of an implementation, with the GIL or free-threaded (PEP 703)."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace

from crosshook.errors import UsageError
from crosshook.target.implementations import CPYTHON, PYPY, Implementation

_SPELLED = re.compile(
    r"(?P<major>[1-9]\d?)\.(?P<minor>0|[1-9]\d{0,2})(\.\d+((a|b|rc)\d+)?)?(?P<threads>t?)", re.ASCII
)
_RELEASES = 100
"""More than any minor version of CPython ever had."""

_WITHOUT_DOT = re.compile(r"(?P<major>3)(?P<minor>\d{1,2})(?P<threads>t?)", re.ASCII)
_PREFIX = re.compile(r"(?P<name>cp|py|python|cpython-?|pp|pypy-?|graalpy-?)(?=\d|$)", re.ASCII)
_OF_PYPY = re.compile(r"(?<=\d)[-_](pp73|v?7\.3\.\d+)$", re.ASCII)
"""What stands behind the version of Python in PyPy's ``SOABI``, and in the names of its archives:
``pypy3.11-v7.3.20``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonVersion:
    """A minor version of Python; ``3.13t`` is the free-threaded build of CPython 3.13, and
    ``pypy3.11`` is PyPy's."""

    major: int
    minor: int
    free_threaded: bool = False
    implementation: Implementation = CPYTHON

    def __str__(self) -> str:
        """Return ``3.13t`` or ``pypy3.11``, as users type it."""
        named = "" if self.implementation is CPYTHON else self.implementation.program
        return f"{named}{self.dotted}{self.threads}"

    @property
    def title(self) -> str:
        """For messages: ``Python 3.13t``, ``PyPy 3.11``."""
        named = "Python" if self.implementation is CPYTHON else self.implementation.title
        return f"{named} {self.dotted}{self.threads}"

    @property
    def program(self) -> str:
        """What its program is called, and its directories: ``python3.13t``, ``pypy3.11``."""
        return f"{self.implementation.program}{self.dotted}{self.threads}"

    @property
    def dll(self) -> str:
        """The DLL that its modules for Windows import: ``python313t.dll``, ``libpypy3.11-c.dll``.

        Of PyPy, as in the modules of official wheels.
        """
        if self.implementation is CPYTHON:
            return f"python{self.digits}.dll"
        return f"lib{self.program}-c.dll"

    @property
    def tag(self) -> str:
        """The interpreter part of a wheel tag: ``cp313``, ``pp311``."""
        return f"{self.implementation.tag}{self.nodot}"

    @property
    def threads(self) -> str:
        """The part of ``sys.abiflags`` that is about threads: ``t`` or nothing."""
        return "t" if self.free_threaded else ""

    @property
    def cache_tag(self) -> str:
        """``sys.implementation.cache_tag``: ``cpython-313``, ``pypy311``."""
        between = "-" if self.implementation is CPYTHON else ""
        return f"{self.implementation.name}{between}{self.nodot}"

    @property
    def numbers(self) -> tuple[int, int]:
        """Major and minor, to compare and to hand to ``packaging``."""
        return self.major, self.minor

    @property
    def dotted(self) -> str:
        """``3.13``: the version of the language, which both builds have in common."""
        return f"{self.major}.{self.minor}"

    @property
    def nodot(self) -> str:
        """``313``: in the cache tag and in the interpreter part of a wheel tag."""
        return f"{self.major}{self.minor}"

    @property
    def digits(self) -> str:
        """``313t``: in SOABI, in the ABI part of a wheel tag, in the names of Windows DLLs."""
        return f"{self.nodot}{self.threads}"

    def satisfies(self, requires_python: str) -> bool:
        """Tell whether some release of this version is one that a ``Requires-Python`` allows.

        :raises InvalidSpecifier: if that is malformed.
        """
        from packaging.specifiers import SpecifierSet

        releases = (f"{self.dotted}.{micro}" for micro in range(_RELEASES))
        fitting = SpecifierSet(requires_python).filter(releases, prereleases=True)
        return next(iter(fitting), None) is not None

    @property
    def stable_abi(self) -> str | None:
        """The stable ABI that extension modules for it can have; None where there is none.

        ``abi3`` with the GIL. Free-threaded builds have ``abi3t`` from 3.15 on (PEP 803); before,
        ``Python.h`` refuses ``Py_LIMITED_API``. PyPy has none: its names are others.
        """
        if self.implementation is not CPYTHON:
            return None
        if not self.free_threaded:
            return "abi3"
        return "abi3t" if self.numbers >= (3, 15) else None


def running_python() -> PythonVersion:
    """Return the version of the Python that runs this; read it at the edge and pass it down."""
    return PythonVersion(
        major=sys.version_info[0],
        minor=sys.version_info[1],
        # As the HOWTO on free threading has it; sysconfig may speak of a target at the moment.
        free_threaded="free-threading build" in sys.version,
    )


def parse_python_version(text: str, *, source: str) -> PythonVersion:
    """Return the version that a text such as ``3.13`` or ``3.13t`` names.

    What else people call one is understood as well: ``3.13.1`` is a release of it, ``cp313`` stands
    in wheel tags, ``python3.13`` is the program; and so are ``pypy3.11``, ``pp311``,
    ``pypy311-pp73`` and ``pypy3.11-v7.3.20``.

    :param source: Where the text came from (``--python``), for the error.
    :raises UsageError: if it names no version, or one that nothing can be built for; or if there is
        no free-threaded build of it.
    """
    plain = text.strip().lower()
    prefix = _PREFIX.match(plain)
    named = prefix["name"].rstrip("-") if prefix else ""
    plain = plain[prefix.end() :] if prefix else plain
    if named == "graalpy":
        raise UsageError(
            f"{source}: {text!r}: GraalPy is not supported: nothing is known of its headers and of "
            "what it exports to modules",
            hint="CPython and PyPy are: 3.13, 3.13t, pypy3.11",
        )
    implementation = PYPY if named in ("pp", "pypy") else CPYTHON
    if implementation is PYPY:
        plain = _OF_PYPY.sub("", plain)
    match = _SPELLED.fullmatch(plain) or _WITHOUT_DOT.fullmatch(plain)
    if match is None:
        raise UsageError(
            f"{source}: {text!r} is not a minor version of Python",
            hint="3.13, 3.13t (free-threaded) and pypy3.11 are"
            if implementation is CPYTHON
            else "PyPy is named with the version of Python that it is: pypy3.11",
        )
    version = PythonVersion(
        major=int(match["major"]),
        minor=int(match["minor"]),
        free_threaded=bool(match["threads"]),
        implementation=implementation,
    )
    if version.free_threaded and (implementation is PYPY or version.numbers < (3, 13)):
        plain_version = replace(version, free_threaded=False)
        raise UsageError(
            f"{source}: {text!r}: there is no free-threaded {plain_version.title}",
            hint="3.13t is the first" if implementation is CPYTHON else f"{plain_version} is PyPy",
        )
    return version


def title_of(spelled: str) -> str:
    """Return :attr:`PythonVersion.title` of what ``str`` made of a version."""
    return parse_python_version(spelled, source="Python").title
