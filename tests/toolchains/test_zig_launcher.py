"""The scripts that start zig: run, with a program in zig's place that prints its arguments."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.toolchains.zig_launcher import compiler_script, script

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no launchers there")


def arguments(tmp_path: Path, *given: str, without: Sequence[str] = ()) -> list[str]:
    """What zig would be started with as a compiler."""
    return run(tmp_path, compiler_script(["printf", "%s\\n", "first"], without=without), given)


def run(tmp_path: Path, text: str, given: Sequence[str]) -> list[str]:
    launcher = tmp_path / "launcher"
    launcher.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["sh", str(launcher), *given], capture_output=True, check=True, encoding="utf-8"
    )
    return done.stdout.splitlines()[1:]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("-march=armv8-a", "-mcpu=generic+v8a"),
        ("-march=armv8-a+simd", "-mcpu=generic+v8a+neon"),
        ("-march=armv8.2-a+fp16", "-mcpu=generic+v8_2a+fullfp16"),
        ("-march=armv8.2-a+fp16fml", "-mcpu=generic+v8_2a+fp16fml"),
        ("-march=armv8.2-a+dotprod+fp16", "-mcpu=generic+v8_2a+dotprod+fullfp16"),
        ("-march=armv9-a+sve2", "-mcpu=generic+v9a+sve2"),
        ("-march=x86-64", "-mcpu=x86_64"),
        ("-march=x86-64-v3", "-mcpu=x86_64_v3"),
        ("-march=haswell", "-march=haswell"),
        ("-march=native", "-march=native"),
        ("-march=armv7-a", "-march=armv7-a"),
    ],
)
def test_processors(tmp_path: Path, given: str, expected: str) -> None:
    assert arguments(tmp_path, given) == [expected]


def test_all_else_is_handed_on(tmp_path: Path) -> None:
    given = ["-DX='a b'", "", "-c", "a b.c", "$HOME", "-march=x86-64-v2", "*", "-o", "x.o"]
    expected = [*given]
    expected[5] = "-mcpu=x86_64_v2"
    assert arguments(tmp_path, *given) == expected


def test_a_shared_library_is_not_static(tmp_path: Path) -> None:
    assert arguments(tmp_path, "-static", "a.o", "-shared", "-lm") == ["a.o", "-shared", "-lm"]
    assert arguments(tmp_path, "-static", "a.o", "-lm") == ["a.o", "-lm", "-static"]


def test_no_arguments(tmp_path: Path) -> None:
    assert arguments(tmp_path) == []


def test_what_clang_refuses_is_left_out(tmp_path: Path) -> None:
    given = ["-c", "-mlong-double-64", "x.c"]
    assert arguments(tmp_path, *given, without=["-mlong-double-64"]) == ["-c", "x.c"]
    assert arguments(tmp_path, *given) == given


def test_other_tools_get_what_is_typed(tmp_path: Path) -> None:
    text = script(["printf", "%s\\n", "first"])
    assert run(tmp_path, text, ["-march=x86-64-v2"]) == ["-march=x86-64-v2"]
