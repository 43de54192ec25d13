"""A small project for each backend, built for five targets and run on two."""

from __future__ import annotations

import platform
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
RUN = ("win_amd64", "manylinux_2_28_aarch64")
BUILT = ("win_arm64", "musllinux_1_2_aarch64", "macosx_11_0_arm64")
BACKENDS = (
    *("scikit_build_core", "py_build_cmake", "setuptools_cmake"),
    *("hatchling", "pdm", "poetry", "enscons"),
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="runs programs for other platforms on x86-64 Linux",
    ),
]


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*")}


@pytest.mark.skipif(
    VERSION not in DEBIAN_RELEASES
    or VERSION not in WINDOWS
    or None in (shutil.which("qemu-aarch64-static"), shutil.which("wine")),
    reason=f"no Python {VERSION} for both targets, or nothing to run it with",
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_it_is_built_and_runs(
    crosshook: CommandLine, copy_project: Callable[[str], Path], backend: str
) -> None:
    project = copy_project(f"backends/{backend}")
    before = files(project)
    named = [word for tag in RUN for word in ("--target", tag)]
    pythons = [str(target_python(tag, VERSION)) for tag in RUN]
    named += [word for python in pythons for word in ("--target-python", python)]
    done = crosshook("--adapt", "--require-native", *named, "-o", project.parent / "out", project)
    assert done.code == 0, done.err
    assert done.err.count("testing on ") == len(RUN)
    assert [wheel.stem.rpartition("-")[2] for wheel in done.wheels] == list(RUN)
    for wheel in done.wheels:
        with zipfile.ZipFile(wheel) as archive:
            assert not [name for name in archive.namelist() if name.endswith((".pdb", ".lib"))]
    assert files(project) == before


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_is_built(
    crosshook: CommandLine, copy_project: Callable[[str], Path], backend: str
) -> None:
    project = copy_project(f"backends/{backend}")
    named = [word for tag in BUILT for word in ("--target", tag)]
    options = ("--adapt", "--require-native", "--test-command", "", "-o", project.parent / "out")
    done = crosshook(*options, *named, project)
    assert done.code == 0, done.err
    assert [wheel.stem.rpartition("-")[2] for wheel in done.wheels] == list(BUILT)
