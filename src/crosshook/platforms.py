"""THE table of target platforms: one row for each, and every name that each ecosystem has for it.

No other module repeats a column. A row plus, on Linux, the libc version from the wheel platform
tag, is a :class:`Platform`. To add a platform, add a row.

Where the columns come from: wheel platform tags from the "Platform compatibility tags" page of
the PyPA specifications; sysconfig platforms from CPython's ``Lib/sysconfig``; MSVC architectures
from ``vcvarsall.bat`` as setuptools' ``distutils`` names them; multiarch tuples from Debian, as
CPython's configure puts them into extension suffixes; zig triples from ``zig targets``; Rust
triples from rustc's platform support page; CPU families from Meson's reference tables; machine
numbers from the ELF and PE specifications; QEMU's names from its ``configs/targets``.
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
}
"""By Meson's name of the operating system."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One processor under one operating system and libc."""

    system: str
    """Meson's name of the operating system: ``windows``, ``linux``."""
    libc: str | None
    """``glibc`` on Linux; None where the wheel platform tag names no libc."""
    arch: str
    """The processor as it stands in wheel platform tags."""
    sysconfig_platform: str
    """What ``sysconfig.get_platform()`` answers there."""
    pointer_size: int
    """Bytes in a pointer, ``SIZEOF_VOID_P``."""
    multiarch: str | None
    """The Debian multiarch tuple that CPython puts into extension suffixes; None on Windows."""
    zig_triple: str
    """``zig cc -target``, without a libc version."""
    rust_triple: str
    """The Rust target that the official wheels are made with."""
    meson_cpu_family: str
    """Meson's ``cpu_family``; every row so far is little-endian."""
    msvc_arch: str | None
    """``VSCMD_ARG_TGT_ARCH``; None where MSVC has no compiler for it."""
    dlltool_machine: str | None
    """``dlltool -m``; None where there are no import libraries."""
    machine: tuple[str, int]
    """Object-file format (``ELF``, ``PE``) and the machine number in its header."""
    machine_name: str
    """The processor as messages name it."""
    platform_machine: str
    """What ``platform.machine()`` answers there."""
    qemu: str | None
    """The processor in ``qemu-NAME``, QEMU's user-mode emulator; None off Linux."""

    @property
    def plain_tag(self) -> str:
        """The tag that promises no libc version: ``win_arm64``, ``linux_aarch64``."""
        return self.sysconfig_platform.replace("-", "_")


def _windows(
    arch: str, *, sysconfig: str, bits: int, cpu: str, msvc: str, dlltool: str, machine: int
) -> Row:
    zig_cpu = "x86" if cpu == "x86" else cpu
    rust_cpu = "i686" if cpu == "x86" else cpu
    return Row(
        system="windows",
        libc=None,
        arch=arch,
        sysconfig_platform=sysconfig,
        pointer_size=bits // 8,
        multiarch=None,
        zig_triple=f"{zig_cpu}-windows-gnu",
        rust_triple=f"{rust_cpu}-pc-windows-msvc",
        meson_cpu_family=cpu,
        msvc_arch=msvc,
        dlltool_machine=dlltool,
        machine=("PE", machine),
        machine_name=cpu,
        platform_machine="x86" if cpu == "x86" else arch.upper(),
        qemu=None,
    )


def _glibc(arch: str, *, bits: int, machine: int) -> Row:
    return Row(
        system="linux",
        libc="glibc",
        arch=arch,
        sysconfig_platform=f"linux-{arch}",
        pointer_size=bits // 8,
        multiarch=f"{arch}-linux-gnu",
        zig_triple=f"{arch}-linux-gnu",
        rust_triple=f"{arch}-unknown-linux-gnu",
        meson_cpu_family=arch,
        msvc_arch=None,
        dlltool_machine=None,
        machine=("ELF", machine),
        machine_name=arch,
        platform_machine=arch,
        qemu=arch,
    )


ROWS: tuple[Row, ...] = (
    _windows(
        "arm64",
        sysconfig="win-arm64",
        bits=64,
        cpu="aarch64",
        msvc="arm64",
        dlltool="arm64",
        machine=0xAA64,
    ),
    _windows(
        "amd64",
        sysconfig="win-amd64",
        bits=64,
        cpu="x86_64",
        msvc="x64",
        dlltool="i386:x86-64",
        machine=0x8664,
    ),
    _windows(
        "32", sysconfig="win32", bits=32, cpu="x86", msvc="x86", dlltool="i386", machine=0x14C
    ),
    _glibc("aarch64", bits=64, machine=183),
    _glibc("x86_64", bits=64, machine=62),
)

