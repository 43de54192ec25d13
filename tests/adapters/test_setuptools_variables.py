"""Each environment variable that the setuptools adapter sets changes what setuptools does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.adapters.setuptools import Setuptools
from crosshook.backend import applied
from crosshook.project import Backend, Project
from crosshook.target import Target
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("setuptools") is None, reason="setuptools is not installed"
)

PROJECT = Project(
    root=Path("project"),
    requires=("setuptools>=77",),
    backend=Backend(name="setuptools.build_meta"),
)

VARIABLES = ("DIST_EXTRA_CONFIG", "LDCXXSHARED", "LDSHARED", "SETUPTOOLS_USE_DISTUTILS")

SHOW = """
import json, sys
try:
    import setuptools, distutils
    from distutils.ccompiler import new_compiler
    from distutils.sysconfig import customize_compiler
    compiler = new_compiler()
    customize_compiler(compiler)
    dist = setuptools.Distribution()
    dist.parse_config_files()
    build, build_ext = map(dist.get_command_obj, ("build", "build_ext"))
    build.ensure_finalized()
    build_ext.ensure_finalized()
    print(json.dumps({
        "distutils": distutils.__file__,
        "linkers": [compiler.linker_so, getattr(compiler, "linker_so_cxx", None)],
        "directory": build.build_base,
        "platform": dist.get_command_obj("bdist").plat_name,
        "file": build_ext.get_ext_filename("m"),
    }))
except ImportError as error:
    print(json.dumps(str(error)))
"""


def shown(plan: Plan, target: Target, directory: Path) -> Any:
    """Return what setuptools makes of a plan, the plan's own directory aside."""
    with applied.applied(plan, target, directory) as placed:
        done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, check=False)
        scratch = str(Path(placed.python_path[0]).parent)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout.replace(scratch.encode(), b"SCRATCH"))


@pytest.fixture
def target(make_target: MakeTarget) -> Target:
    return make_target("linux_aarch64", "{}.{}".format(*sys.version_info[:2]))


@pytest.fixture
def plan(target: Target, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.setenv("SETUPTOOLS_USE_DISTUTILS", "stdlib")
    for name in ("LDSHARED", "LDCXXSHARED", "CC", "CXX"):
        monkeypatch.delenv(name, raising=False)
    return Setuptools().plan(target, PROJECT, BuildMachine(system="linux", environ={}))


def test_the_list_is_whole(plan: Plan) -> None:
    assert set(VARIABLES) == plan.environ.keys()


@pytest.mark.parametrize("name", VARIABLES)
def test_each_is_needed(plan: Plan, target: Target, tmp_path: Path, name: str) -> None:
    without = replace(plan, environ={k: v for k, v in plan.environ.items() if k != name})
    assert shown(without, target, tmp_path) != shown(plan, target, tmp_path)


def test_the_suffix_of_modules_needs_no_variable(
    plan: Plan, target: Target, tmp_path: Path
) -> None:
    assert shown(plan, target, tmp_path)["file"] == f"m{target.extension_suffixes[0]}"
