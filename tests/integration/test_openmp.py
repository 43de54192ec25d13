"""OpenMP with a runtime for the target, from PyPI: what docs/how-to/openmp.md says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
AARCH64, MACOS, WIN_AMD64 = "manylinux_2_28_aarch64", "macosx_11_0_arm64", "win_amd64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode and Wine are for Linux"),
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
        reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
    ),
]

CODE = "import parallel_sum; assert parallel_sum.sum_and_threads() == (499500, 2)"


LLVM, INTEL = "cmeel-libomp==21.1.8", "intel-openmp==2025.0.0"
RUNTIMES = {AARCH64: LLVM, MACOS: LLVM, WIN_AMD64: INTEL}
"""By target: a wheel on PyPI that has an OpenMP runtime."""


@pytest.mark.parametrize("tag", RUNTIMES)
def test_a_module_runs_in_parallel(
    crosshook: CommandLine, copy_project: Callable[[str], Path], tmp_path: Path, tag: str
) -> None:
    """The runtime is packed into the wheel; nothing runs one for macOS here."""
    words = ["--adapt", "--require-native", "--target", tag]
    words += ["--libraries", f"pypi:{RUNTIMES[tag]}"]
    if tag != MACOS:
        words += ["--target-python", str(target_python(tag, VERSION))]
        words += ["--test-command", f'python -c "{CODE}"']
    # Wine 8 does not tell which processors are near to which memory.
    told = replace(crosshook, environ={**crosshook.environ, "KMP_AFFINITY": "disabled"})
    done = told(*words, "-o", tmp_path / "out", copy_project("openmp_parallel"))
    assert done.code == 0, done.err
    assert done.err.count("testing on ") == (tag != MACOS)
    assert done.err.count("note: packed into the wheel: ") == 1
