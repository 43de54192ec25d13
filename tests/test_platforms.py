"""The table of platforms, and what a wrong tag is answered with."""

from __future__ import annotations

import dataclasses

import pytest

from crosshook.errors import TargetError
from crosshook.platforms import OLDEST_GLIBC, ROWS, SYSTEMS, Row, example_tags, parse_platform


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
    assert platform.glibc == (OLDEST_GLIBC if row.system == "linux" else None)


@pytest.mark.parametrize("row", [r for r in ROWS if r.system == "linux"], ids=lambda row: row.arch)
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
    ["sysconfig_platform", "plain_tag", "zig_triple", "rust_triple", "machine"],
)
def test_a_name_belongs_to_one_row(column: str) -> None:
    values = [getattr(row, column) for row in ROWS]
    assert len(set(values)) == len(values)


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
        ("manylinux2014_aarch64", "manylinux_2_17_aarch64"),
        ("manylinux2014_x86_64", "manylinux_2_17_x86_64"),
        ("manylinux2010_x86_64", "manylinux_2_17_x86_64"),
        ("manylinux1_x86_64", "manylinux_2_17_x86_64"),
        ("MANYLINUX2014-AARCH64", "manylinux_2_17_aarch64"),
    ],
)
def test_another_name_for_a_platform_is_told_its_tag(alias: str, meant: str) -> None:
    error = refusal(alias)
    assert error.message == f"--target: unknown wheel platform tag {alias!r}"
    assert error.hint == f"did you mean {meant}?"


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
    "tag", ["", "any", "x", "solaris_sparc", "macosx_11_0_arm64", "musllinux_1_2_aarch64"]
)
def test_an_unknown_tag_is_answered_with_the_known_ones(tag: str) -> None:
    error = refusal(tag)
    assert error.message == f"--target: unknown wheel platform tag {tag!r}"
    assert error.hint is not None


def test_a_tag_like_no_other_lists_the_known_ones() -> None:
    assert refusal("solaris_sparc").hint == f"known: {', '.join(example_tags())}"


@pytest.mark.parametrize("tag", ["manylinux_2_16_aarch64", "manylinux_2_5_x86_64"])
def test_a_glibc_that_is_too_old(tag: str) -> None:
    error = refusal(tag)
    major, minor, arch = tag.split("_", 3)[1:]
    assert error.message == f"--target: {tag!r} asks for glibc {major}.{minor}, which is not " + (
        "supported"
    )
    assert error.hint == f"the oldest is manylinux_2_17_{arch}"


def test_a_glibc_that_does_not_exist() -> None:
    assert "glibc 3.0" in refusal("manylinux_3_0_x86_64").message


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
