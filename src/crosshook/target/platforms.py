"""THE table of target platforms: one row for each, and every name that each ecosystem has for it.

No other module repeats a column. A row plus the version in the wheel platform tag, of glibc, musl
or macOS, is a :class:`Platform`. To add a platform, add a row.

Where the columns come from: wheel platform tags from the "Platform compatibility tags" page of
the PyPA specifications; sysconfig platforms from CPython's ``Lib/sysconfig``; MSVC architectures
from ``vcvarsall.bat`` as setuptools' ``distutils`` names them; platform triplets from CPython's
``Misc/platform_triplet.c``, and held against the official wheels; oldest glibcs and the names of
musl's library from auditwheel's policies; zig triples from ``zig targets``; Rust triples from
rustc's platform support page; CPU families from Meson's reference tables; machine numbers from
the ELF, PE and Mach-O specifications; the flags of ELF headers from ``packaging``'s check and the
RISC-V psABI; QEMU's names from its ``configs/targets``.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from crosshook.errors import TargetError


@dataclass(frozen=True, kw_only=True, slots=True)
class System:
    """What the standard library calls an operating system; environment markers do so as well."""

    sys_platform: str
    """``sys.platform``."""
    os_name: str
    """``os.name``."""
    platform_system: str
    """``platform.system()``."""


SYSTEMS: dict[str, System] = {
    "windows": System(sys_platform="win32", os_name="nt", platform_system="Windows"),
    "linux": System(sys_platform="linux", os_name="posix", platform_system="Linux"),
    "darwin": System(sys_platform="darwin", os_name="posix", platform_system="Darwin"),
}
"""By Meson's name of the operating system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One processor under one operating system and libc."""

    system: str
    """Meson's name of the operating system: ``windows``, ``linux``, ``darwin``."""
    libc: str | None
    """``glibc`` or ``musl`` on Linux; None where the wheel platform tag names no libc."""
    arch: str
    """The processor as it stands in wheel platform tags."""
    sysconfig_platform: str
    """What ``sysconfig.get_platform()`` answers there; for macOS, in a Python for the oldest."""
    pointer_size: int
    """Bytes in a pointer, ``SIZEOF_VOID_P``."""
    big_endian: bool = False
    """The byte order, of data and of object files."""
    oldest: tuple[int, int] | None = None
    """The oldest glibc, musl or macOS that a tag may name, and what a bare ``linux_*`` tag is
    compiled for: glibc 2.17 is what manylinux2014 promises, 2.31 the first that PyPI takes for
    RISC-V, and musl 1.2 the first whose ``time_t`` has 64 bits everywhere."""
    multiarch: str | None
    """The platform triplet that CPython puts into extension suffixes; None on Windows. From Python
    3.11 on, that is: before, it has ``gnu`` for musl as well."""
    zig_triple: str
    """``zig cc -target``, without a version."""
    zig_oldest: tuple[int, int] | None = None
    """The oldest glibc that zig has, where that is newer than ``oldest``."""
    zig_cpu: str | None = None
    """``zig cc -mcpu``, where its own choice has more than the official wheels are compiled for:
    SSE2 on i686, NEON on armv7l."""
    rust_triple: str
    """The Rust target that the official wheels are made with."""
    rust_mingw_triples: tuple[str, ...] = ()
    """Windows: those for compilers with MinGW-w64's libraries, the one with LLVM's unwinder first.
    Rust has no other for Arm."""
    meson_cpu_family: str
    """Meson's ``cpu_family``."""
    long_double: str
    """The format of C's ``long double``, as NumPy's ``longdouble_format`` names it; on Windows as
    MSVC has it."""
    msvc_arch: str | None = None
    """``VSCMD_ARG_TGT_ARCH``; None where MSVC has no compiler for it."""
    dlltool_machine: str | None = None
    """``dlltool -m``; None where there are no import libraries."""
    machine: tuple[str, int]
    """Object-file format (``ELF``, ``PE``, ``Mach-O``) and the machine number in its header."""
    elf_abi: tuple[int, int] = (0, 0)
    """A mask of ELF header flags, and what they have to be: Arm's EABI 5 with hardware floating
    point, RISC-V's double-precision floating point."""
    machine_name: str
    """The processor as messages name it."""
    platform_machine: str
    """What ``platform.machine()`` answers there."""
    qemu: str | None = None
    """The processor in ``qemu-NAME``, QEMU's user-mode emulator; None off Linux."""
    musl_soname: str | None = None
    """What modules that are linked to musl need: Alpine's name of it, as PEP 656's images have."""

    @property
    def plain_tag(self) -> str:
        """The tag that promises the least: ``win_arm64``, ``linux_aarch64``,
        ``musllinux_1_2_aarch64``, ``macosx_11_0_arm64``."""
        if self.libc == "musl" and self.oldest is not None:
            return "musllinux_{}_{}_{}".format(*self.oldest, self.arch)
        return re.sub("[-.]", "_", self.sysconfig_platform)

    @property
    def usual_tag(self) -> str:
        """The tag to suggest: as :attr:`plain_tag`, but manylinux for glibc."""
        if self.libc == "glibc" and self.oldest is not None:
            return "manylinux_{}_{}_{}".format(*max(self.oldest, (2, 28)), self.arch)
        return self.plain_tag


