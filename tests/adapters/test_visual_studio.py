"""The ``cmake`` that leaves out what only Visual Studio's generators understand."""

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
    (directory / "cmake").write_text('#!/bin/sh\nfor word do echo "$word"; done\n')
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


def test_where_it_is_not_needed(
    make_target: MakeTarget, bin_directory: Path, tmp_path: Path
) -> None:
    windows = make_target("win_arm64")
    compiled_by_msvc = replace(
        windows, toolchain=Toolchain(name="MSVC", argument_syntax="msvc", commands={})
    )
    for target, path in (
        (make_target("manylinux_2_28_aarch64"), bin_directory),
        (compiled_by_msvc, bin_directory),
        (replace(windows, toolchain=None), bin_directory),
        # Without CMake on this machine, a setup.py asks for the one from PyPI.
        (windows, tmp_path),
    ):
        plan = told(target, path, tmp_path)
        assert "scripts/cmake" not in plan.files
