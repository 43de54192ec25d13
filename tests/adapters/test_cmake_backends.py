"""scikit-build-core, py-build-cmake, and a backend that nobody knows: plans. Nothing is run."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters import SCRATCH, Adapter, BuildMachine, Plan, find_adapter
from crosshook.adapters.generic import Generic
from crosshook.adapters.py_build_cmake import PyBuildCMake
from crosshook.adapters.scikit_build_core import ScikitBuildCore
from crosshook.adapters.setuptools import Setuptools
from crosshook.errors import UnsupportedTarget
from crosshook.project import Backend, Project, Settings
from tests.conftest import MakeTarget, py

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MACHINE = BuildMachine(system="linux", environ={}, python_version=py("3.13"))


def project(backend: str, *requires: str, path: tuple[str, ...] = ()) -> Project:
    return Project(
        root=Path("project"), requires=requires, backend=Backend(name=backend, path=path)
    )


SCIKIT = project("scikit_build_core.build", "scikit-build-core>=0.10")
PY_BUILD_CMAKE = project("py_build_cmake.build", "py-build-cmake")
HATCHLING = project("hatchling.build", "hatchling")


@pytest.mark.parametrize(
    ("of", "adapter"),
    [
        (SCIKIT, "scikit-build-core"),
        (project("scikit_build_core.setuptools.build_meta"), "scikit-build-core"),
        (project("own", "scikit-build-core", "setuptools", path=(".",)), "scikit-build-core"),
        (project("own", "setuptools", path=(".",)), "setuptools"),
        (project("scikit_build_core_wrapped"), "generic"),
        (PY_BUILD_CMAKE, "py-build-cmake"),
        (project("py_build_cmake.build:object"), "py-build-cmake"),
        (HATCHLING, "generic"),
        (project("own", path=(".",)), "generic"),
    ],
)
def test_who_speaks_for_whom(of: Project, adapter: str) -> None:
    found = find_adapter(of)
    assert found.name == adapter
    assert found.knows_backend is (adapter != "generic")


def test_scikit_build_core(make_target: MakeTarget) -> None:
    plan = ScikitBuildCore().plan(make_target("win_arm64"), SCIKIT, MACHINE)
    assert plan == Plan(
        environ={"SKBUILD_BUILD_DIR": f"{SCRATCH}/build/skbuild"},
        wheel_platform="win_arm64",
        project_sees_target=True,
    )


@pytest.mark.parametrize("key", ["build-dir", "skbuild.build-dir"])
def test_a_build_directory_of_the_users(make_target: MakeTarget, key: str) -> None:
    machine = replace(MACHINE, config_settings={key: "mine"})
    plan = ScikitBuildCore().plan(make_target("win_arm64"), SCIKIT, machine)
    assert plan.environ == {}


def test_one_that_may_choose_setuptools(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    both = project("own", "scikit-build-core", "setuptools", path=(".",))
    plan = ScikitBuildCore().plan(target, both, MACHINE)
    alone = ScikitBuildCore().plan(target, SCIKIT, MACHINE)
    assert plan == alone.merged(Setuptools().plan(target, both, MACHINE))


@pytest.mark.parametrize(
    ("adapter", "of"), [(ScikitBuildCore(), SCIKIT), (PyBuildCMake(), PY_BUILD_CMAKE)]
)
def test_no_compiler(make_target: MakeTarget, adapter: Adapter, of: Project) -> None:
    target = replace(make_target("win_arm64"), toolchain=None)
    with pytest.raises(UnsupportedTarget, match=r"target\.toolchain: missing: CMake needs"):
        adapter.plan(target, of, MACHINE)


def test_another_python(make_target: MakeTarget) -> None:
    with pytest.raises(UnsupportedTarget, match="scikit-build-core names wheels after the Python"):
        ScikitBuildCore().plan(make_target("win_arm64", "3.12"), SCIKIT, MACHINE)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            "win_arm64",
            {
                "os": "windows",
                "arch": "win_arm64",
                "library": "/pythons/libs/python313.lib",
                "sabi_library": "/pythons/libs/python3.lib",
                "soabi": "cp313-win_arm64",
            },
        ),
        (
            "macosx_11_0_arm64",
            {
                "os": "mac",
                "arch": "macosx_11_0_arm64",
                "library": f"{SCRATCH}/cmake/libpython3.13.a",
                "soabi": "cpython-313-darwin",
            },
        ),
    ],
)
def test_py_build_cmake(make_target: MakeTarget, tag: str, expected: dict[str, Any]) -> None:
    plan = PyBuildCMake().plan(make_target(tag), PY_BUILD_CMAKE, MACHINE)
    (file,) = plan.files
    assert plan.config_settings == {"cross": [f"{SCRATCH}/{file}"]}
    assert tomllib.loads(plan.files[file]) == {
        "implementation": "cp",
        "version": "313",
        "abi": "cp313",
        "include_dir": "/pythons/include",
        "toolchain_file": f"{SCRATCH}/cmake/toolchain.cmake",
        "cmake": {"build_path": f"{SCRATCH}/build/py-build-cmake"},
        **expected,
    }


def test_py_build_cmake_and_free_threads(make_target: MakeTarget) -> None:
    plan = PyBuildCMake().plan(make_target("linux_aarch64", "3.14t"), PY_BUILD_CMAKE, MACHINE)
    (text,) = plan.files.values()
    told = tomllib.loads(text)
    assert (told["version"], told["abi"]) == ("314", "cp314t")


def test_py_build_cmake_and_pypy(make_target: MakeTarget) -> None:
    plan = PyBuildCMake().plan(make_target("linux_aarch64", "pypy3.11"), PY_BUILD_CMAKE, MACHINE)
    (text,) = plan.files.values()
    told = tomllib.loads(text)
    assert (told["implementation"], told["abi"]) == ("pp", "pypy311_pp73")
    assert told["soabi"] == "pypy311-pp73-aarch64-linux-gnu"
    assert "sabi_library" not in told


def test_a_backend_that_nobody_knows(make_target: MakeTarget) -> None:
    """Its hooks may call setuptools."""
    target = make_target("win_arm64")
    plan = Generic().plan(target, HATCHLING, MACHINE)
    told = replace(Setuptools().plan(target, HATCHLING, MACHINE), wheel_platform="win_arm64")
    assert plan == told
    assert plan.project_sees_target


def test_it_asks_for_no_setuptools(make_target: MakeTarget) -> None:
    target = make_target("win_arm64", "3.12")
    assert Generic().plan(target, HATCHLING, MACHINE).requires == ()
    with_setuptools = project("hatchling.build", "hatchling", "setuptools")
    assert Generic().plan(target, with_setuptools, MACHINE).requires != ()


def test_it_needs_no_compiler(make_target: MakeTarget) -> None:
    target = replace(make_target("win_arm64"), toolchain=None)
    seen = replace(HATCHLING, settings=Settings(project_sees="build"))
    assert Generic().plan(target, seen, MACHINE) == Plan(wheel_platform="win_arm64")