def _windows(arch: str, *, bits: int, cpu: str, msvc: str, dlltool: str, machine: int) -> Row:
    zig_arch = "x86" if cpu == "x86" else cpu
    rust_arch = "i686" if cpu == "x86" else cpu
    return Row(
        system="windows",
        libc=None,
        arch=arch,
        sysconfig_platform="win32" if arch == "32" else f"win-{arch}",
        pointer_size=bits // 8,
        multiarch=None,
        zig_triple=f"{zig_arch}-windows-gnu",
        rust_triple=f"{rust_arch}-pc-windows-msvc",
        rust_mingw_triples=tuple(
            f"{rust_arch}-pc-windows-{abi}"
            for abi in ("gnullvm", "gnu")
            if (cpu, abi) != ("aarch64", "gnu")
        ),
        meson_cpu_family=cpu,
        long_double="IEEE_DOUBLE_LE",
        msvc_arch=msvc,
        dlltool_machine=dlltool,
        machine=("PE", machine),
        machine_name=cpu,
        platform_machine="x86" if cpu == "x86" else arch.upper(),
    )


def _linux(
    arch: str,
    *,
    bits: int = 64,
    machine: int,
    gnu: str | None = None,
    eabi: str = "",
    zig: str | None = None,
    zig_cpu: str | None = None,
    rust: str | None = None,
    family: str | None = None,
    musl: str | None = None,
    qemu: str | None = None,
    big_endian: bool = False,
    elf_abi: tuple[int, int] = (0, 0),
    oldest_glibc: tuple[int, int] = (2, 17),
    zig_oldest: tuple[int, int] | None = None,
    long_double: str,
    musl_long_double: str | None = None,
) -> tuple[Row, Row]:
    """Return the rows of a processor under glibc and under musl."""
    first, second = (
        Row(
            system="linux",
            libc=libc,
            arch=arch,
            sysconfig_platform=f"linux-{arch}",
            pointer_size=bits // 8,
            big_endian=big_endian,
            oldest=oldest,
            multiarch=f"{gnu or arch}-linux-{name}{eabi}",
            zig_triple=f"{zig or gnu or arch}-linux-{name}{eabi}",
            zig_oldest=zig_oldest if libc == "glibc" else None,
            zig_cpu=zig_cpu,
            rust_triple=f"{rust or gnu or arch}-unknown-linux-{name}{eabi}",
            meson_cpu_family=family or arch,
            long_double=(libc == "musl" and musl_long_double) or long_double,
            machine=("ELF", machine),
            elf_abi=elf_abi,
            machine_name=arch,
            platform_machine=arch,
            qemu=qemu or gnu or arch,
            musl_soname=f"libc.musl-{musl or arch}.so.1" if libc == "musl" else None,
        )
        for libc, name, oldest in (("glibc", "gnu", oldest_glibc), ("musl", "musl", (1, 2)))
    )
    return first, second


def _macos(arch: str, *, cpu: str, oldest: tuple[int, int], machine: int, long_double: str) -> Row:
    return Row(
        system="darwin",
        libc=None,
        arch=arch,
        sysconfig_platform="macosx-{}.{}-{}".format(*oldest, arch),
        pointer_size=8,
        oldest=oldest,
        multiarch="darwin",
        zig_triple=f"{cpu}-macos",
        rust_triple=f"{cpu}-apple-darwin",
        meson_cpu_family=cpu,
        long_double=long_double,
        machine=("Mach-O", machine),
        machine_name=arch,
        platform_machine=arch,
    )


