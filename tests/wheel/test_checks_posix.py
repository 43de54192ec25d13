"""Wheels for Linux's other processors, for musl and for macOS, made by hand, against the checks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.pythons.description import extension_suffixes
from crosshook.target.platforms import parse_platform
from crosshook.target.promise import Promise
from crosshook.target.system_libraries import is_macos_library, is_musllinux_library
from crosshook.target.systems import ROWS, Row
from crosshook.wheel.checks import accept_for_target
from tests.conftest import PY313
from tests.factory import make_elf, make_fat, make_mach_o, make_wheel
from tests.wheel.conftest import MakePromise

INTEL, ARM = 0x01000007, 0x0100000C
LIBSYSTEM = "/usr/lib/libSystem.B.dylib"


def wheel(
    directory: Path,
    target_tag: str,
    data: bytes,
    *,
    tags: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Path:
    suffix = extension_suffixes(parse_platform(target_tag, source="test"), PY313)[0]
    tag = f"cp313-cp313-{tags or target_tag}"
    return make_wheel(
        directory, {f"demo/_core{suffix}": data, **(files or {})}, tag=tag, purelib=False
    )


def refused(path: Path, promise: Promise) -> str:
    with pytest.raises(RefusedWheel) as caught:
        accept_for_target(path, promise)
    return "\n".join(caught.value.problems)


def plain_elf(row: Row, *, flags: int | None = None) -> bytes:
    """Return a module for a row's machine, linked to nothing."""
    return make_elf(
        row.machine[1],
        needed=(),
        flags=row.elf_abi[1] if flags is None else flags,
        wide=row.processor.pointer_size == 8,
        order=">" if row.processor.big_endian else "<",
    )


LINUX = [row for row in ROWS if row.system.libc is not None]


@pytest.mark.parametrize("row", LINUX, ids=lambda row: row.plain_tag)
def test_each_processor_takes_its_own_code_only(
    tmp_path: Path, make_promise: MakePromise, row: Row
) -> None:
    for other in LINUX:
        if other.system != row.system:
            continue
        path = wheel(tmp_path, row.plain_tag, plain_elf(other))
        if other is row:
            accept_for_target(path, make_promise(row.plain_tag))
        else:
            said = refused(path, make_promise(row.plain_tag))
            assert f"needs ELF for {row.machine_name}" in said
            assert f"for {other.machine_name}" in said


@pytest.mark.parametrize(
    ("tag", "flags", "wanted"),
    [("linux_riscv64", 0x1, 0x5), ("musllinux_1_2_riscv64", 0x3, 0x4)],
)
def test_another_calling_convention(
    tmp_path: Path, make_promise: MakePromise, tag: str, flags: int, wanted: int
) -> None:
    accept_for_target(
        wheel(tmp_path, tag, make_elf(243, needed=(), flags=wanted)), make_promise(tag)
    )
    said = refused(wheel(tmp_path, tag, make_elf(243, needed=(), flags=flags)), make_promise(tag))
    assert f"of another calling convention (flags 0x{flags:x})" in said


def test_software_floating_point_on_arm(tmp_path: Path, make_promise: MakePromise) -> None:
    row = parse_platform("linux_armv7l", source="test").row
    data = plain_elf(row, flags=0x5000200)
    said = refused(wheel(tmp_path, "linux_armv7l", data), make_promise("linux_armv7l"))
    assert "of another calling convention (flags 0x5000200)" in said


# musl


@pytest.mark.parametrize("library", ["libc.musl-x86_64.so.1", "libc.so", "libz.so.1"])
def test_what_every_musl_system_has(
    tmp_path: Path, make_promise: MakePromise, library: str
) -> None:
    path = wheel(tmp_path, "musllinux_1_2_x86_64", make_elf(62, needed=(library,)))
    accept_for_target(path, make_promise("musllinux_1_2_x86_64"))


@pytest.mark.parametrize(
    "library", ["libc.so.6", "libc.musl-aarch64.so.1", "libgcc_s.so.1", "libstdc++.so.6"]
)
def test_what_not_every_musl_system_has(
    tmp_path: Path, make_promise: MakePromise, library: str
) -> None:
    path = wheel(tmp_path, "musllinux_1_2_x86_64", make_elf(62, needed=(library,)))
    said = refused(path, make_promise("musllinux_1_2_x86_64"))
    assert f"linked to {library}, which not every musllinux_1_2_x86_64 has" in said
    assert not is_musllinux_library(library, musl="libc.musl-x86_64.so.1")


