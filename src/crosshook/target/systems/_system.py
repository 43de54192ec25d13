"""What an operating system with its libc is asked: the questions, and the usual answers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crosshook.target.implementations import CPYTHON
from crosshook.target.processors import X86, Processor
from crosshook.target.python_version import PythonVersion

if TYPE_CHECKING:
    from crosshook.target.platforms import Platform

Version = tuple[int, int]
"""Of glibc, of musl or of macOS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Zig:
    """What zig calls a row."""

    triple: str
    """``zig cc -target``, without a version."""
    oldest: Version | None = None
    """The oldest glibc that zig has, where that is newer than the row's."""
    cpu: str | None = None
    """``zig cc -mcpu``, where its own choice has more than the official wheels are compiled for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rust:
    """What Rust calls a row."""

    triple: str
    """The target that the official wheels are made with."""
    mingw: tuple[str, ...] = ()
    """Windows: targets for compilers with MinGW-w64's libraries, the one with LLVM's unwinder
    first. Rust has no other for Arm."""

    @property
    def used(self) -> str:
        """The target that is built for with zig, and with every compiler but MSVC."""
        return self.mingw[0] if self.mingw else self.triple


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One processor under one system."""

    system: System
    arch: str
    """The processor as it stands in wheel platform tags."""
    processor: Processor
    machine_name: str
    """The processor as messages name it."""
    platform_machine: str
    """What ``platform.machine()`` answers there."""
    sysconfig_platform: str
    """What ``sysconfig.get_platform()`` answers there; for macOS, in a Python for the oldest."""
    multiarch: str | None
    """The platform triplet that CPython puts into extension suffixes; None on Windows. From Python
    3.11 on, that is: before, it has ``gnu`` for musl as well."""
    machine: tuple[str, int]
    """Object-file format (``ELF``, ``PE``, ``Mach-O``) and the machine number in its header."""
    elf_abi: tuple[int, int] = (0, 0)
    """A mask of ELF header flags, and what they have to be: Arm's EABI 5 with hardware floating
    point, RISC-V's and LoongArch's double-precision floating point."""
    oldest: Version | None = None
    """The oldest glibc, musl or macOS that a tag usually names, and what a tag without a version is
    compiled for."""
    long_double: str
    """The format of C's ``long double``, as NumPy's ``longdouble_format`` names it; on Windows as
    MSVC has it."""
    zig: Zig
    rust: Rust
    qemu: str | None = None
    """The processor in ``qemu-NAME``, QEMU's user-mode emulator; None off Linux."""

    @property
    def plain_tag(self) -> str:
        """The tag that promises the least: ``win_arm64``, ``linux_aarch64``,
        ``musllinux_1_2_aarch64``, ``macosx_11_0_arm64``."""
        return self.system.plain_tag(self)

    @property
    def usual_tag(self) -> str:
        """The tag to suggest: as :attr:`plain_tag`, but manylinux for glibc."""
        return self.system.usual_tag(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class MesonNames:
    """What Meson calls a system, in the ``[host_machine]`` of a cross file."""

    system: str
    subsystem: str
    kernel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Conda:
    """What conda calls a system, and what its solver is told of the machines of one."""

    name: str
    """What the names of its subdirs begin with: ``linux``, of ``linux-aarch64``."""
    virtual: tuple[str, ...] = ()
    """The virtual packages of each machine: ``NAME=VERSION``."""
    versioned: str | None = None
    """The virtual package with the version that tags name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonLayout:
    """Where the parts of an installed Python, or of a virtual environment, are."""

    interpreter: str
    """Relative to the prefix, with ``{version}`` for a :class:`PythonVersion`."""
    stdlib: str
    """Relative to the prefix."""
    scripts: str
    """The directory of programs in a virtual environment."""

    @property
    def site_packages(self) -> str:
        return f"{self.stdlib}/site-packages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What Python's standard library says of a system, beside its names."""

    compiler: str | None = None
    """What stands in brackets in ``sys.version``; None where it depends on who built Python."""
    release: str | None = None
    """``platform.release()``; None where nothing is known but what the build machine has."""
    version: str | None = None
    """``platform.version()``, likewise."""
    platform: str
    """``platform.platform()``."""
    processor: str
    """``platform.processor()``."""
    libc_ver: tuple[str, str] = ("", "")
    """``platform.libc_ver()``."""
    mac_ver: tuple[str, tuple[str, str, str], str] = ("", ("", "", ""), "")
    """``platform.mac_ver()``."""
    win32_ver: tuple[str, str, str, str] = ("", "", "", "")
    """``platform.win32_ver()``."""
    winver: str | None = None
    """``sys.winver``."""
    windows_version: tuple[int, int, int, int, str] | None = None
    """``sys.getwindowsversion()``; None where there is none."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that are the same on every machine."""
    directories: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that name a directory on every machine: where, below the root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class System(ABC):
    """An operating system with its libc.

    All that depends on which one it is, is asked here. A field or a method that a system does not
    name has the answer that POSIX systems give.
    """

    name: str
    """Ours: ``windows``, ``glibc``, ``musl``, ``macos``."""
    title: str
    """For messages: ``Windows``, ``Linux``."""
    sys_platform: str
    """``sys.platform``."""
    os_name: str = "posix"
    """``os.name``."""
    platform_system: str
    """``platform.system()``."""
    meson: MesonNames
    also: tuple[str, ...] = ()
    """What else it is called somewhere, in lower case, for suggestions."""
    libc: str | None = None
    """The C library that wheel platform tags name by a version; None where they name none."""
    versioned: str | None = None
    """What the version in a wheel platform tag is one of: ``glibc``, ``musl``, ``macOS``; None
    where tags have none."""
    newest: Version | None = None
    """The newest version that a tag may name: more than there is, and no wheel is built for what
    may come."""
    unnamed_version: Version | None = None
    """What every tag promises that names no version: of Windows."""
    tag_pattern: re.Pattern[str] | None = field(default=None, repr=False)
    """Its wheel platform tags, with the groups ``arch`` and ``version``; None where tags name no
    version, and are :attr:`Row.plain_tag`."""
    facts: str
    """Which of the files of facts about pyconfig.h is about it."""
    executable_format: str = ""
    """What ``platform.architecture()`` says of the Python executable; it does not know Mach-O."""
    module_end: str = ".so"
    """What the names of extension modules end in; ``SHLIB_SUFFIX`` of sysconfig."""
    source_suffixes: tuple[str, ...] = (".py",)
    """``importlib.machinery.SOURCE_SUFFIXES``."""
    program_end: str = ""
    """What the names of programs end in."""
    library_prefix: str = "lib"
    conda: Conda | None = None
    """None where conda has no packages."""
    library_end: str = ".so"
    """What the names of shared libraries end in."""
    has_short_long: bool = False
    """Whether C's ``long`` has 32 bits where pointers have 64."""
    wchar_size: int = 4
    """Bytes in C's ``wchar_t``."""
    links_python: bool = False
    """Whether extension modules are linked to a library of Python's: its DLL."""
    layout: PythonLayout = PythonLayout(
        interpreter="bin/{version.program}", stdlib="lib/{version.program}", scripts="bin"
    )

    @property
    @abstractmethod
    def rows(self) -> tuple[Row, ...]:
        """The processors that it runs on here."""

    def read_tag(self, tag: str) -> tuple[Row, Version | None] | None:
        """Return the row that a tag names, and the version in it; None if it is not one of this
        system's."""
        if self.tag_pattern is None:
            return next(((row, None) for row in self.rows if row.plain_tag == tag), None)
        match = self.tag_pattern.fullmatch(tag)
        row = match and next((row for row in self.rows if row.arch == match["arch"]), None)
        if match is None or row is None:
            return None
        if match["version"] is None:
            return row, row.oldest
        # Nine digits are more than any version has; int() takes no number of thousands.
        major, minor = (int(part[:9]) for part in match["version"].split("_"))
        return row, (major, minor)

    def plain_tag(self, row: Row) -> str:
        """Return the tag of a row that promises the least."""
        return re.sub("[-.]", "_", row.sysconfig_platform)

    def usual_tag(self, row: Row) -> str:
        """Return the tag of a row to suggest."""
        return self.plain_tag(row)

    def tag_of(self, version: Version, row: Row) -> str:
        """Return the tag of a row that names a version."""
        raise NotImplementedError(f"{self.name}: tags name no version")

    def oldest_named(self, row: Row) -> Version | None:
        """Return the oldest version that a tag of a row may name; None where tags name none."""
        return row.oldest

    def exists(self, version: Version) -> bool:
        """Tell whether a version is one that there can be, up to :attr:`newest`."""
        return self.newest is None or (version[0] == self.newest[0] and version <= self.newest)

    def versioned_tags(self, platform: Platform) -> Iterator[tuple[str, Version]]:
        """Yield the tags of a platform that name versions, its own first, then older ones."""
        yield from ()

    def aliases(self, row: Row, processors: frozenset[str]) -> set[str]:
        """Return what else a row is called, beside its names in other ecosystems.

        :param processors: The names of its processor.
        """
        return set()

    def sysconfig_platform(self, platform: Platform) -> str:
        """Return what ``sysconfig.get_platform()`` answers there."""
        return platform.row.sysconfig_platform

    def triplet(self, row: Row, version: PythonVersion) -> str | None:
        """Return ``MULTIARCH`` of a Python's sysconfig; None where it has none."""
        return row.multiarch

    def soabi(self, row: Row, version: PythonVersion) -> str:
        """Return what stands in the extension suffix: ``cp313t-win_arm64``,
        ``cpython-313-aarch64-linux-gnu``, ``pypy311-pp73-aarch64-linux-gnu``.

        It is CPython's ``SOABI``; PyPy's is without the platform.
        """
        triplet = self.triplet(row, version)
        if version.implementation is CPYTHON:
            return f"cpython-{version.digits}-{triplet}"
        return (
            f"{version.implementation.name}{version.nodot}-{version.implementation.abi}-{triplet}"
        )

    def shared_suffixes(self, row: Row, version: PythonVersion) -> tuple[str, ...]:
        """Return the suffixes of extension modules that a Python imports, but for its very own one.

        In the order of CPython's ``dynload_*.c``. Free-threaded builds before 3.15 have
        ``.abi3.so`` among them, and no stable ABI. Those that name the platform are of 3.15
        (gh-122931). PyPy imports no other than its own.
        """
        if version.implementation is not CPYTHON:
            return ()
        if version.numbers < (3, 15):
            return (".abi3.so", ".so")
        stable_abis = ("abi3t",) if version.free_threaded else ("abi3", "abi3t")
        stable = (f".{abi}{of}.so" for abi in stable_abis for of in (f"-{row.multiarch}", ""))
        return (*stable, ".so")

    def stable_abi_suffix(self, stable_abi: str) -> str:
        """Return the suffix of modules for a stable ABI, such as ``abi3``."""
        return f".{stable_abi}.so"

    def module_defines(self, row: Row, version: PythonVersion) -> Mapping[str, str]:
        """Return the macros that build tools define for every module, since pyconfig.h does not."""
        return {}

    def compiler_environ(self, platform: Platform) -> Mapping[str, str]:
        """Return the environment variables that compilers read which version to build for."""
        return {}

    def module_link_flags(self, unused_import_library: str) -> tuple[str, ...]:
        """Return flags for linking extension modules, for compilers with gcc's arguments.

        Symbols are stripped: with zig they are most of the file, and its linker would write a .pdb
        beside a .pyd.

        :param unused_import_library: Where a linker may write an import library of the module.
        """
        return ("-s",)

    def module_name_flags(self, file_name: str) -> tuple[str, ...]:
        """Return flags that say what the file is called which is linked."""
        return ()

    def alignment_of_8_bytes(self, row: Row) -> int:
        """Return the alignment of ``long long`` and ``double`` in a structure."""
        # As the System V ABI for i386 has it.
        return 4 if row.processor is X86 else 8

    def gnu_type(self, row: Row) -> str | None:
        """Return ``HOST_GNU_TYPE`` of a Python's sysconfig; None where it has none."""
        return None

    def gnu_prefixes(self, row: Row) -> tuple[str, ...]:
        """Return what stands before the names of GNU's compilers for a row: best first.

        ``aarch64-linux-gnu``, of ``aarch64-linux-gnu-gcc``. clang knows the last one as a triple.
        """
        return ()

    def uname(self, platform: Platform) -> Mapping[str, str]:
        """Return what the program ``uname`` says there, by letter of its option, without what no
        wheel platform tag tells."""
        return {"s": self.platform_system, "m": platform.row.platform_machine}

    def said(self, platform: Platform, version: PythonVersion) -> Said:
        """Return what the standard library of a Python says there."""
        name = f"{self.platform_system}-{platform.row.platform_machine}"
        return Said(platform=name, processor=platform.row.platform_machine)

    def msvc_arch(self, row: Row) -> str | None:
        """Return ``VSCMD_ARG_TGT_ARCH``; None where MSVC has no compiler for it."""
        return None

    def dlltool_machine(self, row: Row) -> str | None:
        """Return ``dlltool -m``; None where there are no import libraries."""
        return None

    def brings(self, row: Row, library: str) -> bool:
        """Tell whether every machine that a tag is for has a library, other than Python's.

        :param library: As object files name it: a DLL, ELF ``NEEDED``, an install name.
        """
        return False

    def is_known(self, library: str) -> bool:
        """Tell whether it is known what one of the system's libraries defines, of what may be
        needed without its being named."""
        return True

    def defines(self, name: str, version: Version, libraries: Iterable[str]) -> bool:
        """Tell whether what every Python has loaded, or some of the system's libraries, defines a
        symbol that is needed without its library being named.

        :param version: Of glibc, musl or macOS.
        :param libraries: Those of the system's that are linked, as object files name them.
        """
        return False

    def libc_soname(self, row: Row) -> str | None:
        """Return what the libc's own library is called; None where it is not one file."""
        return None
