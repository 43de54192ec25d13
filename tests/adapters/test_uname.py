"""The ``uname`` and ``arch`` that answer for the target."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.adapters import BuildMachine, environment
from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from crosshook.project import Backend, Project, Settings
from crosshook.target import Target
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(not shutil.which("uname"), reason="has no uname")


def told(target: Target, project: Project, environ: Mapping[str, str] = os.environ) -> Plan:
    return environment.plan(target, project, BuildMachine(system="linux", environ=environ))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, requires=(), backend=Backend(name="any"))


def asked(target: Target, project: Project, *command: str) -> str:
    with applied.applied(told(target, project), target, project.root):
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=project.root)
    return done.stdout.strip()


def here(*options: str) -> str:
    done = subprocess.run(["uname", *options], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("tag", "options", "answer"),
    [
        ("linux_s390x", [], "Linux"),
        ("linux_s390x", ["-m"], "s390x"),
        ("manylinux_2_28_aarch64", ["-sm"], "Linux aarch64"),
        ("manylinux_2_28_aarch64", ["-m", "-s"], "Linux aarch64"),
        ("manylinux_2_28_aarch64", ["--machine", "--operating-system"], "aarch64 GNU/Linux"),
        ("musllinux_1_2_armv7l", ["-mo"], "armv7l Linux"),
        ("macosx_11_0_arm64", ["-s", "-r", "-p"], "Darwin 20.0.0 arm"),
        ("macosx_10_15_x86_64", ["-mr"], "19.0.0 x86_64"),
        ("win_arm64", ["-s", "-m"], "MINGW64_NT-10.0-19045 aarch64"),
        ("win32", ["-sm"], "MINGW32_NT-10.0-19045 i686"),
    ],
)
def test_uname(
    make_target: MakeTarget, project: Project, tag: str, options: Sequence[str], answer: str
) -> None:
    assert asked(make_target(tag), project, "uname", *options) == answer


def test_arch(make_target: MakeTarget, project: Project) -> None:
    assert asked(make_target("linux_riscv64"), project, "arch") == "riscv64"


def test_what_no_tag_tells_is_this_machines(make_target: MakeTarget, project: Project) -> None:
    target = make_target("manylinux_2_28_s390x")
    assert asked(target, project, "uname", "-n") == here("-n")
    everything = asked(target, project, "uname", "-a")
    assert everything == f"Linux {here('-n')} {here('-r')} {here('-v')} s390x GNU/Linux"
    assert asked(target, project, "uname", "--version") == here("--version")


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_config_guess_is_told_of_this_machine(
    make_target: MakeTarget, project: Project, shell: str
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"has no {shell}")
    (project.root / "config.guess").write_text('m=$( (uname -m) 2>/dev/null) || m=no\necho "$m"\n')
    (project.root / "configure").write_text('echo "$(sh ./config.guess) $(uname -m)"\n')
    said = asked(make_target("linux_s390x"), project, shell, "./configure")
    assert said == f"{here('-m')} s390x"


def test_a_makefile(make_target: MakeTarget, project: Project) -> None:
    if not shutil.which("make"):
        pytest.skip("has no make")
    makefile = "MACHINE := $(shell uname -m)\nall:\n\t@echo $(MACHINE) `uname -s`\n"
    (project.root / "Makefile").write_text(makefile)
    target = make_target("macosx_11_0_arm64")
    assert asked(target, project, "make", "-s") == "arm64 Darwin"


def test_a_project_that_sees_this_machine(make_target: MakeTarget, project: Project) -> None:
    sees = replace(project, settings=Settings(project_sees="build"))
    assert asked(make_target("linux_s390x"), sees, "uname", "-m") == here("-m")


def test_a_machine_without(make_target: MakeTarget, project: Project, tmp_path: Path) -> None:
    plan = told(make_target("linux_s390x"), project, {"PATH": str(tmp_path)})
    assert not {"scripts/uname", "scripts/arch"} & plan.files.keys()
