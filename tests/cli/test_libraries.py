"""The commands and options about C libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.target.platforms import parse_platform
from tests.cli.conftest import AARCH64, CommandLine, Finished
from tests.cli.test_cli import tree
from tests.factory import make_elf
from tests.plugins import install_example
from tests.test_plugins import site as site

THEIRS = parse_platform("manylinux_2_28_x86_64", source="test").row.machine[1]

posix = pytest.mark.skipif(os.name == "nt", reason="runs shell commands")


def library(directory: Path, machine: int = 183) -> Path:
    """Return a prefix with a library in it."""
    for name in ("include", "lib"):
        (directory / name).mkdir(parents=True)
    (directory / "lib" / "libdemo.so").write_bytes(make_elf(machine))
    return directory


@pytest.fixture
def run(crosshook: CommandLine, tmp_path: Path) -> object:
    def run(command: str, *arguments: str) -> Finished:
        options = ("--target", AARCH64, "--toolchain", "environment")
        return crosshook.plain(command, *options, "--prefix", str(tmp_path / "own"), *arguments)

    return run


def test_the_target_has_the_libraries(crosshook: CommandLine, tmp_path: Path) -> None:
    prefix = library(tmp_path / AARCH64)
    named = str(tmp_path / "{tag}")
    options = ("--toolchain", "environment", "--libraries", named, "--libraries", f"dir:{prefix}")
    done = crosshook.plain("describe", AARCH64, *options)
    assert json.loads(done.out)["libraries"] == [str(prefix)]


@pytest.mark.parametrize("by", ["option", "environment", "project"])
def test_libraries_for_another_machine(
    crosshook: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    prefix = library(crosshook.project / "deps", THEIRS)
    crosshook.wheel()
    crosshook.backend("cross")
    options = ["--libraries", "deps"] if by == "option" else []
    if by == "environment":
        monkeypatch.setenv("CROSSHOOK_LIBRARIES", str(prefix))
    if by == "project":
        with (crosshook.project / "pyproject.toml").open("a") as stream:
            stream.write('[tool.crosshook]\nlibraries = ["deps"]\n')
    done = crosshook(*options)
    said = f"{prefix}/lib/libdemo.so: ELF for x86_64; {AARCH64} needs ELF for aarch64"
    assert (done.code, done.out) == (2, "")
    assert said in done.err.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not-there", "there is no such directory"),
        ("", "--libraries: empty"),
        ("nobody:zlib", "'nobody' is none of dir, debian"),
        ("debian:trixie", "is not RELEASE/PACKAGE"),
    ],
)
def test_no_libraries(crosshook: CommandLine, text: str, said: str) -> None:
    crosshook.wheel()
    done = crosshook("--libraries", text)
    assert (done.code, done.out) == (2, "")
    assert said in done.err.replace("\n", " ")


def test_the_environment_as_json(run: object, tmp_path: Path) -> None:
    assert callable(run)
    done = run("env", "--json")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert found["host"] == "aarch64-linux-gnu"
    assert found["prefix"] == str(tmp_path / "own")
    assert Path(found["cmake-toolchain"]).is_file()
    assert "[host_machine]" in Path(found["meson-cross-file"]).read_text(encoding="utf-8")
    assert found["environ"]["LDFLAGS"] == f"-L{tmp_path}/own/lib"
    assert found["environ"]["PKG_CONFIG_LIBDIR"].startswith(f"{tmp_path}/own/lib/pkgconfig")


@posix
def test_the_environment_for_a_shell(run: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert callable(run)
    monkeypatch.setenv("ARCHFLAGS", "-arch mine")
    text = run("env").out
    script = f'{text}echo "$CC:$GOARCH:$ARCHFLAGS"'
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    compiler, *others = done.stdout.split(":")
    # What calls the compiler that the environment names.
    assert "a-compiler-that-is-never-run" in Path(compiler).read_text(encoding="utf-8")
    assert others == ["arm64", "\n"]


def test_a_command_in_it(run: object, tmp_path: Path) -> None:
    assert callable(run)
    code = "import os, sys; print(os.environ['GOARCH'], *sys.argv[1:]); sys.exit(7)"
    done = run("run", "--", sys.executable, "-c", code, "--host={host}", "{prefix}")
    assert (done.code, done.out) == (7, f"arm64 --host=aarch64-linux-gnu {tmp_path}/own\n")


@pytest.mark.parametrize("words", [[], ["--", "a-program-that-is-not-there"]])
def test_no_command(run: object, words: list[str]) -> None:
    assert callable(run)
    done = run("run", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: run: ")


@posix
class TestBeforeBuild:
    def test_it_runs_in_a_copy(self, crosshook: CommandLine) -> None:
        crosshook.wheel()
        before = tree(crosshook.project)
        crosshook.backend("cross")
        done = crosshook(
            *("--before-build", "test -f pyproject.toml && touch left {prefix}/include/a.h"),
            *("--before-build", "test -f {prefix}/include/a.h && test -f left"),
        )
        assert done.code == 0, done.err
        assert tree(crosshook.project) - before == {"dist", "dist/demo-1.0-py3-none-any.whl"}

    def test_it_fails(self, crosshook: CommandLine) -> None:
        crosshook.wheel()
        crosshook.backend("cross")
        done = crosshook("--before-build", "echo printed; exit 3")
        assert (done.code, done.out) == (1, "")
        assert "printed" in done.err
        assert "--before-build: ended with exit code 3: echo printed; exit 3" in done.err

    def test_it_makes_a_library_for_another_machine(
        self, crosshook: CommandLine, tmp_path: Path
    ) -> None:
        crosshook.wheel()
        crosshook.backend("cross")
        made = library(tmp_path / "made", THEIRS)
        done = crosshook("--before-build", f"cp {made}/lib/libdemo.so {{prefix}}/lib")
        assert (done.code, done.out) == (2, "")
        assert "--before-build: " in done.err
        assert "libdemo.so: ELF for x86_64" in done.err.replace("\n", " ")


class TestAnotherDistributions:
    @pytest.fixture(autouse=True)
    def installed(self, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        install_example(site)
        monkeypatch.setenv("EXAMPLE_LIBRARIES", str(tmp_path))

    def test_it_has_them(self, crosshook: CommandLine, tmp_path: Path) -> None:
        prefix = library(tmp_path / AARCH64 / "zlib")
        options = ("--toolchain", "environment", "--libraries", "example:zlib")
        done = crosshook.plain("describe", AARCH64, *options)
        assert json.loads(done.out)["libraries"] == [str(prefix)]

    def test_it_has_none(self, crosshook: CommandLine) -> None:
        done = crosshook.plain("describe", AARCH64, "--libraries", "example:zlib")
        assert (done.code, done.out) == (1, "")
        assert f"example:zlib: not built for {AARCH64}" in done.err
