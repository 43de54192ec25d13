"""The ``cmake`` in front of CMake."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.adapters import BuildMachine, Plan, environment
from crosshook.project import Backend, Project
from crosshook.target import Target, Toolchain
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs shell scripts")


@pytest.fixture
def bin_directory(tmp_path: Path) -> Path:
    """Return a directory with a CMake that prints its arguments."""
    directory = tmp_path / "with a space"
    directory.mkdir()
    says = '[ "$*" = --version ] && exec echo "cmake version ${VERSION:-3.31.6}"'
    (directory / "cmake").write_text(f'#!/bin/sh\n{says}\nfor word do echo "$word"; done\n')
    (directory / "cmake").chmod(0o755)
    return directory


def told(target: Target, path: Path, tmp_path: Path) -> Plan:
    project = Project(root=tmp_path, requires=(), backend=Backend(name="any"))
    machine = BuildMachine(
        system="linux", environ={"PATH": str(path)}, python="python", site_packages=()
    )
    return environment.plan(target, project, machine).with_scratch(str(tmp_path))


@pytest.mark.parametrize(
    ("given", "passed_on"),
    [
        (["..", "-G", "Visual Studio 17 2022", "-A", "x64"], [".."]),
        (["-GVisual Studio 16 2019", "-AARM64", "-Thost=x64", ".."], [".."]),
        (["-G", "NMake Makefiles", "-DNAME=a b"], ["-DNAME=a b"]),
        (["-G", "Ninja", "-S", "."], ["-G", "Ninja", "-S", "."]),
        (["-GUnix Makefiles", ".."], ["-GUnix Makefiles", ".."]),
        (
            [
                "--build",
                ".",
                "--config",
                "Release",
                "--",
                "/m",
                "/maxcpucount:4",
                "/p:Platform=x64",
            ],
            ["--build", ".", "--config", "Release", "--"],
        ),
        (["--build", ".", "--", "-m:2", "VERBOSE=1"], ["--build", ".", "--", "VERBOSE=1"]),
        (["--build", "/m", "-j", "2"], ["--build", "/m", "-j", "2"]),
        (["-E", "echo", "-A", "x64"], ["-E", "echo", "-A", "x64"]),
    ],
)
def test_words(
    make_target: MakeTarget,
    bin_directory: Path,
    tmp_path: Path,
    given: list[str],
    passed_on: list[str],
) -> None:
    plan = told(make_target("win_amd64"), bin_directory, tmp_path)
    text = plan.files["scripts/cmake"]
    run = subprocess.run(
        ["/bin/sh", "-c", text, "cmake", *given], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == passed_on
    assert plan.environ["PATH"] == f"{tmp_path}/scripts{os.pathsep}{bin_directory}"
    assert "scripts/cmake" in plan.executables


@pytest.mark.parametrize("tag", ["linux_aarch64", "win_arm64"])
@pytest.mark.parametrize(
    ("version", "given", "is_told"),
    [
        ("3.9.6", ["-S", "a b"], True),
        ("3.18.4", ["-DNAME=a b", ".."], True),
        ("3.20.6-rc1", [".."], True),
        ("3.21.0", [".."], False),
        ("3.31.6", [".."], False),
        ("4.1.2", [".."], False),
        ("3.18.4", ["--build", "."], False),
        ("3.18.4", ["-P", "script.cmake"], False),
    ],
)
def test_a_release_that_does_not_read_the_variable(
    make_target: MakeTarget,
    bin_directory: Path,
    tmp_path: Path,
    tag: str,
    version: str,
    given: list[str],
    is_told: bool,
) -> None:
    plan = told(make_target(tag), bin_directory, tmp_path)
    run = subprocess.run(
        ["/bin/sh", "-c", plan.files["scripts/cmake"], "cmake", *given],
        env={"VERSION": version},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    option = f"-DCMAKE_TOOLCHAIN_FILE={plan.environ['CMAKE_TOOLCHAIN_FILE']}"
    assert run.stdout.splitlines() == ([option, *given] if is_told else given)


def test_where_it_is_not_needed(
    make_target: MakeTarget, bin_directory: Path, tmp_path: Path
) -> None:
    windows = make_target("win_arm64")
    compiled_by_msvc = replace(
        windows, toolchain=Toolchain(name="MSVC", argument_syntax="msvc", commands={})
    )
    for target, path in (
        (compiled_by_msvc, bin_directory),
        (replace(windows, toolchain=None), bin_directory),
        # Without CMake on this machine, a setup.py asks for the one from PyPI.
        (windows, tmp_path),
    ):
        plan = told(target, path, tmp_path)
        assert "scripts/cmake" not in plan.files
