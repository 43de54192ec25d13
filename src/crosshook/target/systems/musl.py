"""Linux with musl: musllinux (PEP 656).

The names of musl's library are those of Alpine, as auditwheel's policies have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crosshook.target.python_version import PythonVersion
from crosshook.target.symbols import library_symbols, musl_symbols
from crosshook.target.system_libraries import is_musllinux_library
from crosshook.target.systems._linux import MESON, PROCESSORS, gnu_prefixes, gnu_type
from crosshook.target.systems._system import Row, Said, System, Version

if TYPE_CHECKING:
    from crosshook.target.platforms import Platform

OLDEST: Version = (1, 2)
"""The first whose ``time_t`` has 64 bits everywhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Musl(System):
    @property
    def rows(self) -> tuple[Row, ...]:
        return _ROWS

    def plain_tag(self, row: Row) -> str:
        return self.tag_of(row.oldest or OLDEST, row)

    def tag_of(self, version: Version, row: Row) -> str:
        return "musllinux_{}_{}_{}".format(*version, row.arch)

    def versioned_tags(self, platform: Platform) -> Iterator[tuple[str, Version]]:
        major, minor = platform.version or OLDEST
        # Wheels for older ones than are built for here run on this one.
        for older in range(minor, -1, -1):
            yield self.tag_of((major, older), platform.row), (major, older)

    def aliases(self, row: Row, processors: frozenset[str]) -> set[str]:
        patterns = ("musl-{}", "linux-musl-{}", "{}-musl", "musllinux-{}", "musllinux_1_2_{}")
        names = {pattern.format(p) for pattern in patterns for p in processors}
        return names | {str(row.multiarch)}

    def triplet(self, row: Row, version: PythonVersion) -> str | None:
        if version.numbers < (3, 11):
            # configure took musl for glibc (bpo-43112).
            return str(row.multiarch).replace("-linux-musl", "-linux-gnu")
        return row.multiarch

    def brings(self, row: Row, library: str) -> bool:
        return is_musllinux_library(library, musl=self.libc_soname(row))

    def defines(self, name: str, version: Version, libraries: Iterable[str]) -> bool:
        return name in musl_symbols() or any(name in library_symbols(n) for n in libraries)

    def libc_soname(self, row: Row) -> str | None:
        (name,) = (one.musl or one.arch for one in PROCESSORS if one.arch == row.arch)
        return f"libc.musl-{name}.so.1"

    def gnu_type(self, row: Row) -> str | None:
        return gnu_type(row)

    def gnu_prefixes(self, row: Row) -> tuple[str, ...]:
        return gnu_prefixes(row)

    def uname(self, platform: Platform) -> Mapping[str, str]:
        # As Alpine's BusyBox has them.
        return {**System.uname(self, platform), "p": "unknown", "i": "unknown", "o": "Linux"}

    def said(self, platform: Platform, version: PythonVersion) -> Said:
        promised = "{}.{}".format(*(platform.version or OLDEST))
        machine = platform.row.platform_machine
        # Older ones do not know it (gh-87868).
        known = version.numbers >= (3, 14)
        return Said(
            platform=f"Linux-{machine}-with-musl{promised}" if known else f"Linux-{machine}",
            processor=machine,
            libc_ver=("musl", promised) if known else ("", ""),
        )


MUSL = _Musl(
    name="musl",
    title="Linux",
    sys_platform="linux",
    platform_system="Linux",
    meson=MESON,
    libc="musl",
    also=("musllinux", "alpine"),
    versioned="musl",
    # 1.2 is of 2020 and still the newest.
    newest=(1, 4),
    tag_pattern=re.compile(
        r"musllinux_(?P<version>[1-9]\d*_(?:0|[1-9]\d*))_(?P<arch>\w+)", re.ASCII
    ),
    facts="musl",
    executable_format="ELF",
)

_ROWS = tuple(
    one.row(MUSL, oldest=OLDEST, long_double=one.musl_long_double or one.long_double)
    for one in PROCESSORS
)
