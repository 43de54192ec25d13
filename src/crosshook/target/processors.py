"""Processors: what is so under every operating system.

Sources: CPU families from Meson's reference tables; sizes and byte orders from the ABIs.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Processor:
    """A processor, in the mode that programs run in."""

    meson_cpu_family: str
    """Meson's ``cpu_family``."""
    pointer_size: int
    """Bytes in a pointer, ``SIZEOF_VOID_P``."""
    big_endian: bool = False
    """The byte order, of data and of object files."""
    also: tuple[str, ...] = ()
    """What else it is called somewhere, for suggestions."""


AARCH64 = Processor(meson_cpu_family="aarch64", pointer_size=8, also=("arm64",))
ARMV7 = Processor(
    meson_cpu_family="arm", pointer_size=4, also=("armv7", "armhf", "armv7hf", "armv7l")
)
LOONGARCH64 = Processor(meson_cpu_family="loongarch64", pointer_size=8, also=("loong64",))
PPC64LE = Processor(meson_cpu_family="ppc64", pointer_size=8, also=("ppc64el", "powerpc64le"))
RISCV64 = Processor(meson_cpu_family="riscv64", pointer_size=8)
S390X = Processor(meson_cpu_family="s390x", pointer_size=8, big_endian=True)
X86 = Processor(meson_cpu_family="x86", pointer_size=4, also=("i386", "i686"))
X86_64 = Processor(meson_cpu_family="x86_64", pointer_size=8, also=("amd64", "x64"))
