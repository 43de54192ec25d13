"""The program that stands for the C compiler when rustc links."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters import _rust_linking, rust_driver
from tests.conftest import MakeTarget

ZIG = ("zig", "cc")


def adjusted(make_target: MakeTarget, tag: str, arguments: Sequence[str]) -> list[str]:
    settings = _rust_linking.linking(make_target(tag), ZIG, zig=True)
    return rust_driver.adjust(arguments, settings)


def test_linux(make_target: MakeTarget) -> None:
    given = ["a.o", "-lgcc_s", "-lc", "-shared", "-o", "x.so"]
    assert adjusted(make_target, "linux_aarch64", given) == [
        "a.o", "-lunwind", "-lc", "-shared", "-o", "x.so",
    ]  # fmt: skip


def test_macos(make_target: MakeTarget) -> None:
    given = ["--target=arm64-apple-macosx", "a.o", "-liconv", "-dynamiclib"]
    assert adjusted(make_target, "macosx_11_0_arm64", given) == ["a.o", "-dynamiclib", "-s"]


IMPLIB = ["-Xlinker", "--out-implib", "-Xlinker", "{scratch}/unused-import-library.lib"]


def test_windows(make_target: MakeTarget) -> None:
    given = ["-Wl,-Bdynamic", "a.o", "-lgcc_eh", "-lkernel32"]
    given += ["/rust/lib/rsbegin.o", "-nodefaultlibs"]
    assert adjusted(make_target, "win_amd64", [*given, "-shared"]) == [
        "a.o", "-lunwind", "-lkernel32", "-shared",
        "/pythons/libs/python313.lib", *IMPLIB,
    ]  # fmt: skip


def test_programs_get_no_import_library(make_target: MakeTarget) -> None:
    assert adjusted(make_target, "win_amd64", ["a.o"]) == ["a.o"]


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("-lpython313", "/pythons/libs/python313.lib"),
        ("-lpython3", "/pythons/libs/python3.lib"),
    ],
)
def test_pythons_import_library_is_given_by_its_path(
    make_target: MakeTarget, named: str, path: str
) -> None:
    words = adjusted(make_target, "win_amd64", ["a.o", named, "-shared"])
    assert words[1] == path
    assert words.count("/pythons/libs/python313.lib") == 1
    assert words[-4:] == IMPLIB


def test_another_compiler_is_told_what_rustc_says(make_target: MakeTarget) -> None:
    given = ["--target=x", "-lgcc_s", "-nodefaultlibs", "-Wl,--fix-cortex-a53-843419"]
    settings = _rust_linking.linking(make_target("linux_aarch64"), ("gcc",), zig=False)
    assert rust_driver.adjust(given, settings) == given


def test_compiling() -> None:
    given = ["--target=aarch64-unknown-linux-gnu", "-O2", "-c", "a.c"]
    zig = _rust_linking.compiling(ZIG, zig=True)
    assert rust_driver.adjust(given, zig) == ["-O2", "-c", "a.c"]
    assert rust_driver.adjust(given, _rust_linking.compiling(("gcc",), zig=False)) == given


@pytest.mark.parametrize(
    ("printed", "zig"),
    [
        (' "/venv/lib/ziglang/zig" -cc1 -triple x', True),
        (' "C:\\venv\\ziglang\\zig.exe" -cc1 -triple x', True),
        (' "/usr/lib/llvm-19/bin/clang" -cc1 -triple x', False),
        ("InstalledDir: /home/zig\n", False),
    ],
)
def test_which_compiler_is_zig(printed: str, zig: bool) -> None:
    assert _rust_linking.is_zig(printed) is zig


def test_a_process_of_its_own(tmp_path: Path) -> None:
    """With a response file, and the exit code of what it calls."""
    show = "import json, sys; print(json.dumps(sys.argv[1:])); sys.exit(7)"
    settings: dict[str, Any] = {
        "command": [sys.executable, "-c", show],
        "drop": ["--target=.*"],
        "replace": {},
        "append": [],
    }
    driver = Path(shutil.copy(rust_driver.__file__, tmp_path / "rust_driver.py"))
    driver.with_suffix(".json").write_text(json.dumps({"linker": settings}))
    response = tmp_path / "arguments"
    response.write_text("a\\ b.o\n--target=x\n-lc\n", encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(driver), "linker", f"@{response}", "@none", "-s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 7
    assert json.loads(done.stdout) == ["a b.o", "-lc", "@none", "-s"]