def test_code_for_musl_that_is_also_offered_to_glibc(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    tag = "musllinux_1_2_x86_64"
    tags = f"{tag}.manylinux_2_28_x86_64"
    data = make_elf(62, needed=("libc.musl-x86_64.so.1",))
    said = refused(wheel(tmp_path, tag, data, tags=tags), make_promise(tag))
    assert "its tags also say manylinux_2_28_x86_64" in said
    # What is linked to no library runs on either.
    accept_for_target(wheel(tmp_path, tag, make_elf(62, needed=()), tags=tags), make_promise(tag))


def test_a_bare_linux_tag_is_not_what_was_asked_for(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    path = wheel(tmp_path, "musllinux_1_2_x86_64", make_elf(62, needed=()), tags="linux_x86_64")
    said = refused(path, make_promise("musllinux_1_2_x86_64"))
    assert "tag cp313-cp313-linux_x86_64" in said


# macOS


def test_macos(tmp_path: Path, make_promise: MakePromise) -> None:
    found = accept_for_target(
        wheel(tmp_path, "macosx_11_0_arm64", make_mach_o()), make_promise("macosx_11_0_arm64")
    )
    assert found.objects[0].name == "demo/_core.cpython-313-darwin.so"


def test_the_other_processor(tmp_path: Path, make_promise: MakePromise) -> None:
    said = refused(
        wheel(tmp_path, "macosx_11_0_arm64", make_mach_o(INTEL)), make_promise("macosx_11_0_arm64")
    )
    assert "Mach-O shared library for x86_64; macosx_11_0_arm64 needs Mach-O for arm64" in said


def test_elf_under_a_name_for_macos(tmp_path: Path, make_promise: MakePromise) -> None:
    said = refused(
        wheel(tmp_path, "macosx_11_0_arm64", make_elf(183)), make_promise("macosx_11_0_arm64")
    )
    assert "ELF shared library for aarch64; macosx_11_0_arm64 needs Mach-O for arm64" in said


def test_fat_files(tmp_path: Path, make_promise: MakePromise) -> None:
    both = make_fat(make_mach_o(INTEL, macos=(10, 13)), make_mach_o())
    for tags in ("macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_10_13_universal2"):
        path = wheel(tmp_path, "macosx_11_0_arm64", both, tags=tags)
        accept_for_target(path, make_promise("macosx_11_0_arm64"))
    said = refused(
        wheel(tmp_path, "macosx_11_0_arm64", make_mach_o(), tags="macosx_11_0_universal2"),
        make_promise("macosx_11_0_arm64"),
    )
    assert "its tags also say macosx_11_0_universal2" in said


@pytest.mark.parametrize("before_2018", [False, True])
@pytest.mark.parametrize(
    ("target", "cpu", "macos", "fits"),
    [
        ("macosx_10_13_x86_64", INTEL, (10, 13), True),
        ("macosx_10_13_x86_64", INTEL, (10, 9), True),
        ("macosx_10_13_x86_64", INTEL, (10, 15), False),
        ("macosx_11_0_arm64", ARM, (11, 0), True),
        ("macosx_11_0_arm64", ARM, (15, 0), False),
        ("macosx_14_0_arm64", ARM, (13, 3), True),
    ],
)
def test_the_oldest_macos_of_the_code(
    tmp_path: Path,
    make_promise: MakePromise,
    target: str,
    cpu: int,
    macos: tuple[int, int],
    fits: bool,
    before_2018: bool,
) -> None:
    path = wheel(tmp_path, target, make_mach_o(cpu, macos=macos, before_2018=before_2018))
    if fits:
        accept_for_target(path, make_promise(target))
    else:
        said = refused(path, make_promise(target))
        assert f"for macOS {macos[0]}.{macos[1]} and newer; its tag is {target}" in said


def test_a_wheel_is_held_to_the_oldest_macos_that_it_names(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    data = make_mach_o(INTEL, macos=(10, 15))
    path = wheel(tmp_path, "macosx_10_15_x86_64", data, tags="macosx_10_9_x86_64")
    said = refused(path, make_promise("macosx_10_15_x86_64"))
    assert "for macOS 10.15 and newer; its tag is macosx_10_9_x86_64" in said


@pytest.mark.parametrize(
    ("library", "why"),
    [
        ("/opt/homebrew/lib/libfoo.1.dylib", "which not every macosx_11_0_arm64 has"),
        ("@rpath/libfoo.dylib", "which not every macosx_11_0_arm64 has"),
        (
            "/Library/Frameworks/Python.framework/Versions/3.13/Python",
            "which many a Python for Darwin lacks",
        ),
        ("@rpath/libpython3.13.dylib", "which many a Python for Darwin lacks"),
    ],
)
def test_libraries_that_macos_does_not_bring(
    tmp_path: Path, make_promise: MakePromise, library: str, why: str
) -> None:
    data = make_mach_o(needed=(LIBSYSTEM, library))
    said = refused(wheel(tmp_path, "macosx_11_0_arm64", data), make_promise("macosx_11_0_arm64"))
    assert f"linked to {library}, {why}" in said


def test_libraries_that_macos_or_the_wheel_brings(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    framework = "/System/Library/Frameworks/Accelerate.framework/Versions/A/Accelerate"
    data = make_mach_o(needed=(LIBSYSTEM, framework, "@loader_path/.dylibs/libdemo.dylib"))
    path = wheel(
        tmp_path,
        "macosx_11_0_arm64",
        data,
        files={"demo/.dylibs/libdemo.dylib": make_mach_o(exports=())},
    )
    accept_for_target(path, make_promise("macosx_11_0_arm64"))
    assert is_macos_library(framework)
