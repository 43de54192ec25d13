"""Wheels from the index, as their projects made them, held against the checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.checks import accept_for_target, accept_pure
from crosshook.errors import RefusedWheel
from crosshook.platforms import parse_platform
from crosshook.pythons.exports import python_exports
from tests.conftest import MakeTarget

pytestmark = pytest.mark.integration

PROJECTS = ("markupsafe", "msgpack", "kiwisolver", "greenlet", "ujson", "pyyaml", "wrapt")
OLDER = (27, 26, 24, 17)


def download(directory: Path, tag: str, project: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    command += [str(directory), "--only-binary", ":all:"]
    command += ["--python-version", "3.13", "--implementation", "cp", "--platform", tag]
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
    target = make_target(tag)
    exports = python_exports(parse_platform(tag, source="test"), (3, 13))
    wheel = accept_for_target(download(tmp_path, tag, project), target, exports)
    assert any(found.modules for found in wheel.objects)


# Most 32-bit wheels that need msvcp140.dll do not hold it: not in this list.
@pytest.mark.parametrize("project", ["markupsafe", "msgpack", "ujson", "pyyaml", "wrapt"])
def test_official_32_bit_wheels_are_accepted(
    tmp_path: Path, make_target: MakeTarget, project: str
) -> None:
    exports = python_exports(parse_platform("win32", source="test"), (3, 13))
    accept_for_target(download(tmp_path, "win32", project), make_target("win32"), exports)


@pytest.mark.parametrize("project", ["idna", "attrs", "packaging"])
def test_pure_wheels_are_pure(tmp_path: Path, project: str) -> None:
    assert accept_pure(download(tmp_path, "win_arm64", project)).objects == ()


def test_a_wheel_under_another_platforms_name(tmp_path: Path, make_target: MakeTarget) -> None:
    path = download(tmp_path, "win_arm64", "markupsafe")
    renamed = path.rename(path.with_name(path.name.replace("win_arm64", "win_amd64")))
    with pytest.raises(RefusedWheel) as caught:
        accept_for_target(renamed, make_target("win_amd64"))
    assert "the file name says cp313-cp313-win_amd64" in caught.value.problems[0]
