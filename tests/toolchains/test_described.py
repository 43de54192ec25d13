"""Compilers that a file describes."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import ToolchainPlan, described
from tests.toolchains.compilers import AARCH64, X86_64, write_compiler, write_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the compilers are scripts")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a file may be; beside it are a sysroot, and a directory with compilers, on PATH."""
    (tmp_path / "root").mkdir()
    for name in ("own-cc", "own-cxx", "aarch64-linux-gnu-gcc"):
        write_compiler(tmp_path / "bin" / name, "aarch64-linux-gnu", AARCH64)
    write_compiler(tmp_path / "bin" / "cc-for-build", "x86_64-linux-gnu", X86_64)
    write_program(tmp_path / "bin" / "own-ar")
    (tmp_path / "more.cmake").touch()
    (tmp_path / "more.ini").touch()
    return tmp_path / "compilers.toml"


def plan(file: Path, text: str) -> ToolchainPlan:
    file.write_text(text)
    return described.plan(
        file,
        parse_platform("manylinux_2_28_aarch64", source="test"),
        environ={"PATH": str(file.parent / "bin")},
        cache=file.parent / "cache",
        system="linux",
    )


def launched(made: ToolchainPlan, tool: str) -> str:
    """Return the text of the script that a tool is."""
    (program,) = made.toolchain.commands[tool]
    return made.launchers[program]


def test_all_that_it_may_say(file: Path) -> None:
    made = plan(
        file,
        'name = "ours"\ncc = "own-cc -pipe"\ncxx = ["own-cxx"]\nar = "bin/own-ar"\n'
        'sysroot = "root"\ncflags = ["-mcpu=neoverse-n1"]\ncxxflags = "-fno-rtti"\n'
        'ldflags = "-Wl,-z,now"\ncmake-toolchain-file = "more.cmake"\n'
        'meson-cross-file = "more.ini"\nenviron.LICENSE = "here"\n',
    )
    toolchain, here = made.toolchain, file.parent
    assert toolchain.name == "ours"
    assert toolchain.commands["ar"] == (str(here / "bin" / "own-ar"),)
    assert toolchain.environ == {"LICENSE": "here"}
    assert toolchain.cross_files == {
        "cmake": str(here / "more.cmake"),
        "meson": str(here / "more.ini"),
    }
    assert made.sysroot == here / "root"
    compiles = f"{here}/bin/own-cc -pipe --sysroot={here}/root -mcpu=neoverse-n1"
    assert f'set -- "$@" -Wl,-z,now\nexec {compiles} "$@"\n' in launched(made, "cc")
    assert f"{here}/bin/own-cxx --sysroot={here}/root -fno-rtti" in launched(made, "cxx")


def test_what_it_does_not_name_comes_from_its_base(file: Path) -> None:
    made = plan(file, 'base = "gnu"\ncxx = "own-cxx"\n')
    assert made.toolchain.name == "gcc 14.2.0"
    assert f"exec {file.parent}/bin/aarch64-linux-gnu-gcc " in launched(made, "cc")
    assert f"exec {file.parent}/bin/own-cxx " in launched(made, "cxx")


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("", "cc: missing", "base"),
        ("cc = [", "not TOML", None),
        ('cc = "own-cc"\ncflag = "-O2"\n', "cflag: unknown key", "known: name, base, cc, "),
        ("cc = 3\n", "cc: 3 is not a string or a list of strings", None),
        ("cc = 'own-cc \"'\n", "is not words as a shell has them", None),
        ('cc = "other-cc"\n', "cc: other-cc: no such program", "PATH"),
        ('cc = "./other-cc"\n', "other-cc: no such program", "PATH"),
        ('cc = "cc-for-build"\n', "compiles for x86_64-linux-gnu, not for manylinux", "--target"),
        ('base = "zig"\n', "base: 'zig' is not one of gnu, llvm", None),
        ('cc = "own-cc"\nsysroot = "nowhere"\n', "nowhere: there is no such file", None),
        ('cc = "own-cc"\nmeson-cross-file = "no.ini"\n', "no.ini: there is no such file", None),
        ('cc = "own-cc"\nenviron = ["A"]\n', "environ: ['A'] is not a table of strings", None),
    ],
)
def test_what_is_wrong_with_it(file: Path, text: str, said: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        plan(file, text)
    assert str(file) in caught.value.message
    assert said in caught.value.message
    assert (hint or "") in str(caught.value.hint)


def test_it_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--toolchain: .*no\.toml: No such file"):
        described.plan(
            tmp_path / "no.toml",
            parse_platform("win_arm64", source="test"),
            environ={},
            cache=tmp_path,
            system="linux",
        )
