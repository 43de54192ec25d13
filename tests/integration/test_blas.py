"""OpenBLAS of a wheel on PyPI: found by its package file, linked, packed, and run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.wheel.reading import read_wheel
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
RUN = ("manylinux_2_28_aarch64", "win_amd64")
BUILT = ("musllinux_1_2_aarch64", "win_arm64", "macosx_11_0_arm64")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode and Wine are for Linux"),
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
        reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
    ),
]


def build(crosshook: CommandLine, project: Path, *words: str) -> list[Path]:
    options = ("--adapt", "--require-native", "--libraries", "pypi:scipy-openblas32==0.3.34.481.3")
    done = crosshook(*options, *words, project)
    assert done.code == 0, done.err
    assert done.err.count("(scipy-openblas32 0.3.34.481.3)") == len(done.wheels)
    for wheel in done.wheels:
        assert any(
            name.endswith("/scipy-openblas32/LICENSE.txt") for name in read_wheel(wheel).files
        )
    return done.wheels


@pytest.mark.parametrize("tag", RUN)
def test_it_runs(crosshook: CommandLine, copy_project: Callable[[str], Path], tag: str) -> None:
    named = str(target_python(tag, VERSION))
    command = 'python -c "import links_blas; assert links_blas.dot() == 32.0"'
    words = ("--target", tag, "--target-python", named, "--test-command", command)
    assert len(build(crosshook, copy_project("links_blas"), *words)) == 1


def test_it_is_packed_for_what_nothing_runs_here(
    crosshook: CommandLine, copy_project: Callable[[str], Path]
) -> None:
    wheels = build(crosshook, copy_project("links_blas"), "--target", ",".join(BUILT))
    assert len(wheels) == len(BUILT)
