"""Code that is no shared library, or for another system, or that its loader refuses."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target, target_remarks
from tests.factory import ARM64, make_archive, make_elf, make_fat, make_mach_o, make_pe, make_wheel
from tests.wheel.conftest import MakePromise

LINUX, MACOS, WINDOWS = "manylinux_2_28_aarch64", "macosx_11_0_arm64", "win_arm64"
NAMES = {
    LINUX: "demo/_core.cpython-313-aarch64-linux-gnu.so",
    MACOS: "demo/_core.cpython-313-darwin.so",
    WINDOWS: "demo/_core.cp313-win_arm64.pyd",
}
GOOD = {LINUX: make_elf(), MACOS: make_mach_o(), WINDOWS: make_pe()}


def problems(directory: Path, promise: Promise, files: Mapping[str, bytes]) -> tuple[str, ...]:
    tag = promise.platform.tag
    path = make_wheel(directory, files, tag=f"cp313-cp313-{tag}", purelib=False)
    try:
        accept_for_target(path, promise)
    except RefusedWheel as refused:
        return refused.problems
    return ()


@pytest.mark.parametrize(
    ("tag", "data", "what"),
    [
        (LINUX, make_elf(kind=1), "ELF relocatable for aarch64"),
        (LINUX, make_elf(kind=2), "ELF executable for aarch64"),
        (LINUX, make_archive(), "ar archive"),
        (MACOS, make_mach_o(kind=1, signed=False), "Mach-O relocatable for arm64"),
        (MACOS, make_mach_o(kind=2), "Mach-O executable for arm64"),
        (MACOS, make_mach_o(kind=0xA, signed=False), "Mach-O debug symbols for arm64"),
        (MACOS, make_mach_o(kind=0xB, signed=False), "Mach-O kernel extension for arm64"),
        (WINDOWS, make_pe(characteristics=0x22), "PE executable for aarch64"),
    ],
)
def test_a_module_that_is_no_shared_library(
    tmp_path: Path, make_promise: MakePromise, tag: str, data: bytes, what: str
) -> None:
    files = {NAMES[tag]: GOOD[tag], NAMES[tag].replace("_core", "_other"): data}
    said = "\n".join(problems(tmp_path, make_promise(tag), files))
    assert f"named as a shared library, and is an {what}" in said


def test_debug_symbols_beside_a_module(tmp_path: Path, make_promise: MakePromise) -> None:
    module = NAMES[MACOS]
    symbols = f"{module}.dSYM/Contents/Resources/DWARF/_core.cpython-313-darwin.so"
    files = {module: GOOD[MACOS], symbols: make_mach_o(kind=0xA, signed=False)}
    assert problems(tmp_path, make_promise(MACOS), files) == ()


@pytest.mark.parametrize(
    "files",
    [
        {"demo/a.o": make_elf(62, kind=1)},
        {"demo/a.a": make_archive()},
        {"demo/a.o": make_elf(62, kind=1), "demo/a.a": make_archive()},
    ],
)
def test_a_wheel_with_no_code_for_the_target(
    tmp_path: Path, make_promise: MakePromise, files: Mapping[str, bytes]
) -> None:
    (problem,) = problems(tmp_path, make_promise(LINUX), files)
    assert "no code for it is in it" in problem


@pytest.mark.parametrize(
    "files", [{"demo/a.a": make_archive(make_elf(kind=1))}, {"demo/a.o": make_elf(kind=1)}]
)
def test_code_to_be_linked_is_code(
    tmp_path: Path, make_promise: MakePromise, files: Mapping[str, bytes]
) -> None:
    assert problems(tmp_path, make_promise(LINUX), files) == ()


@pytest.mark.parametrize("name", ["demo/_core.abi3.so", "demo/_core.abi3t-aarch64-linux-gnu.so"])
def test_a_name_of_the_stable_abi_that_holds_no_code(
    tmp_path: Path, make_promise: MakePromise, name: str
) -> None:
    files = {NAMES[LINUX]: GOOD[LINUX], name: b"to be linked"}
    assert problems(tmp_path, make_promise(LINUX), files) == (
        f"{name}: named as an extension module, and no object file",
    )


# ELF


def test_an_executable_stack(tmp_path: Path, make_promise: MakePromise) -> None:
    (problem,) = problems(tmp_path, make_promise(LINUX), {NAMES[LINUX]: make_elf(stack=7)})
    assert "needs an executable stack" in problem


def test_text_relocations_are_remarked(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_elf(entries={22: 0})
    tag = f"cp313-cp313-{LINUX}"
    wheel = accept_for_target(
        make_wheel(tmp_path, {NAMES[LINUX]: data}, tag=tag, purelib=False), make_promise(LINUX)
    )
    assert target_remarks(wheel, make_promise(LINUX)) == (
        f"{NAMES[LINUX]}: has text relocations, which hardened systems refuse",
    )


def test_a_library_that_has_only_sections(tmp_path: Path, make_promise: MakePromise) -> None:
    data = bytearray(make_elf())
    # The dynamic segment becomes a note, which the loader passes over.
    struct.pack_into("<I", data, 64 + 56, 4)
    said = problems(tmp_path, make_promise(LINUX), {NAMES[LINUX]: bytes(data)})
    assert f"{NAMES[LINUX]}: has no dynamic segment, so that no loader takes it" in said


# Mach-O


@pytest.mark.parametrize(
    ("platform", "name"),
    [(2, "iOS"), (3, "tvOS"), (6, "Mac Catalyst"), (7, "the iOS simulator"), (99, "platform 99")],
)
def test_another_platform_of_apples(
    tmp_path: Path, make_promise: MakePromise, platform: int, name: str
) -> None:
    files = {NAMES[MACOS]: make_mach_o(platform=platform)}
    (problem,) = problems(tmp_path, make_promise(MACOS), files)
    assert problem == f"{NAMES[MACOS]}: for {name}; {MACOS} needs macOS"


def test_a_file_that_names_no_system(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {NAMES[MACOS]: make_mach_o(macos=None)}
    (problem,) = problems(tmp_path, make_promise(MACOS), files)
    assert problem == f"{NAMES[MACOS]}: does not say which macOS it needs"


def test_signed_pointers_are_another_machine(tmp_path: Path, make_promise: MakePromise) -> None:
    signed = make_mach_o(subtype=0x80000002)
    (problem,) = problems(tmp_path, make_promise(MACOS), {NAMES[MACOS]: signed})
    assert "Mach-O shared library for arm64e; macosx_11_0_arm64 needs Mach-O for arm64" in problem
    both = make_fat(make_mach_o(), signed)
    assert problems(tmp_path, make_promise(MACOS), {NAMES[MACOS]: both}) == ()


def test_the_part_that_is_loaded_is_checked(tmp_path: Path, make_promise: MakePromise) -> None:
    intel = make_mach_o(0x01000007, platform=2, needed=("/opt/lib/x.dylib",), macos=(15, 0))
    files = {NAMES[MACOS]: make_fat(intel, make_mach_o())}
    assert problems(tmp_path, make_promise(MACOS), files) == ()


def test_code_without_a_signature(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {NAMES[MACOS]: make_mach_o(signed=False)}
    (problem,) = problems(tmp_path, make_promise(MACOS), files)
    assert "has no code signature" in problem


def test_code_that_was_changed_after_it_was_signed(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    data = make_mach_o().replace(b"_PyInit__core", b"_PyInit__cure")
    files = {NAMES[MACOS].replace("_core", "_cure"): data}
    (problem,) = problems(tmp_path, make_promise(MACOS), files)
    assert "has a code signature that is not of its content" in problem


def test_intel_needs_no_signature(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = make_promise("macosx_10_13_x86_64")
    files = {NAMES[MACOS]: make_mach_o(0x01000007, macos=(10, 13), signed=False)}
    assert problems(tmp_path, promise, files) == ()


@pytest.mark.parametrize(("needs", "fits"), [((11, 3), True), ((12, 0), False), ((10, 16), True)])
def test_tags_name_no_second_number_from_macos_11_on(
    tmp_path: Path, make_promise: MakePromise, needs: tuple[int, int], fits: bool
) -> None:
    files = {NAMES[MACOS]: make_mach_o(macos=needs)}
    assert (problems(tmp_path, make_promise(MACOS), files) == ()) == fits


# PE


@pytest.mark.parametrize(
    ("subsystem", "name"), [(1, "native"), (9, "Windows CE"), (10, "EFI"), (77, "subsystem 77")]
)
def test_another_subsystem(
    tmp_path: Path, make_promise: MakePromise, subsystem: int, name: str
) -> None:
    files = {NAMES[WINDOWS]: make_pe(subsystem=subsystem)}
    (problem,) = problems(tmp_path, make_promise(WINDOWS), files)
    assert problem == f"{NAMES[WINDOWS]}: for {name}; win_arm64 needs Windows"


def test_a_windows_that_is_newer_than_every_one(tmp_path: Path, make_promise: MakePromise) -> None:
    assert (
        problems(tmp_path, make_promise(WINDOWS), {NAMES[WINDOWS]: make_pe(windows=(10, 0))}) == ()
    )
    files = {NAMES[WINDOWS]: make_pe(windows=(10, 1))}
    (problem,) = problems(tmp_path, make_promise(WINDOWS), files)
    assert problem == f"{NAMES[WINDOWS]}: for Windows 10.1 and newer; its tag is win_arm64"


def test_arm64_is_the_usual_processor() -> None:
    assert int.from_bytes(make_mach_o()[4:8], "little") == ARM64
