"""Linux with glibc: manylinux (PEP 600), and the tags that promise nothing, ``linux_*``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crosshook.target.python_version import PythonVersion
from crosshook.target.symbols import glibc_symbols, library_symbols
from crosshook.target.system_libraries import is_manylinux_library
from crosshook.target.systems._linux import MESON, PROCESSORS, gnu_prefixes, gnu_type
from crosshook.target.systems._system import Conda, Row, Said, System, Version

if TYPE_CHECKING:
    from crosshook.target.platforms import Platform

USUAL: Version = (2, 28)
"""The glibc of the tag that is suggested."""

_NAMED: Mapping[str, tuple[Version, tuple[str, ...]]] = {
    "manylinux1": ((2, 5), ("x86_64", "i686")),
    "manylinux2010": ((2, 12), ("x86_64", "i686")),
    "manylinux2014": (
        (2, 17),
        ("x86_64", "i686", "aarch64", "armv7l", "ppc64le", "s390x"),
    ),
}
"""The tags before PEP 600: the glibc of each, and the processors that there are tags for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Glibc(System):
    @property
    def rows(self) -> tuple[Row, ...]:
        return _ROWS

    def usual_tag(self, row: Row) -> str:
        return self.tag_of(max(row.oldest or USUAL, USUAL), row)

    def tag_of(self, version: Version, row: Row) -> str:
        return "manylinux_{}_{}_{}".format(*version, row.arch)

    def read_tag(self, tag: str) -> tuple[Row, Version | None] | None:
        name, _, arch = tag.partition("_")
        version, processors = _NAMED.get(name, ((0, 0), ()))
        if arch in processors:
            return next(row for row in _ROWS if row.arch == arch), version
        # Without arguments, super() knows no class that slots were added to.
        return System.read_tag(self, tag)

    def oldest_named(self, row: Row) -> Version | None:
        named = (version for version, processors in _NAMED.values() if row.arch in processors)
        return min((*named, row.oldest or USUAL))

    def versioned_tags(self, platform: Platform) -> Iterator[tuple[str, Version]]:
        row, version = platform.row, platform.version
        if version is None or row.oldest is None or platform.tag.startswith("linux_"):
            return
        major, minor = version
        # One that is older than the usual was asked for by its name.
        for older in range(minor, min(minor, row.oldest[1]) - 1, -1):
            yield self.tag_of((major, older), row), (major, older)
            for name, (named, processors) in _NAMED.items():
                if named == (major, older) and row.arch in processors:
                    yield f"{name}_{row.arch}", named

    def aliases(self, row: Row, processors: frozenset[str]) -> set[str]:
        names = {f"{system}-{p}" for system in ("linux", "lin") for p in processors}
        return names | {f"manylinux_2_28_{p}" for p in processors} | {str(row.multiarch)}

    def brings(self, row: Row, library: str) -> bool:
        return is_manylinux_library(library)

    def defines(self, name: str, version: Version, libraries: Iterable[str]) -> bool:
        # Which are older than manylinux2014 is not known: the list has no older ones.
        known = max(version, _NAMED["manylinux2014"][0])
        return name in glibc_symbols(known) or any(name in library_symbols(n) for n in libraries)

    def libc_soname(self, row: Row) -> str | None:
        return "libc.so.6"

    def gnu_type(self, row: Row) -> str | None:
        return gnu_type(row)

    def gnu_prefixes(self, row: Row) -> tuple[str, ...]:
        return gnu_prefixes(row)

    def uname(self, platform: Platform) -> Mapping[str, str]:
        # The processor and the hardware are as Debian's coreutils have them.
        return {**System.uname(self, platform), "p": "unknown", "i": "unknown", "o": "GNU/Linux"}

    def said(self, platform: Platform, version: PythonVersion) -> Said:
        promised = "{}.{}".format(*(platform.version or USUAL))
        machine = platform.row.platform_machine
        return Said(
            platform=f"Linux-{machine}-with-glibc{promised}",
            processor=machine,
            libc_ver=("glibc", promised),
        )


GLIBC = _Glibc(
    name="glibc",
    title="Linux",
    sys_platform="linux",
    platform_system="Linux",
    meson=MESON,
    # Of the kernel, tags say nothing; conda-lock takes this one.
    conda=Conda(name="linux", virtual=("__unix=0", "__linux=5.10"), versioned="__glibc"),
    libc="glibc",
    also=("manylinux", "gnu", "glibc", "debian", "ubuntu", "fedora"),
    versioned="glibc",
    # Two releases a year: that of 2030.
    newest=(2, 52),
    tag_pattern=re.compile(
        r"(manylinux_(?P<version>[1-9]\d*_(?:0|[1-9]\d*))|linux)_(?P<arch>\w+)", re.ASCII
    ),
    facts="linux",
    executable_format="ELF",
)

_ROWS = tuple(
    one.row(GLIBC, oldest=one.oldest_glibc, long_double=one.long_double) for one in PROCESSORS
)