OLDEST_GLIBC = (2, 17)
"""The glibc that a bare ``linux_*`` tag is compiled for: what manylinux2014 promises, and the
oldest that CPython 3.10 and newer are shipped for."""

_LEGACY_MANYLINUX = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}

_OTHER_NAMES = {"aarch64": ("arm64",), "x86_64": ("amd64", "x64"), "x86": ("x86", "i686")}
"""What else processors are called, for suggestions."""

_TAG = re.compile(
    r"(?P<windows>win(?:32|_(?P<win_arch>\w+)))"
    r"|manylinux_(?P<major>[1-9]\d*)_(?P<minor>0|[1-9]\d*)_(?P<many_arch>\w+)"
    r"|linux_(?P<linux_arch>\w+)",
    re.ASCII,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A target platform: a row of the table and the libc version that its tag promises."""

    tag: str
    """The wheel platform tag, such as ``manylinux_2_28_aarch64``."""
    row: Row
    glibc: tuple[int, int] | None
    """The newest glibc whose symbols may be used; None off glibc."""

    @property
    def zig_target(self) -> str:
        """``zig cc -target``, with the glibc version where there is one."""
        if self.glibc is None:
            return self.row.zig_triple
        return f"{self.row.zig_triple}.{self.glibc[0]}.{self.glibc[1]}"


def parse_platform(tag: str, *, source: str) -> Platform:
    """Return the platform that a wheel platform tag names.

    :param tag: A wheel platform tag; not an alias, a triple or a sysconfig platform.
    :param source: Where the tag came from (``--target``, ``target.platform_tag``), for the error.
    :raises TargetError: if the tag is not in the table, with the tags that look like it.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise _unknown(tag, source)
    if match["windows"]:
        row = _find("windows", match["win_arch"] or "32")
        glibc = None
    elif match["major"]:
        row = _find("linux", match["many_arch"])
        glibc = (int(match["major"]), int(match["minor"]))
    else:
        row = _find("linux", match["linux_arch"])
        glibc = OLDEST_GLIBC
    if row is None:
        raise _unknown(tag, source)
    if glibc is not None and not OLDEST_GLIBC <= glibc < (3, 0):
        oldest = "manylinux_{}_{}_{}".format(*OLDEST_GLIBC, row.arch)
        raise TargetError(
            f"{source}: {tag!r} asks for glibc {glibc[0]}.{glibc[1]}, which is not supported",
            hint=f"the oldest is {oldest}",
        )
    return Platform(tag=tag, row=row, glibc=glibc)


def example_tags() -> tuple[str, ...]:
    """Return one wheel platform tag for each row, and the ``linux_*`` one where there is one."""
    tags: list[str] = []
    for row in ROWS:
        if row.system == "windows":
            tags.append(row.plain_tag)
        else:
            tags += [f"manylinux_2_28_{row.arch}", row.plain_tag]
    return tuple(tags)


def _find(system: str, arch: str) -> Row | None:
    return next((r for r in ROWS if (r.system, r.arch) == (system, arch)), None)


def _unknown(tag: str, source: str) -> TargetError:
    known = example_tags()
    close = _suggestions(tag)
    hint = f"did you mean {' or '.join(close)}?" if close else f"known: {', '.join(known)}"
    return TargetError(f"{source}: unknown wheel platform tag {tag!r}", hint=hint)


def _suggestions(tag: str) -> tuple[str, ...]:
    """Tags that the user may have meant: the same row under another ecosystem's name, or a typo."""
    spelled = re.sub(r"[-.\s]+", "_", tag.strip().lower())
    for name, (major, minor) in _LEGACY_MANYLINUX.items():
        arch = spelled.removeprefix(f"{name}_")
        if arch != spelled and _find("linux", arch):
            return (f"manylinux_{max((major, minor), OLDEST_GLIBC)[0]}_{max(minor, 17)}_{arch}",)
    for row in ROWS:
        aliases = {row.sysconfig_platform, row.zig_triple, row.rust_triple, row.multiarch}
        aliases |= {f"{row.system}-{row.arch}", f"{row.system}-{row.meson_cpu_family}"}
        if row.system == "windows":
            aliases |= {f"win-{row.machine_name}", f"windows-{row.msvc_arch}"}
        for processor in _OTHER_NAMES.get(row.machine_name, ()):
            aliases |= {f"{row.system}-{processor}", f"{row.system[:3]}-{processor}"}
            aliases |= {f"manylinux_2_28_{processor}"} if row.libc else set()
        if spelled in {re.sub(r"[-.]", "_", a) for a in aliases if a}:
            if row.system == "windows":
                return (row.plain_tag,)
            return (f"manylinux_2_28_{row.arch}", row.plain_tag)
    return tuple(difflib.get_close_matches(spelled, example_tags(), n=2, cutoff=0.75))
