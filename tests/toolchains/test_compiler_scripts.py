"""The scripts that start compilers: what is left out, and what is said of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.target import Toolchain
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import ToolchainPlan
from crosshook.toolchains.compiler_scripts import launched
from crosshook.toolchains.flags.processors import NATIVE_FLAGS

PLATFORM = parse_platform("manylinux_2_28_aarch64", source="test")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="they are the shell's")

PRINTS = (sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))")


def plan(commands: dict[str, tuple[str, ...]], syntax: str = "gcc") -> ToolchainPlan:
    toolchain = Toolchain(name="one", argument_syntax=syntax, commands=commands)
    return ToolchainPlan(toolchain=toolchain)


def compiler(tmp_path: Path, link_flags: tuple[str, ...] = ()) -> str:
    """Write a script; return the program, which prints its arguments."""
    made = launched(
        plan({"cc": PRINTS}), PLATFORM, cache=tmp_path, system="linux", link_flags=link_flags
    )
    _files.write_launchers(made.launchers)
    (program,) = made.toolchain.commands["cc"]
    return program


@pytest.mark.parametrize("flag", NATIVE_FLAGS)
def test_the_processor_that_builds_is_left_out(tmp_path: Path, flag: str) -> None:
    words = ["-O2", flag, "a b.c", "-DA=x y", flag, "", "-c"]
    report = tmp_path / "report"
    done = subprocess.run(
        [compiler(tmp_path), *words],
        env={"CROSSHOOK_REPORT": str(report)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == ["-O2", "a b.c", "-DA=x y", "", "-c"]
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert lines == [{"kind": "left-out-flag", "subject": flag}] * 2
    done = subprocess.run([compiler(tmp_path), flag], capture_output=True, text=True, check=True)
    assert done.stderr == f"note: left out: {flag}\n"


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["-I/usr/include", "-L/usr/lib/", "-Iinclude"], ["-Iinclude"]),
        (["-isystem", "/usr/include", "-I", "/lib64", "-L", "lib"], ["-L", "lib"]),
        (["-L/usr/lib/x86_64-linux-gnu"], []),
        # The target's own; those of whoever installed something; and what is no directory.
        *(
            (words, words)
            for words in (
                ["-L/usr/lib/aarch64-linux-gnu", "-I/usr/include/python3.13"],
                ["-L/usr/local/lib", "-I/opt/usr/include"],
                ["/usr/lib/crt1.o", "-c", "/lib64", "-DA=-I/usr/include"],
                ["-Xclang", "-I", "-Xclang", "/usr/include/x", "-I"],
                ["-I/usr/include/x", "-I", "a b", "", "-I", ""],
            )
        ),
    ],
)
def test_directories_of_this_machine_are_left_out(
    tmp_path: Path, words: list[str], kept: list[str]
) -> None:
    done = subprocess.run(
        [compiler(tmp_path), "-O2", *words, "-o", "x"], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["-O2", *kept, "-o", "x"]
    assert ("note: left out: " in done.stderr) == (words != kept)


def test_other_processors_are_kept(tmp_path: Path) -> None:
    words = ["-march=armv8-a", "-mtune=cortex-a72", "-march=nativex"]
    done = subprocess.run([compiler(tmp_path), *words], capture_output=True, check=True)
    assert json.loads(done.stdout) == words


@pytest.mark.parametrize(("words", "links"), [(["-c", "a.c"], False), (["a.o"], True)])
def test_what_the_linker_is_told(tmp_path: Path, words: list[str], links: bool) -> None:
    program = compiler(tmp_path, ("-Wl,-z,now", "-L/a b"))
    done = subprocess.run([program, "-march=native", *words], capture_output=True, check=True)
    assert json.loads(done.stdout) == [*words, *(["-Wl,-z,now", "-L/a b"] if links else [])]


def test_a_command_that_names_it_itself(tmp_path: Path) -> None:
    commands = {"cc": ("gcc", "-march=native", "-O3"), "ar": ("ar",)}
    made = launched(plan(commands), PLATFORM, cache=tmp_path, system="linux")
    assert made.notes == ("left out of CC: -march=native",)
    (program,) = made.toolchain.commands["cc"]
    assert made.launchers[program].endswith('exec gcc -O3 "$@"\n')
    assert made.toolchain.commands["ar"] == ("ar",)
    without_shell = launched(plan(commands), PLATFORM, cache=tmp_path, system="windows")
    assert without_shell.toolchain.commands["cc"] == ("gcc", "-O3")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("/opt/bin/aarch64-linux-gnu-gcc-12", "-pipe"), "aarch64-linux-gnu-gcc-12"),
        (("clang",), "clang"),
        (("ccache", "gcc"), "cc"),
        (("python3", "-m", "ziglang", "cc"), "cc"),
    ],
)
def test_what_a_script_is_called(tmp_path: Path, command: tuple[str, ...], name: str) -> None:
    made = launched(plan({"cc": command}), PLATFORM, cache=tmp_path, system="linux")
    (program,) = made.toolchain.commands["cc"]
    assert Path(program).name == name


def test_what_has_a_script_keeps_it(tmp_path: Path) -> None:
    once = launched(
        plan({"cc": ("gcc",)}), PLATFORM, cache=tmp_path, system="linux", link_flags=("-s",)
    )
    assert launched(once, PLATFORM, cache=tmp_path, system="linux") == once
    msvc = plan({}, syntax="msvc")
    assert launched(msvc, PLATFORM, cache=tmp_path, system="linux") == msvc
