"""``-march=``, ``-mcpu=``: what zig calls the processors that gcc and clang name.

``-mtune=`` is left out on every processor: it says for which one the code shall be fast. To zig it
is one more spelling of ``-mcpu=``, and the code would run on nothing older.

``native`` is left out as well, for every toolchain: it is the machine that builds, and a wheel is
for any that its tag names, also where the processors are of one kind.

Sources: ``zig targets``; the pages "AArch64 Options", "ARM Options", "x86 Options", "RISC-V
Options" and "RS/6000 and PowerPC Options" of gcc's manual.
"""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, Mapping[str, str]] = {
    "x86_64": {"core-avx2": "haswell", "core-avx-i": "ivybridge", "corei7-avx": "sandybridge"},
    "x86": {
        "core-avx2": "haswell",
        "core-avx-i": "ivybridge",
        "corei7-avx": "sandybridge",
        "pentium-mmx": "pentium_mmx",
        "pentium4m": "pentium4",
        "x86-64": "x86_64",
    },
    "ppc64": {f"power{number}": f"pwr{number}" for number in range(3, 12)}
    | {"powerpc64le": "ppc64le", "powerpc64": "ppc64"},
}
"""By the processor's family, as Meson names it: names that differ in more than punctuation."""

FEATURES: Mapping[str, Mapping[str, str]] = {
    "aarch64": {
        "fp": "fp_armv8",
        "fp16": "fullfp16",
        "simd": "neon",
        "rdma": "rdm",
        "rng": "rand",
        "memtag": "mte",
        "profile": "spe",
        "sve2-aes": "sve2_aes",
        "sve2-bitperm": "sve2_bitperm",
        "sve2-sha3": "sve2_sha3",
        "sve2-sm4": "sve2_sm4",
    },
    "arm": {
        "fp": "vfp3d16",
        "vfpv3": "vfp3",
        "vfpv3-d16": "vfp3d16",
        "vfpv4": "vfp4",
        "neon-vfpv4": "neon+vfp4",
        "simd": "neon",
        "fp16": "fullfp16",
    },
}
"""As above: sets of instructions, after a plus sign."""

BASELINES: Mapping[str, tuple[str, ...]] = {
    "arm": ("armv7-a", "armv7", "armv7-a+fp", "armv7-a+vfpv3-d16"),
    "riscv64": ("rv64gc", "rv64imafdc"),
    "loongarch64": ("loongarch64", "la64v1.0"),
}
"""As above: what is compiled for in any case."""

NATIVE_FLAGS = ("-march=native", "-mcpu=native", "-mtune=native")
"""What gcc and clang call the processor that builds, each for some kinds of processors."""

FAST_ON = "-mtune= says on which processor the code shall be fast, and zig would make it need that"
NATIVE = "the module is for every processor that its tag names, not for the one that builds it"
