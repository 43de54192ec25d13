"""The ``python3-config`` that answers for the target Python."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from crosshook.adapters import BuildMachine, environment
from crosshook.backend import applied
from crosshook.project import Backend, Project
from crosshook.target import Target
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(os.name == "nt", reason="runs shell scripts")


def ask(target: Target, directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    project = Project(root=directory, requires=(), backend=Backend(name="any"))
    plan = environment.plan(target, project, BuildMachine(system="linux", environ=os.environ))
    with applied.applied(plan, target, directory):
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("tag", "options", "answers"),
    [
        ("manylinux_2_28_aarch64", ["--includes"], ["-I/pythons/include"]),
        ("manylinux_2_28_aarch64", ["--cflags", "--ldflags", "--embed"], ["-I/pythons/include"]),
        (
            "musllinux_1_2_aarch64",
            ["--extension-suffix"],
            [".cpython-313-aarch64-linux-musl.so"],
        ),
        ("win_arm64", ["--libs"], ["/pythons/libs/python313.lib"]),
        ("win_arm64", ["--extension-suffix", "--prefix"], [".cp313-win_arm64.pyd", "/pythons"]),
    ],
)
def test_answers(
    make_target: MakeTarget, tmp_path: Path, tag: str, options: list[str], answers: list[str]
) -> None:
    for name in ("python3-config", "python-config", "python3.13-config"):
        done = ask(make_target(tag), tmp_path, name, *options)
        assert (done.returncode, shlex.split(done.stdout)) == (0, answers)


def test_flags_that_pyconfig_does_not_have(make_target: MakeTarget, tmp_path: Path) -> None:
    free_threaded = make_target("win_amd64", "3.14t")
    done = ask(free_threaded, tmp_path, "python3.14t-config", "--cflags", "--abiflags")
    assert shlex.split(done.stdout) == ["-I/pythons/include", "-DPy_GIL_DISABLED=1", "t"]


@pytest.mark.parametrize(("options", "code"), [([], 0), (["--help"], 0), (["--nonsense"], 1)])
def test_usage(make_target: MakeTarget, tmp_path: Path, options: list[str], code: int) -> None:
    done = ask(make_target("linux_aarch64"), tmp_path, "python3-config", *options)
    assert done.returncode == code
    assert "--includes|--libs" in done.stderr
