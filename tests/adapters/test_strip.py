"""The ``strip`` of a build."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from crosshook.adapters import BuildMachine, environment
from crosshook.backend import applied
from crosshook.project import Backend, Project
from crosshook.target import Toolchain
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(not shutil.which("strip"), reason="has no strip")

FOREIGN = b"\x7fELF of no machine"
"""What no strip knows."""


def stripped(make_target: MakeTarget, directory: Path, tool: str | None, *words: str) -> int:
    project = Project(root=directory, requires=(), backend=Backend(name="any"))
    commands = {"cc": ("cc",), **({"strip": (tool, "a b")} if tool is not None else {})}
    toolchain = Toolchain(name="made up", argument_syntax="gcc", commands=commands)
    target = make_target("linux_s390x", toolchain=toolchain)
    plan = environment.plan(target, project, BuildMachine(system="linux", environ=os.environ))
    with applied.applied(plan, target, directory):
        return subprocess.run(["strip", *words], cwd=directory, check=False).returncode


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "foreign").write_bytes(FOREIGN)
    shutil.copy(os.path.realpath("/bin/sh"), tmp_path / "own")
    tool = tmp_path / "a strip"
    tool.write_text('#!/bin/sh\n[ "$1" = "a b" ] && echo done >"$2"\n')
    tool.chmod(0o755)
    return tmp_path


def test_what_is_for_another_machine_is_left(make_target: MakeTarget, files: Path) -> None:
    assert stripped(make_target, files, None, "foreign") == 0
    assert (files / "foreign").read_bytes() == FOREIGN


def test_what_the_toolchain_knows_is_stripped(make_target: MakeTarget, files: Path) -> None:
    assert stripped(make_target, files, str(files / "a strip"), "foreign") == 0
    assert (files / "foreign").read_text() == "done\n"


@pytest.mark.parametrize("words", [["nothing"], ["--no-such-option"], ["-o", "new", "foreign"]])
def test_what_fails(make_target: MakeTarget, files: Path, words: list[str]) -> None:
    assert stripped(make_target, files, None, *words) == 1
    assert not (files / "new").exists()


def test_what_is_for_this_machine_is_stripped(make_target: MakeTarget, files: Path) -> None:
    assert stripped(make_target, files, None, "-o", "new", "own") == 0
    assert (files / "new").stat().st_size <= (files / "own").stat().st_size
