"""Linux's processors, by the names that each ecosystem has for them: glibc and musl share them.

Sources: platform triplets from CPython's ``Misc/platform_triplet.c``, compared with the official
wheels; zig triples from ``zig targets``; Rust triples from rustc's platform support page; machine
numbers and flags from the ELF specification, ``packaging``'s check, and the psABIs; QEMU's names
from its ``configs/targets``; oldest glibcs from auditwheel's policies.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosshook.target.processors import (
    AARCH64,
    ARMV7,
    LOONGARCH64,
    PPC64LE,
    RISCV64,
    S390X,
    X86,
    X86_64,
    Processor,
)
from crosshook.target.systems._system import MesonNames, Row, Rust, System, Version, Zig

MESON = MesonNames(system="linux", subsystem="linux", kernel="linux")


@dataclass(frozen=True, kw_only=True, slots=True)
class LinuxProcessor:
    """A processor under Linux. A name that is None is :attr:`gnu`, and that is :attr:`arch`."""

    arch: str
    """In wheel platform tags, and what ``uname -m`` says."""
    processor: Processor
    machine: int
    """``e_machine``."""
    elf_abi: tuple[int, int] = (0, 0)
    """As :attr:`Row.elf_abi`."""
    gnu: str | None = None
    """The first part of a GNU triplet."""
    eabi: str = ""
    """What stands behind ``gnu`` and ``musl`` at the end of one."""
    zig: str | None = None
    zig_cpu: str | None = None
    """Where zig's own choice has more than the official wheels are compiled for: SSE2 on i686,
    NEON on armv7l."""
    zig_oldest: Version | None = None
    rust: str | None = None
    qemu: str | None = None
    oldest_glibc: Version = (2, 17)
    """2.17 is what manylinux2014 promises, 2.31 the first that PyPI takes for RISC-V, and 2.36 the
    first of all for LoongArch."""
    long_double: str
    gnu_type: str | None = None
    """What ``config.guess`` says of it, before ``-gnu`` or ``-musl``; None for
    ``ARCH-unknown-linux``."""
    musl: str | None = None
    """In the name of musl's library; None for :attr:`arch`."""
    musl_long_double: str | None = None
    """Where musl has another format."""

    def row(self, system: System, *, oldest: Version, long_double: str) -> Row:
        """Return the row of the processor under a system."""
        abi = f"{'gnu' if system.libc == 'glibc' else system.libc}{self.eabi}"
        gnu = self.gnu or self.arch
        return Row(
            system=system,
            arch=self.arch,
            processor=self.processor,
            machine_name=self.arch,
            platform_machine=self.arch,
            sysconfig_platform=f"linux-{self.arch}",
            multiarch=f"{gnu}-linux-{abi}",
            machine=("ELF", self.machine),
            elf_abi=self.elf_abi,
            oldest=oldest,
            long_double=long_double,
            zig=Zig(
                triple=f"{self.zig or gnu}-linux-{abi}",
                oldest=self.zig_oldest if system.libc == "glibc" else None,
                cpu=self.zig_cpu,
            ),
            rust=Rust(triple=f"{self.rust or gnu}-unknown-linux-{abi}"),
            qemu=self.qemu or gnu,
        )

    def gnu_type_of(self, system: System) -> str:
        """Return what ``config.guess`` says under a system."""
        abi = f"{'gnu' if system.libc == 'glibc' else system.libc}{self.eabi}"
        return f"{self.gnu_type or f'{self.gnu or self.arch}-unknown-linux'}-{abi}"


PROCESSORS = (
    LinuxProcessor(arch="aarch64", processor=AARCH64, machine=183, long_double="IEEE_QUAD_LE"),
    LinuxProcessor(
        arch="x86_64",
        processor=X86_64,
        machine=62,
        gnu_type="x86_64-pc-linux",
        long_double="INTEL_EXTENDED_16_BYTES_LE",
    ),
    LinuxProcessor(
        arch="i686",
        processor=X86,
        machine=3,
        gnu="i386",
        zig="x86",
        zig_cpu="i686",
        rust="i686",
        gnu_type="i686-pc-linux",
        musl="x86",
        long_double="INTEL_EXTENDED_12_BYTES_LE",
    ),
    LinuxProcessor(
        arch="armv7l",
        processor=ARMV7,
        machine=40,
        elf_abi=(0xFF000400, 0x05000400),
        gnu="arm",
        eabi="eabihf",
        zig_cpu="baseline-neon-d32",
        rust="armv7",
        musl="armv7",
        long_double="IEEE_DOUBLE_LE",
    ),
    LinuxProcessor(
        arch="ppc64le",
        processor=PPC64LE,
        machine=21,
        gnu="powerpc64le",
        qemu="ppc64le",
        zig_oldest=(2, 19),
        long_double="IBM_DOUBLE_DOUBLE_LE",
        musl_long_double="IEEE_DOUBLE_LE",
    ),
    LinuxProcessor(
        arch="s390x",
        processor=S390X,
        machine=22,
        gnu_type="s390x-ibm-linux",
        long_double="IEEE_QUAD_BE",
    ),
    LinuxProcessor(
        arch="riscv64",
        processor=RISCV64,
        machine=243,
        elf_abi=(0x6, 0x4),
        rust="riscv64gc",
        oldest_glibc=(2, 31),
        long_double="IEEE_QUAD_LE",
    ),
    LinuxProcessor(
        arch="loongarch64",
        processor=LOONGARCH64,
        machine=258,
        elf_abi=(0x7, 0x3),
        oldest_glibc=(2, 36),
        long_double="IEEE_QUAD_LE",
    ),
)


def gnu_type(row: Row) -> str:
    """Return what ``config.guess`` says of a row."""
    (processor,) = (one for one in PROCESSORS if one.arch == row.arch)
    return processor.gnu_type_of(row.system)


def gnu_prefixes(row: Row) -> tuple[str, ...]:
    """Return what Debian, Fedora and Alpine put before the names of a row's compilers, and what
    those who follow ``config.guess`` put there."""
    # Debian's libraries for it are in i386-linux-gnu, and its compilers are i686-linux-gnu-gcc.
    return (str(row.multiarch).replace("i386-", "i686-"), gnu_type(row))
