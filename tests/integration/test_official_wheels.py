"""Wheels from the index, as their projects made them, go through the checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.pythons.exports import python_exports
from crosshook.target import Target
from crosshook.target.promise import Promise, promise_of
from crosshook.wheel.checks import accept_for_target, accept_pure
from tests.conftest import MakeTarget, py

pytestmark = pytest.mark.integration

PROJECTS = ("markupsafe", "msgpack", "kiwisolver", "greenlet", "ujson", "pyyaml", "wrapt")
OLDER = (27, 26, 24, 17)


def promise(target: Target) -> Promise:
    """Return what a target promises, with what is known of its Python."""
    exports = python_exports(target.platform, target.python_version)
    assert exports
    return promise_of(target, exports)


def download(directory: Path, tag: str, project: str, version: str = "3.13") -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    command += [str(directory), "--only-binary", ":all:"]
    python = py(version)
    command += ["--python-version", python.dotted, "--implementation", "cp", "--platform", tag]
    command += ["--abi", f"cp{python.digits}"]
    if tag.startswith("manylinux_2_28_"):
        arch = tag.removeprefix("manylinux_2_28_")
        for older in (*(f"manylinux_2_{minor}" for minor in OLDER), "manylinux2014"):
            command += ["--platform", f"{older}_{arch}"]
    subprocess.run([*command, project], check=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize(
    "tag", ["win_arm64", "win_amd64", "manylinux_2_28_aarch64", "manylinux_2_28_x86_64"]
)
def test_official_wheels_are_accepted(
    tmp_path: Path, make_target: MakeTarget, tag: str, project: str
) -> None:
    wheel = accept_for_target(download(tmp_path, tag, project), promise(make_target(tag)))
    assert any(found.modules for found in wheel.objects)


@pytest.mark.parametrize(
    ("version", "project"),
    [
        ("3.13t", "markupsafe==3.0.3"),
        ("3.13t", "numpy==2.3.5"),
        ("3.14", "msgpack"),
        ("3.14", "greenlet"),
        ("3.14", "kiwisolver"),
        ("3.14t", "msgpack"),
        ("3.14t", "pyyaml"),
        ("3.14t", "kiwisolver"),
    ],
)
@pytest.mark.parametrize("tag", ["win_arm64", "win_amd64", "manylinux_2_28_aarch64"])
def test_official_wheels_for_other_pythons_are_accepted(
    tmp_path: Path, make_target: MakeTarget, tag: str, version: str, project: str
) -> None:
    path = download(tmp_path, tag, project, version)
    wheel = accept_for_target(path, promise(make_target(tag, version)))
    assert any(found.modules for found in wheel.objects)
    assert f"-cp{py(version).nodot}-cp{py(version).digits}-" in path.name


# Most 32-bit wheels that need msvcp140.dll do not hold it: not in this list.
@pytest.mark.parametrize("project", ["markupsafe", "msgpack", "ujson", "pyyaml", "wrapt"])
def test_official_32_bit_wheels_are_accepted(
    tmp_path: Path, make_target: MakeTarget, project: str
) -> None:
    accept_for_target(download(tmp_path, "win32", project), promise(make_target("win32")))


@pytest.mark.parametrize(
    ("tag", "project"),
    [
        ("manylinux_2_28_i686", "markupsafe==3.0.2"),
        ("manylinux_2_28_armv7l", "markupsafe==3.0.4"),
        ("manylinux_2_28_ppc64le", "markupsafe==3.0.4"),
        ("manylinux_2_28_ppc64le", "kiwisolver==1.5.1"),
        ("manylinux_2_28_s390x", "kiwisolver==1.5.1"),
        ("manylinux_2_31_riscv64", "markupsafe==3.0.3"),
        ("musllinux_1_2_x86_64", "markupsafe==3.0.3"),
        ("musllinux_1_2_x86_64", "kiwisolver==1.5.1"),
        ("musllinux_1_2_aarch64", "markupsafe==3.0.3"),
        ("musllinux_1_2_i686", "markupsafe==3.0.2"),
        ("musllinux_1_2_armv7l", "markupsafe==3.0.4"),
        ("musllinux_1_2_ppc64le", "markupsafe==3.0.4"),
        ("musllinux_1_2_s390x", "lxml==5.4.0"),
        ("musllinux_1_2_riscv64", "markupsafe==3.0.3"),
        ("macosx_11_0_arm64", "markupsafe==3.0.3"),
        ("macosx_11_0_arm64", "kiwisolver==1.5.1"),
        ("macosx_10_13_x86_64", "markupsafe==3.0.3"),
    ],
)
def test_official_wheels_for_other_platforms_are_accepted(
    tmp_path: Path, make_target: MakeTarget, tag: str, project: str
) -> None:
    wheel = accept_for_target(download(tmp_path, tag, project), promise(make_target(tag)))
    assert any(found.modules for found in wheel.objects)


@pytest.mark.parametrize("project", ["idna", "attrs", "packaging"])
def test_pure_wheels_are_pure(tmp_path: Path, project: str) -> None:
    assert accept_pure(download(tmp_path, "win_arm64", project)).objects == ()


def test_a_wheel_under_another_platforms_name(tmp_path: Path, make_target: MakeTarget) -> None:
    path = download(tmp_path, "win_arm64", "markupsafe")
    renamed = path.rename(path.with_name(path.name.replace("win_arm64", "win_amd64")))
    with pytest.raises(RefusedWheel) as caught:
        accept_for_target(renamed, promise(make_target("win_amd64")))
    assert "the file name says cp313-cp313-win_amd64" in caught.value.problems[0]
