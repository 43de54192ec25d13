"""The table of platforms, and what a wrong tag is answered with."""

from __future__ import annotations

import dataclasses
import operator

import pytest

from crosshook.errors import TargetError
from crosshook.target.platforms import parse_platform
from crosshook.target.suggestions import example_tags
from crosshook.target.systems import ROWS, SYSTEMS, Row
from crosshook.target.systems.glibc import GLIBC
from crosshook.target.systems.musl import MUSL


def refusal(tag: str) -> TargetError:
    with pytest.raises(TargetError) as caught:
        parse_platform(tag, source="--target")
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("tag", example_tags())
def test_every_example_is_a_platform_of_that_tag(tag: str) -> None:
    assert parse_platform(tag, source="--target").tag == tag


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
def test_every_row_is_found_by_its_plain_tag(row: Row) -> None:
    platform = parse_platform(row.plain_tag, source="--target")
    assert platform.row is row
    assert platform.glibc == (row.oldest if row.system.libc == "glibc" else None)
    assert platform.musl == (row.oldest if row.system.libc == "musl" else None)
    assert platform.macos == (row.oldest if row.system.name == "macos" else None)
    assert platform.sysconfig_platform == row.sysconfig_platform


@pytest.mark.parametrize("row", GLIBC.rows, ids=lambda row: row.arch)
def test_a_manylinux_tag_carries_the_glibc(row: Row) -> None:
    platform = parse_platform(f"manylinux_2_39_{row.arch}", source="--target")
    assert platform.row is row
    assert platform.glibc == (2, 39)


def test_every_row_has_an_example() -> None:
    assert {parse_platform(tag, source="--target").row for tag in example_tags()} == set(ROWS)


def test_every_row_is_of_a_known_system() -> None:
    assert {row.system for row in ROWS} == set(SYSTEMS)


@pytest.mark.parametrize(
    "column",
    ["plain_tag", "usual_tag", "zig.triple", "rust.triple"],
)
def test_a_name_belongs_to_one_row(column: str) -> None:
    values = [operator.attrgetter(column)(row) for row in ROWS]
    assert len(set(values)) == len(values)


def test_a_machine_number_is_one_processor() -> None:
    processors = {(row.machine, row.machine_name) for row in ROWS}
    assert len(processors) == len({row.machine for row in ROWS})


def test_rows_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        ROWS[0].arch = "other"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("tag", "target"),
    [
        ("win_arm64", "aarch64-windows-gnu"),
        ("win_amd64", "x86_64-windows-gnu"),
        ("win32", "x86-windows-gnu"),
        ("manylinux_2_28_aarch64", "aarch64-linux-gnu.2.28"),
        ("manylinux_2_17_x86_64", "x86_64-linux-gnu.2.17"),
        ("linux_aarch64", "aarch64-linux-gnu.2.17"),
        ("manylinux_2_28_i686", "x86-linux-gnu.2.28"),
        ("manylinux_2_31_armv7l", "arm-linux-gnueabihf.2.31"),
        ("manylinux_2_28_ppc64le", "powerpc64le-linux-gnu.2.28"),
        # zig has no older one.
        ("manylinux_2_17_ppc64le", "powerpc64le-linux-gnu.2.19"),
        ("linux_riscv64", "riscv64-linux-gnu.2.31"),
        ("musllinux_1_2_i686", "x86-linux-musl"),
        ("musllinux_1_2_armv7l", "arm-linux-musleabihf"),
        ("macosx_11_0_arm64", "aarch64-macos.11.0"),
        ("macosx_10_13_x86_64", "x86_64-macos.10.13"),
    ],
)
def test_zig_target(tag: str, target: str) -> None:
    assert parse_platform(tag, source="--target").zig_target == target


@pytest.mark.parametrize(
    ("tag", "machine"),
    [
        ("win_arm64", ("PE", 0xAA64)),
        ("win_amd64", ("PE", 0x8664)),
        ("win32", ("PE", 0x14C)),
        ("linux_aarch64", ("ELF", 183)),
        ("linux_x86_64", ("ELF", 62)),
        ("linux_i686", ("ELF", 3)),
        ("musllinux_1_2_armv7l", ("ELF", 40)),
        ("linux_ppc64le", ("ELF", 21)),
        ("linux_s390x", ("ELF", 22)),
        ("linux_riscv64", ("ELF", 243)),
        ("macosx_11_0_arm64", ("Mach-O", 0x0100000C)),
        ("macosx_10_13_x86_64", ("Mach-O", 0x01000007)),
    ],
)
def test_machine(tag: str, machine: tuple[str, int]) -> None:
    assert parse_platform(tag, source="--target").row.machine == machine


