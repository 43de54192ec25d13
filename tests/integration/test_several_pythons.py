"""Wheels for several versions of Python from one command, and for a Python that is fetched."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.compare_official import OWN_PYTHON
from scripts.compare_pythons import fetch
from scripts.target_pythons import DEBIAN_RELEASES, debian_python, target_python
from tests.integration.conftest import CommandLine

AARCH64 = "manylinux_2_28_aarch64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="Debian's packages are unpacked by dpkg"),
]

CopyProject = Callable[[str], Path]


def test_one_command_for_several_pythons(crosshook: CommandLine, copy_project: CopyProject) -> None:
    newer = debian_python("arm64", "3.14")
    done = crosshook(
        *("--adapt", "--require-native", "--target", "win_arm64", "--target", AARCH64),
        *("--python", OWN_PYTHON, "--python", "3.14", "--python", "3.14t"),
        *("--target-python", newer, copy_project("plain")),
    )
    assert done.code == 0, done.err
    own = OWN_PYTHON.replace(".", "")
    assert [wheel.name for wheel in done.wheels] == [
        f"plain-1.0-cp{python}-cp{abi}-{tag}.whl"
        for python, abi in ((own, own), ("314", "314"), ("314", "314t"))
        for tag in ("win_arm64", AARCH64)
    ]


@pytest.mark.parametrize("at_once", ["1", "2"])
def test_one_wheel_for_the_stable_abi_serves_newer_pythons(
    crosshook: CommandLine, copy_project: CopyProject, at_once: str
) -> None:
    """Where both were begun at once, the second's is dropped for the first's."""
    pythons = [debian_python("arm64", version) for version in ("3.11", "3.14")]
    done = crosshook(
        *("--adapt", "--target", AARCH64, "--python", "3.14", "--python", "3.11", "-j", at_once),
        *(word for python in pythons for word in ("--target-python", python)),
        *("--test-command", "python -c 'import abi3_ext, sys; print(sys.version_info[:2])'"),
        copy_project("abi3"),
    )
    assert done.code == 0, done.err
    assert [wheel.name for wheel in done.wheels] == [f"abi3-1.0-cp310-abi3-{AARCH64}.whl"]
    assert "(3, 11)\n" in done.err
    assert "(3, 14)\n" in done.err
    if at_once == "1":
        assert done.err.count("building for") == 1
        assert f"built for {AARCH64}, Python 3.11, serves {AARCH64}, Python 3.14" in done.err


@pytest.mark.parametrize("version", ["3.14", "3.15"])
def test_a_newer_python_runs_what_was_built_for_it(
    crosshook: CommandLine, copy_project: CopyProject, version: str
) -> None:
    done = crosshook(
        *("--adapt", "--target", AARCH64, "--python", version),
        *("--target-python", debian_python("arm64", version)),
        *("--test-command", "python -c 'import plain_ext, sys; print(sys.version_info[:2])'"),
        copy_project("plain"),
    )
    assert done.code == 0, done.err
    assert f"\n(3, {version.removeprefix('3.')})\n" in done.err


def test_the_stable_abi_of_both_builds_of_3_15(
    crosshook: CommandLine, copy_project: CopyProject, tmp_path: Path
) -> None:
    """Built with the headers of Debian's Python, which has the GIL, and run by it."""
    root = debian_python("arm64", "3.15")
    done = crosshook(
        *("--adapt", "--target", AARCH64, "--python", "3.15", "--python", "3.15t"),
        *("--target-python", root, copy_project("abi3t")),
    )
    assert done.code == 0, done.err
    assert [wheel.name for wheel in done.wheels] == [
        f"abi3t-1.0-cp315-{abi}-{AARCH64}.whl" for abi in ("abi3", "abi3.abi3t")
    ]
    python = ["qemu-aarch64-static", "-L", str(root), str(root / "usr/bin/python3.15")]
    code = "import abi3t_ext, sys; print(abi3t_ext.answer(), abi3t_ext.__file__)"
    for wheel, name in zip(done.wheels, ("abi3", "abi3t"), strict=True):
        zipfile.ZipFile(wheel).extractall(tmp_path / name)
        environ = {**os.environ, "PYTHONPATH": str(tmp_path / name)}
        said = subprocess.check_output([*python, "-c", code], env=environ, text=True)
        assert said == f"42 {tmp_path / name / f'abi3t_ext.{name}.so'}\n"


@pytest.mark.skipif(OWN_PYTHON not in DEBIAN_RELEASES, reason=f"no {OWN_PYTHON} to serve")
@pytest.mark.parametrize("target", [AARCH64, "win_amd64"])
def test_a_python_that_is_fetched(copy_project: CopyProject, tmp_path: Path, target: str) -> None:
    prefix = target_python(target, OWN_PYTHON)
    wheel = fetch(str(copy_project("plain")), prefix, target, OWN_PYTHON, tmp_path)
    digits = OWN_PYTHON.replace(".", "")
    assert wheel.name == f"plain-1.0-cp{digits}-cp{digits}-{target}.whl"
    (kept,) = (tmp_path / "cache" / "fetched").glob(f"fetch-{OWN_PYTHON}-*[!k]")
    assert kept.is_dir()