ROWS: tuple[Row, ...] = (
    _windows("arm64", bits=64, cpu="aarch64", msvc="arm64", dlltool="arm64", machine=0xAA64),
    _windows("amd64", bits=64, cpu="x86_64", msvc="x64", dlltool="i386:x86-64", machine=0x8664),
    _windows("32", bits=32, cpu="x86", msvc="x86", dlltool="i386", machine=0x14C),
    *_linux("aarch64", machine=183, long_double="IEEE_QUAD_LE"),
    *_linux("x86_64", machine=62, long_double="INTEL_EXTENDED_16_BYTES_LE"),
    *_linux(
        "i686",
        bits=32,
        machine=3,
        gnu="i386",
        zig="x86",
        zig_cpu="i686",
        rust="i686",
        family="x86",
        musl="x86",
        long_double="INTEL_EXTENDED_12_BYTES_LE",
    ),
    *_linux(
        "armv7l",
        bits=32,
        machine=40,
        gnu="arm",
        eabi="eabihf",
        zig_cpu="baseline-neon-d32",
        rust="armv7",
        family="arm",
        musl="armv7",
        elf_abi=(0xFF000400, 0x05000400),
        long_double="IEEE_DOUBLE_LE",
    ),
    *_linux(
        "ppc64le",
        machine=21,
        gnu="powerpc64le",
        qemu="ppc64le",
        family="ppc64",
        zig_oldest=(2, 19),
        long_double="IBM_DOUBLE_DOUBLE_LE",
        musl_long_double="IEEE_DOUBLE_LE",
    ),
    *_linux("s390x", machine=22, big_endian=True, long_double="IEEE_QUAD_BE"),
    *_linux(
        "riscv64",
        machine=243,
        rust="riscv64gc",
        elf_abi=(0x6, 0x4),
        oldest_glibc=(2, 31),
        long_double="IEEE_QUAD_LE",
    ),
    _macos(
        "arm64",
        cpu="aarch64",
        oldest=(11, 0),
        machine=0x0100000C,
        long_double="IEEE_DOUBLE_LE",
    ),
    _macos(
        "x86_64",
        cpu="x86_64",
        oldest=(10, 9),
        machine=0x01000007,
        long_double="INTEL_EXTENDED_16_BYTES_LE",
    ),
)

_LEGACY_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

_OTHER_NAMES = {
    "aarch64": ("arm64",),
    "x86_64": ("amd64", "x64"),
    "x86": ("x86", "i686"),
    "i686": ("x86", "i386"),
    "armv7l": ("armv7", "armhf", "armv7hf", "arm"),
    "ppc64le": ("ppc64el", "powerpc64le"),
    "arm64": ("aarch64",),
}
"""What else processors are called, for suggestions."""