@pytest.mark.parametrize(
    ("alias", "meant"),
    [
        ("windows-arm64", "win_arm64"),
        ("windows_arm64", "win_arm64"),
        ("win-arm64", "win_arm64"),
        ("WIN_ARM64", "win_arm64"),
        (" win_arm64 ", "win_arm64"),
        ("windows-aarch64", "win_arm64"),
        ("aarch64-windows-gnu", "win_arm64"),
        ("aarch64-pc-windows-msvc", "win_arm64"),
        ("win-x86_64", "win_amd64"),
        ("windows-x64", "win_amd64"),
        ("win-amd64", "win_amd64"),
        ("x86_64-pc-windows-msvc", "win_amd64"),
        ("windows-x86", "win32"),
        ("i686-pc-windows-msvc", "win32"),
        ("Win32", "win32"),
        ("linux-aarch64", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("linux-arm64", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("linux_arm64", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("aarch64-linux-gnu", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("aarch64-unknown-linux-gnu", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("x86_64-linux-gnu", "manylinux_2_28_x86_64 or linux_x86_64"),
        ("i386-linux-gnu", "manylinux_2_28_i686 or linux_i686"),
        ("arm-linux-gnueabihf", "manylinux_2_28_armv7l or linux_armv7l"),
        ("linux-armhf", "manylinux_2_28_armv7l or linux_armv7l"),
        ("powerpc64le-unknown-linux-gnu", "manylinux_2_28_ppc64le or linux_ppc64le"),
        ("linux-riscv64", "manylinux_2_31_riscv64 or linux_riscv64"),
        ("aarch64-linux-musl", "musllinux_1_2_aarch64"),
        ("i686-unknown-linux-musl", "musllinux_1_2_i686"),
        ("musllinux_1_2_arm64", "musllinux_1_2_aarch64"),
        ("macos-arm64", "macosx_11_0_arm64"),
        ("aarch64-apple-darwin", "macosx_11_0_arm64"),
        ("macosx-11.0-arm64", "macosx_11_0_arm64"),
        ("darwin-aarch64", "macosx_11_0_arm64"),
        ("macos-x64", "macosx_10_9_x86_64"),
        ("MANYLINUX2014-AARCH64", "manylinux2014_aarch64"),
        ("manylinux2014_arm64", "manylinux2014_aarch64"),
        ("manylinux_2_34_arm64", "manylinux_2_34_aarch64"),
        ("alpine-arm64", "musllinux_1_2_aarch64"),
        ("win64", "win_amd64"),
        ("linux/arm64", "manylinux_2_28_aarch64 or linux_aarch64"),
        ("x86_64-pc-linux-gnu", "manylinux_2_28_x86_64 or linux_x86_64"),
        ("aarch64-pc-windows-gnullvm", "win_arm64"),
    ],
)
def test_another_name_for_a_platform_is_told_its_tag(alias: str, meant: str) -> None:
    error = refusal(alias)
    assert error.message == f"--target: unknown wheel platform tag {alias!r}"
    assert error.hint == f"did you mean {meant}?"


@pytest.mark.parametrize(
    ("part", "meant"),
    [
        ("manylinux_2_28", "manylinux_2_28_x86_64, manylinux_2_28_aarch64 or"),
        ("manylinux2014", "manylinux2014_x86_64, manylinux2014_aarch64 or"),
        ("manylinux", "manylinux_2_28_x86_64, manylinux_2_28_aarch64 or"),
        ("linux", "manylinux_2_28_x86_64, manylinux_2_28_aarch64 or"),
        ("musllinux_1_2", "musllinux_1_2_x86_64, musllinux_1_2_aarch64 or"),
        ("ubuntu", "manylinux_2_28_x86_64, manylinux_2_28_aarch64 or"),
        ("alpine", "musllinux_1_2_x86_64, musllinux_1_2_aarch64 or"),
        ("macos", "macosx_10_9_x86_64 or macosx_11_0_arm64"),
        ("macosx_12_0", "macosx_12_0_x86_64 or macosx_12_0_arm64"),
        ("windows", "win_amd64, win_arm64 or win32"),
        ("arm64", "manylinux_2_28_aarch64, win_arm64 or macosx_11_0_arm64;"),
        ("aarch64", "manylinux_2_28_aarch64, win_arm64 or macosx_11_0_arm64;"),
        ("AMD64", "manylinux_2_28_x86_64, win_amd64 or macosx_10_9_x86_64;"),
        ("i386", "manylinux_2_28_i686, win32 or musllinux_1_2_i686"),
        ("ppc64le", "manylinux_2_28_ppc64le or musllinux_1_2_ppc64le"),
    ],
)
def test_a_part_of_a_name_is_told_what_it_may_be(part: str, meant: str) -> None:
    hint = refusal(part).hint
    assert hint is not None
    assert hint.startswith(f"which one? {meant}")


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [
        ("android_21_arm64_v8a", "cibuildwheel"),
        ("ios_13_0_arm64_iphoneos", "cibuildwheel"),
        ("pyodide_2025_0_wasm32", "pyodide build"),
        ("pyemscripten_2026_0_wasm32", "pyodide build"),
        ("macosx_11_0_universal2", "--target macosx_11_0_arm64 --target macosx_10_9_x86_64"),
        ("universal2", "--target macosx_11_0_arm64 --target macosx_10_9_x86_64"),
        ("any", "python -m build"),
        ("wasm", "pyodide build"),
        ("wasm32", "pyodide build"),
        ("native", "python -m build"),
        ("freebsd-14-amd64", "PyPI takes no wheels for it"),
    ],
)
def test_what_is_known_of_other_platforms(elsewhere: str, said: str) -> None:
    assert said in (refusal(elsewhere).hint or "")


@pytest.mark.parametrize(
    ("tag", "glibc"),
    [
        ("manylinux2014_aarch64", (2, 17)),
        ("manylinux2014_s390x", (2, 17)),
        ("manylinux2010_x86_64", (2, 12)),
        ("manylinux1_i686", (2, 5)),
        ("manylinux_2_5_x86_64", (2, 5)),
    ],
)
def test_tags_before_pep_600(tag: str, glibc: tuple[int, int]) -> None:
    platform = parse_platform(tag, source="--target")
    assert (platform.tag, platform.glibc) == (tag, glibc)
    # The same promise by both of its names, and no newer one.
    named = dict(platform.system.versioned_tags(platform))
    assert named[tag] == glibc
    assert named["manylinux_{}_{}_{}".format(*glibc, platform.row.arch)] == glibc
    assert max(named.values()) == glibc


@pytest.mark.parametrize("tag", ["manylinux1_aarch64", "manylinux2010_s390x", "manylinux2014_mips"])
def test_tags_before_pep_600_of_processors_that_had_none(tag: str) -> None:
    assert refusal(tag).message.startswith("--target: unknown wheel platform tag")


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("manylinux_2_28_arch64", "manylinux_2_28_aarch64"),
        ("manylinux_228_aarch64", "manylinux_2_28_aarch64"),
        ("linux_aarch46", "linux_aarch64"),
        ("win_arm46", "win_arm64"),
        ("win_amd", "win_amd64"),
    ],
)
def test_a_typo_is_told_the_tag_first(typo: str, meant: str) -> None:
    hint = refusal(typo).hint
    assert hint is not None
    assert hint.startswith(f"did you mean {meant}")


@pytest.mark.parametrize(
    ("alias", "meant"),
    [
        ("manylinux_2_28_arm64", "manylinux_2_28_aarch64"),
        ("manylinux_2_28_x64", "manylinux_2_28_x86_64"),
        ("win_x86", "win32"),
        ("manylinux_2_28_amd64", "manylinux_2_28_x86_64"),
        ("linux-amd64", "manylinux_2_28_x86_64"),
        ("win_x64", "win_amd64"),
    ],
)
def test_the_first_guess_is_of_the_processor_that_was_named(alias: str, meant: str) -> None:
    hint = refusal(alias).hint
    assert hint is not None
    assert hint.startswith(f"did you mean {meant}")


@pytest.mark.parametrize(
    "tag", ["", "any", "x", "solaris_sparc", "macosx_11_0_universal2", "musllinux_1_2_mips"]
)
def test_an_unknown_tag_is_answered_with_the_known_ones(tag: str) -> None:
    error = refusal(tag)
    assert error.message == f"--target: unknown wheel platform tag {tag!r}"
    assert error.hint is not None


def test_a_tag_like_no_other_lists_the_known_ones() -> None:
    assert str(refusal("solaris_sparc").hint).startswith(
        "`crosshook targets` lists all; win_arm64, "
    )


@pytest.mark.parametrize("tag", ["manylinux_2_16_aarch64", "manylinux_2_4_i686"])
def test_a_glibc_that_is_too_old(tag: str) -> None:
    error = refusal(tag)
    major, minor, arch = tag.split("_", 3)[1:]
    assert error.message == f"--target: {tag!r} asks for glibc {major}.{minor}, which is not " + (
        "supported"
    )
    oldest = {"aarch64": "2_17", "i686": "2_5"}[arch]
    assert error.hint == f"the oldest is manylinux_{oldest}_{arch}"


@pytest.mark.parametrize(
    ("tag", "asked", "oldest"),
    [
        ("manylinux_3_0_x86_64", "glibc 3.0", "manylinux_2_5_x86_64"),
        ("manylinux_2_28_riscv64", "glibc 2.28", "manylinux_2_31_riscv64"),
        ("musllinux_1_1_x86_64", "musl 1.1", "musllinux_1_2_x86_64"),
        ("musllinux_2_0_x86_64", "musl 2.0", "musllinux_1_2_x86_64"),
        ("macosx_10_15_arm64", "macOS 10.15", "macosx_11_0_arm64"),
        ("macosx_10_8_x86_64", "macOS 10.8", "macosx_10_9_x86_64"),
        ("macosx_10_17_x86_64", "macOS 10.17", "macosx_10_9_x86_64"),
        ("macosx_14_2_arm64", "macOS 14.2", "macosx_11_0_arm64"),
    ],
)
def test_a_version_that_is_too_old_or_that_no_tag_has(tag: str, asked: str, oldest: str) -> None:
    error = refusal(tag)
    assert error.message == f"--target: {tag!r} asks for {asked}, which is not supported"
    assert error.hint == f"the oldest is {oldest}"


@pytest.mark.parametrize(
    ("tag", "platform"),
    [
        ("macosx_11_0_arm64", "macosx-11.0-arm64"),
        ("macosx_14_0_arm64", "macosx-14.0-arm64"),
        ("macosx_10_13_x86_64", "macosx-10.13-x86_64"),
        ("musllinux_1_2_i686", "linux-i686"),
    ],
)
def test_sysconfig_platform(tag: str, platform: str) -> None:
    assert parse_platform(tag, source="--target").sysconfig_platform == platform


def test_what_the_flags_of_an_elf_header_tell() -> None:
    arm = parse_platform("linux_armv7l", source="--target").row
    mask, wanted = arm.elf_abi
    # As Debian's gcc and zig write them, and as one for software floating point.
    assert 0x5000400 & mask == wanted
    assert 0x5000200 & mask != wanted


@pytest.mark.parametrize("row", MUSL.rows, ids=lambda row: row.arch)
def test_musl_is_known_by_its_own_name(row: Row) -> None:
    names = {"i686": "x86", "armv7l": "armv7"}
    assert row.system.libc_soname(row) == f"libc.musl-{names.get(row.arch, row.arch)}.so.1"


@pytest.mark.parametrize(
    "tag",
    [
        "win_arm64\n",
        "win32_arm64",
        "win_arm64.win_amd64",
        "manylinux_2_28_aarch64 ",
        "manylinux_2_٢8_aarch64",
        "manylinux_02_028_aarch64",
    ],
)
def test_what_only_looks_like_a_tag(tag: str) -> None:
    refusal(tag)


def test_the_source_is_named() -> None:
    with pytest.raises(TargetError, match=r"^target\.platform_tag: "):
        parse_platform("nonsense", source="target.platform_tag")


def test_rust_targets_for_windows_without_msvc() -> None:
    by_tag = {row.plain_tag: row.rust.mingw for row in ROWS}
    assert by_tag["win_arm64"] == ("aarch64-pc-windows-gnullvm",)
    assert by_tag["win_amd64"] == ("x86_64-pc-windows-gnullvm", "x86_64-pc-windows-gnu")
    assert by_tag["win32"] == ("i686-pc-windows-gnullvm", "i686-pc-windows-gnu")
    assert by_tag["musllinux_1_2_x86_64"] == by_tag["macosx_11_0_arm64"] == ()
