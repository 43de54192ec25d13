"""pymsbuild: the plan, variable by variable. Nothing is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.adapters import SCRATCH, Answer, BuildMachine, Plan, find_adapter
from crosshook.adapters.pymsbuild import PyMSBuild
from crosshook.errors import UnsupportedTarget
from crosshook.project import Backend, Project
from crosshook.target import Target
from tests.conftest import MakeTarget

PROJECT = Project(root=Path("project"), requires=("pymsbuild",), backend=Backend(name="pymsbuild"))


def machine(environ: Mapping[str, str], *, dotnet: int | None = 0) -> BuildMachine:
    (asked,) = PyMSBuild().probes(None, PROJECT, BuildMachine(system="linux", environ={}))  # type: ignore[arg-type]
    return BuildMachine(system="linux", environ=environ, answers={asked: Answer(code=dotnet)})


def plan(target: Target, environ: Mapping[str, str] | None = None) -> Plan:
    return PyMSBuild().plan(target, PROJECT, machine(environ or {}))


def test_it_is_recognised() -> None:
    assert find_adapter(PROJECT).name == "pymsbuild"


def test_windows(make_target: MakeTarget) -> None:
    assert dict(plan(make_target("win_arm64")).environ) == {
        "PYMSBUILD_WHEEL_TAG": "cp313-cp313-win_arm64",
        "PYMSBUILD_ABI_TAG": "cp313-win_arm64",
        "PYMSBUILD_ABI": "cp313",
        "PYMSBUILD_EXT_SUFFIX": ".cp313-win_arm64.pyd",
        "PYMSBUILD_PLATFORM": "win_arm64",
        "PYMSBUILD_TEMP_DIR": f"{SCRATCH}/build",
        "PYTHON_INCLUDES": "/pythons/include",
        "PYTHON_LIBS": "/pythons/libs",
    }


@pytest.mark.parametrize("tag", ["manylinux_2_28_aarch64", "musllinux_1_2_s390x"])
def test_with_compilers_that_take_gccs_arguments(make_target: MakeTarget, tag: str) -> None:
    environ = plan(make_target(tag)).environ
    assert environ["PYMSBUILD_WHEEL_TAG"] == f"cp313-cp313-{tag}"
    assert environ["PYMSBUILD_PLATFORM"] == "linux_x86_64"
    assert environ["CC_Cmd"] == "/tools/cc -fPIC"
    assert environ["Link_Cmd"] == "/tools/c++ -shared -fPIC -s"
    assert "PYTHON_LIBS" not in environ


def test_free_threads(make_target: MakeTarget) -> None:
    environ = plan(make_target("win_amd64", "3.14t")).environ
    assert environ["PYMSBUILD_WHEEL_TAG"] == "cp314-cp314t-win_amd64"
    assert environ["PYMSBUILD_ABI_TAG"] == "cp314t-win_amd64"


def test_the_users_commands(make_target: MakeTarget) -> None:
    target = make_target("manylinux_2_28_aarch64")
    assert "Link_Cmd" not in plan(target, {"Link_Cmd": "mine -shared"}).environ


def test_there_is_no_msbuild(make_target: MakeTarget) -> None:
    with pytest.raises(UnsupportedTarget, match="no MSBuild to build for win_arm64") as caught:
        PyMSBuild().plan(make_target("win_arm64"), PROJECT, machine({}, dotnet=None))
    assert "MSBUILD=COMMAND" in str(caught.value.hint)


def test_the_users_msbuild(make_target: MakeTarget) -> None:
    own = BuildMachine(system="linux", environ={"MSBUILD": "/opt/msbuild"})
    assert PyMSBuild().probes(make_target("win_arm64"), PROJECT, own) == ()
    assert PyMSBuild().plan(make_target("win_arm64"), PROJECT, own).environ
