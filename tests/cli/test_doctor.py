"""``crosshook doctor`` and ``crosshook explain``."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.cli import main
from crosshook.target import TOOL_VARIABLES
from tests.factory import make_elf

AARCH64 = "manylinux_2_28_aarch64"

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


@pytest.fixture
def project(
    copy_project: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    for name in (*TOOL_VARIABLES.values(), "FORCE_COLOR", "COLUMNS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CC", "a-compiler-that-is-never-run")
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    return copy_project("plain")


def test_the_machine(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "this machine"
    assert any(line.startswith("  ok  crosshook ") for line in lines)
    assert "  ok  compilers: CC=a-compiler-that-is-never-run of the environment" in "\n".join(lines)


def test_what_is_missing_is_told_with_what_to_type(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ziglang", None)
    monkeypatch.delenv("CC")
    monkeypatch.setenv("PATH", str(project))
    assert main(["doctor", "--target", AARCH64]) == 1
    out = capsys.readouterr().out
    assert "  no  " in out
    assert '      pip install "crosshook[' in out
    assert "  --  no Rust: only projects with Rust code need it\n      https://rustup.rs" in out


def test_a_target_and_a_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["doctor", "--target", f"{AARCH64},win_arm64", "--toolchain", "environment"]
    assert main([*words, str(project)]) == 1
    out = capsys.readouterr().out
    assert "  ok  the backend setuptools.build_meta: with --adapt" in out
    assert "  ok  the adapter setuptools\n" in out
    assert "  ok  the target Python's development files (" in out
    # For Windows, what makes import libraries is not named.
    linux, _, windows = out.partition("win_arm64")
    assert "  no  " in windows
    assert " to run the tests with\n      --python-source " in linux
    # What nothing here runs needs no Python to run it.
    assert "  --  no tests: " in windows
    assert "to run the tests with" not in windows


def test_a_project_that_is_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(project / "nowhere")]) == 2
    assert "neither pyproject.toml nor setup.py" in capsys.readouterr().err


def test_a_python_that_the_project_does_not_support(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "pyproject.toml"
    file.write_text('[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.99"\n')
    words = ["doctor", "--target", AARCH64, "--toolchain", "environment", str(project)]
    assert main(words) == 1
    assert "requires-python is '>=3.99'" in capsys.readouterr().out


@pytest.fixture
def libraries(project: Path) -> Path:
    """Libraries beside the project's code: for the target, and for another machine."""
    for place, machine in (("deps", 183), ("others", 62)):
        directory = project / place / "lib"
        (directory / "pkgconfig").mkdir(parents=True)
        (directory / "libdemo.so.1").write_bytes(make_elf(machine))
        (directory / "libdemo.so").symlink_to("libdemo.so.1")
        (directory / "pkgconfig" / "demo.pc").write_text("Name: demo\n")
    with (project / "pyproject.toml").open("a") as stream:
        stream.write('[tool.crosshook]\nlibraries = ["deps"]\n')
    return project / "deps"


def test_libraries(project: Path, libraries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["doctor", "--target", AARCH64, "--toolchain", "environment", str(project)]
    assert main(words) == 0
    said = f"C libraries (deps): {libraries}: ELF for aarch64, files: 1; demo\n"
    assert f"  ok  {said}" in capsys.readouterr().out
    assert main([*words, "--libraries", str(project / "others")]) == 1
    out = capsys.readouterr().out
    assert f"  no  --libraries: {project}/others/lib/libdemo.so: ELF for x86_64" in out
    assert f"  ok  {said}" in out


def test_libraries_that_a_project_says_it_needs(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (project / "pyproject.toml").open("a") as stream:
        stream.write('[external]\nhost-requires = ["dep:generic/zlib"]\n')
    words = ["doctor", "--target", AARCH64, "--toolchain", "environment", str(project)]
    assert main(words) == 0
    assert "  --  no C libraries: the project needs dep:generic/zlib" in capsys.readouterr().out


def test_explain_libraries(
    project: Path, libraries: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["explain", "--target", AARCH64, "--toolchain", "environment", str(project)]
    assert main([*words, "--libraries", str(libraries)]) == 0
    out = capsys.readouterr().out
    assert f"  C libraries: {libraries}: ELF for aarch64, files: 1; demo\n" in out
    assert f"LDFLAGS=-L{libraries}/lib\n" in out


def test_explain(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "--target", AARCH64, "--toolchain", "environment", str(project)]
    before = sorted(project.rglob("*"))
    assert main(words) == 0
    out = capsys.readouterr().out
    every, adapter = out.partition("every build tool is told")[2].split("the adapter setuptools ")
    assert "\n  CMAKE_TOOLCHAIN_FILE={scratch}/cmake/toolchain.cmake\n" in every
    assert "\n  ARCHFLAGS is taken away\n" in every
    assert "\n  DIST_EXTRA_CONFIG=" in adapter
    assert "sysconfig.get_platform() = 'linux-aarch64'" in adapter
    assert "in the project's own modules: the target" in adapter
    assert sorted(project.rglob("*")) == before


def test_explain_names_an_sdks_sysroot(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = project.parent / "sysroot"
    root.mkdir()
    monkeypatch.setenv("OECORE_TARGET_SYSROOT", str(root))
    words = ["explain", "--target", AARCH64, "--toolchain", "environment", str(project)]
    assert main(words) == 0
    said = capsys.readouterr()
    assert f"  the platform's headers and libraries are in {root}\n" in said.out
    assert "OECORE_TARGET_SYSROOT says so" in said.err


def test_explain_for_no_target(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(project)]) == 2
    assert "--target: none given" in capsys.readouterr().err
