"""The hook for pre-commit, run by it from this checkout, in an environment that it makes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factory import make_elf, make_wheel
from tests.integration.conftest import REPOSITORY

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        shutil.which("git") is None or not (REPOSITORY / ".git").exists(),
        reason="needs a checkout of git's",
    ),
]

TAG = "cp313-cp313-manylinux_2_28_aarch64"
MODULE = "demo/_core.cpython-313-aarch64-linux-gnu.so"
X86_64, AARCH64 = 62, 183


def test_wheels_of_a_repository(tmp_path: Path) -> None:
    """One is right, and in the other is code for another machine."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    for name, machine in (("right", AARCH64), ("wrong", X86_64)):
        directory = tmp_path / name
        directory.mkdir()
        make_wheel(directory, {MODULE: make_elf(machine)}, tag=TAG, purelib=False)
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    hook = [sys.executable, "-m", "pre_commit", "try-repo", str(REPOSITORY), "crosshook-check"]
    done = subprocess.run(
        [*hook, "--all-files"],
        cwd=tmp_path,
        env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path.with_name("pre-commit"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    wheel = f"demo-1.0-{TAG}.whl"
    assert f"{wheel}: right for manylinux_2_28_aarch64, Python 3.13\n" in done.stdout
    assert f"{wheel}: wrong for manylinux_2_28_aarch64, Python 3.13\n" in done.stdout
    assert "for x86_64; manylinux_2_28_aarch64 needs ELF for aarch64" in done.stdout
