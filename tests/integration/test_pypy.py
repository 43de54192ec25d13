"""Wheels for PyPy, which run in one: Debian's for 64-bit Arm, under QEMU."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.target_pythons import debian_pypy
from tests.integration.conftest import CommandLine

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        shutil.which("qemu-aarch64-static") is None and shutil.which("qemu-aarch64") is None,
        reason="needs qemu-aarch64",
    ),
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode is for Linux"),
]

AARCH64 = "manylinux_2_28_aarch64"

TESTS = {
    "plain": "import plain_ext; assert plain_ext.answer() == 42",
    "cffi": "import _square, cffi_demo_seen as demo; assert _square.lib.square(7) == 49; "
    "assert demo.SEEN == ['PyPy', True], demo.SEEN",
}


@pytest.mark.parametrize("project", TESTS)
def test_a_wheel_runs_in_pypy(
    crosshook: CommandLine, copy_project: Callable[[str], Path], project: str
) -> None:
    done = crosshook(
        "--adapt",
        "--require-native",
        "--target",
        AARCH64,
        "--python",
        "pypy3.9",
        "--target-python",
        debian_pypy("arm64", "pypy3.9"),
        "--test-command",
        f"python -c \"import sys; assert sys.implementation.name == 'pypy'; {TESTS[project]}\"",
        cwd=copy_project(project),
    )
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.name.endswith(f"-1.0-pp39-pypy39_pp73-{AARCH64}.whl")