_TAG = re.compile(
    r"(?P<windows>win(?:32|_(?P<win_arch>\w+)))"
    r"|(?P<libc>many|musl)linux_(?P<libc_version>[1-9]\d*_(?:0|[1-9]\d*))_(?P<libc_arch>\w+)"
    r"|linux_(?P<linux_arch>\w+)"
    r"|macosx_(?P<macos_version>[1-9]\d*_(?:0|[1-9]\d*))_(?P<macos_arch>\w+)",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A target platform: a row of the table and the version that its tag promises to run on."""

    tag: str
    """The wheel platform tag, such as ``manylinux_2_28_aarch64``."""
    row: Row
    glibc: tuple[int, int] | None = None
    """The newest glibc whose symbols may be used; None off glibc."""
    musl: tuple[int, int] | None = None
    """As for glibc."""
    macos: tuple[int, int] | None = None
    """The deployment target, ``MACOSX_DEPLOYMENT_TARGET``; None off macOS."""

    @property
    def sysconfig_platform(self) -> str:
        """What ``sysconfig.get_platform()`` answers there: ``win-arm64``, ``macosx-11.0-arm64``."""
        if self.macos is None:
            return self.row.sysconfig_platform
        return "macosx-{}.{}-{}".format(*self.macos, self.row.arch)

    @property
    def zig_target(self) -> str:
        """``zig cc -target``, with the version of glibc or macOS where there is one.

        Where zig has no glibc that is old enough, its oldest: whether the result needs newer
        symbols than the tag promises is checked in any case.
        """
        version = self.macos or self.glibc
        if version is None:
            return self.row.zig_triple
        return "{}.{}.{}".format(self.row.zig_triple, *max(version, self.row.zig_oldest or version))


def parse_platform(tag: str, *, source: str) -> Platform:
    """Return the platform that a wheel platform tag names.

    :param tag: A wheel platform tag; not an alias, a triple or a sysconfig platform.
    :param source: Where the tag came from (``--target``, ``target.platform_tag``), for the error.
    :raises TargetError: if the tag is not in the table, with the tags that look like it.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise _unknown(tag, source)
    version = None
    if match["windows"]:
        row = _find("windows", match["win_arch"] or "32")
    elif match["libc"]:
        row = _find("linux", match["libc_arch"], "glibc" if match["libc"] == "many" else "musl")
        version = match["libc_version"]
    elif match["macos_version"]:
        row = _find("darwin", match["macos_arch"])
        version = match["macos_version"]
    else:
        row = _find("linux", match["linux_arch"], "glibc")
    if row is None:
        raise _unknown(tag, source)
    if row.oldest is None:
        return Platform(tag=tag, row=row)
    promised = row.oldest
    if version is not None:
        major, minor = map(int, version.split("_"))
        promised = (major, minor)
    _check_version(tag, row, promised, source)
    return Platform(tag=tag, row=row, **{row.libc or "macos": promised})


def _check_version(tag: str, row: Row, version: tuple[int, int], source: str) -> None:
    """Check that a tag's version is not too old, and one that exists.

    :raises TargetError: if it is not.
    """
    major, minor = version
    too_old = row.oldest is not None and version < row.oldest
    # macOS counted to 10.16, and calls a release by its first number since.
    odd = (major > 10 and minor > 0) or (major == 10 and minor > 16)
    newest = {"glibc": 2, "musl": 1}
    if too_old or (odd if row.libc is None else major > newest[row.libc]):
        prefix = {"glibc": "manylinux", "musl": "musllinux", None: "macosx"}[row.libc]
        oldest = "{}_{}_{}_{}".format(prefix, *(row.oldest or version), row.arch)
        raise TargetError(
            f"{source}: {tag!r} asks for {row.libc or 'macOS'} {major}.{minor}, which is not "
            "supported",
            hint=f"the oldest is {oldest}",
        )


def example_tags() -> tuple[str, ...]:
    """Return one wheel platform tag for each row, and the ``linux_*`` one where there is one."""
    return tuple(tag for row in ROWS for tag in _tags_of(row))


def _tags_of(row: Row) -> tuple[str, ...]:
    return tuple(dict.fromkeys((row.usual_tag, row.plain_tag)))


def _find(system: str, arch: str, libc: str | None = None) -> Row | None:
    return next((r for r in ROWS if (r.system, r.arch, r.libc) == (system, arch, libc)), None)


def _unknown(tag: str, source: str) -> TargetError:
    known = example_tags()
    close = _suggestions(tag)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
    return TargetError(f"{source}: unknown wheel platform tag {tag!r}", hint=hint)


def _suggestions(tag: str) -> tuple[str, ...]:
    """Tags that the user may have meant: the same row under another ecosystem's name, or a typo."""
    spelled = re.sub(r"[-.\s]+", "_", tag.strip().lower())
    for name, glibc in _LEGACY_MANYLINUX.items():
        row = _find("linux", spelled.removeprefix(f"{name}_"), "glibc")
        if row is not None and row.oldest is not None:
            return ("manylinux_{}_{}_{}".format(*max(glibc, row.oldest), row.arch),)
    for row in ROWS:
        if spelled in {re.sub(r"[-.]", "_", alias) for alias in _aliases(row)}:
            return _tags_of(row)
    return tuple(difflib.get_close_matches(spelled, example_tags(), n=2, cutoff=0.75))


def _aliases(row: Row) -> set[str]:
    names = {row.sysconfig_platform, row.zig_triple, row.rust_triple}
    system = "macos" if row.system == "darwin" else row.system
    processors = {row.arch, row.machine_name, row.meson_cpu_family}
    processors |= set(_OTHER_NAMES.get(row.machine_name, ()))
    if row.system == "windows":
        names |= {f"windows-{row.msvc_arch}"}
    elif row.system == "linux":
        names |= {str(row.multiarch)}
    for processor in processors:
        if row.libc == "musl":
            names |= {f"musl-{processor}", f"linux-musl-{processor}", f"{processor}-musl"}
            names |= {f"musllinux-{processor}", f"musllinux_1_2_{processor}"}
        elif row.system == "darwin":
            names |= {f"macos-{processor}", f"darwin-{processor}", f"macosx-{processor}"}
            names |= {f"{row.plain_tag.removesuffix(row.arch)}{processor}"}
        else:
            names |= {f"{system}-{processor}", f"{system[:3]}-{processor}"}
            names |= {f"manylinux_2_28_{processor}"} if row.libc else set()
    return names
