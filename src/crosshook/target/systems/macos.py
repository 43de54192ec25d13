"""macOS."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from crosshook.target.processors import AARCH64, X86_64, Processor
from crosshook.target.python_version import PythonVersion
from crosshook.target.symbols import macos_symbols
from crosshook.target.system_libraries import is_macos_library
from crosshook.target.systems._system import (
    Conda,
    MesonNames,
    Row,
    Rust,
    Said,
    System,
    Version,
    Zig,
)

if TYPE_CHECKING:
    from crosshook.target.platforms import Platform

_LIBCXX = "libc++.1.dylib"
_OF_LIBCXX = re.compile(r"_ZN?K?St|_Z[nd][wal]|_ZT[ISV]|__cxa_|__gxx_")
"""Names in ``std``, of the operators ``new`` and ``delete``, and of the C++ ABI's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _MacOS(System):
    @property
    def rows(self) -> tuple[Row, ...]:
        return _ROWS

    def tag_of(self, version: Version, row: Row) -> str:
        return "macosx_{}_{}_{}".format(*version, row.arch)

    def exists(self, version: Version) -> bool:
        # macOS counted to 10.16, and calls a release by its first number since.
        major, minor = version
        in_line = minor <= 16 if major == 10 else minor == 0
        return in_line and (self.newest is None or version <= self.newest)

    def versioned_tags(self, platform: Platform) -> Iterator[tuple[str, Version]]:
        from packaging.tags import mac_platforms

        for tag in mac_platforms(platform.version, platform.row.arch):
            numbers = tag.split("_", 3)[1:3]
            yield tag, (int(numbers[0]), int(numbers[1]))

    def aliases(self, row: Row, processors: frozenset[str]) -> set[str]:
        oldest = row.plain_tag.removesuffix(row.arch)
        patterns = ("macos-{}", "darwin-{}", "macosx-{}", f"{oldest}{{}}")
        return {pattern.format(p) for pattern in patterns for p in processors}

    def sysconfig_platform(self, platform: Platform) -> str:
        return "macosx-{}.{}-{}".format(*(platform.version or (0, 0)), platform.row.arch)

    def compiler_environ(self, platform: Platform) -> Mapping[str, str]:
        return {"MACOSX_DEPLOYMENT_TARGET": "{}.{}".format(*(platform.version or (0, 0)))}

    def brings(self, row: Row, library: str) -> bool:
        return is_macos_library(library)

    def is_known(self, library: str) -> bool:
        return PurePosixPath(library).name in ("libSystem.B.dylib", _LIBCXX)

    def defines(self, name: str, version: Version, libraries: Iterable[str]) -> bool:
        if any(PurePosixPath(library).name == _LIBCXX for library in libraries):
            return _OF_LIBCXX.match(name) is not None or name in macos_symbols()
        return name in macos_symbols()

    def module_link_flags(self, unused_import_library: str) -> tuple[str, ...]:
        # A symbol that nothing defines is an error unless it is asked for. Modules are bundles; a
        # library, which Python loads as well, is what zig and Apple's compilers can both link.
        return ("-s", "-undefined", "dynamic_lookup")

    def module_name_flags(self, file_name: str) -> tuple[str, ...]:
        # What is linked says the path that it was linked at, which is a temporary one.
        return (f"-Wl,-install_name,@rpath/{file_name}",)

    def gnu_type(self, row: Row) -> str | None:
        return f"{row.zig.triple.partition('-')[0]}-apple-darwin"

    def uname(self, platform: Platform) -> Mapping[str, str]:
        release = _darwin_release(platform.version or (0, 0))
        return {
            **System.uname(self, platform),
            "r": release,
            "v": f"Darwin Kernel Version {release}",
            "p": _processor(platform.row),
        }

    def said(self, platform: Platform, version: PythonVersion) -> Said:
        machine = platform.row.platform_machine
        processor = _processor(platform.row)
        release = "{}.{}".format(*(platform.version or (0, 0)))
        return Said(
            compiler="Clang 15.0.0 (clang-1500.3.9.4)",
            release=_darwin_release(platform.version or (0, 0)),
            platform=f"macOS-{release}-{machine}-{processor}-64bit",
            processor=processor,
            mac_ver=(release, ("", "", ""), machine),
        )


def _processor(row: Row) -> str:
    return "arm" if row.processor is AARCH64 else "i386"


def _darwin_release(macos: Version) -> str:
    """Return the release of the kernel: 20 in macOS 11, and one more each year; 19 in 10.15."""
    major, minor = macos
    if major == 10:
        return f"{minor + 4}.0.0"
    # 26 comes after 15.
    return f"{major + 9 if major < 26 else major - 1}.0.0"


MACOS = _MacOS(
    name="macos",
    title="macOS",
    sys_platform="darwin",
    platform_system="Darwin",
    meson=MesonNames(system="darwin", subsystem="macos", kernel="xnu"),
    conda=Conda(name="osx", virtual=("__unix=0",), versioned="__osx"),
    also=("macosx", "osx", "mac", "apple"),
    versioned="macOS",
    # One a year: that of 2030, after 26 in 2025.
    newest=(31, 0),
    tag_pattern=re.compile(r"macosx_(?P<version>[1-9]\d*_(?:0|[1-9]\d*))_(?P<arch>\w+)", re.ASCII),
    facts="darwin",
    library_end=".dylib",
)


def _row(
    arch: str, processor: Processor, *, cpu: str, oldest: Version, machine: int, long_double: str
) -> Row:
    return Row(
        system=MACOS,
        arch=arch,
        processor=processor,
        machine_name=arch,
        platform_machine=arch,
        sysconfig_platform="macosx-{}.{}-{}".format(*oldest, arch),
        multiarch="darwin",
        machine=("Mach-O", machine),
        oldest=oldest,
        long_double=long_double,
        zig=Zig(triple=f"{cpu}-macos"),
        rust=Rust(triple=f"{cpu}-apple-darwin"),
    )


_ROWS = (
    _row(
        "arm64",
        AARCH64,
        cpu="aarch64",
        oldest=(11, 0),
        machine=0x0100000C,
        long_double="IEEE_DOUBLE_LE",
    ),
    _row(
        "x86_64",
        X86_64,
        cpu="x86_64",
        oldest=(10, 9),
        machine=0x01000007,
        long_double="INTEL_EXTENDED_16_BYTES_LE",
    ),
)
