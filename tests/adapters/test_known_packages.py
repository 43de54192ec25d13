"""Packages to compile against: functions that answer with paths speak of the target's copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook import _files, overlay
from crosshook.adapters.known_packages import KNOWN, pkgconfig_directories, wrapped_functions
from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from crosshook.target import Target
from tests.conftest import MakeTarget

NUMPY = {
    "numpy/__init__.py": "from .lib._utils_impl import get_include\n",
    "numpy/lib/__init__.py": "",
    "numpy/lib/_utils_impl.py": (
        "import os\n"
        "def get_include():\n"
        "    'Return the directory of headers.'\n"
        "    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"
        "    return os.path.join(here, '_core', 'include')\n"
    ),
    "numpy/_core/include/numpy/ndarrayobject.h": "",
}
OTHER = {
    "other_lib/__init__.py": (
        "from pathlib import Path\n"
        "def get_include():\n"
        "    return [Path(__file__).parent / 'include', Path(__file__).parent / 'here', None]\n"
    ),
    "other_lib/include/other.h": "",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Where packages of the build environment are."""
    _files.write_files(tmp_path / "site", {**NUMPY, **OTHER, "other_lib/here/x.h": ""})
    return tmp_path / "site"


@pytest.fixture
def target(tmp_path: Path, make_target: MakeTarget) -> Target:
    directory = tmp_path / "packages"
    _files.write_files(directory, {**NUMPY, **OTHER})
    return replace(make_target("win_arm64"), target_packages=str(directory))


ASK = """
import json, numpy, numpy.lib._utils_impl as impl, other_lib
print(json.dumps([numpy.get_include(), impl.get_include(), impl.get_include.__doc__,
                  list(map(str, other_lib.get_include()))]))
"""


def test_in_children(site: Path, target: Target, tmp_path: Path) -> None:
    with applied.applied(Plan(), target, tmp_path, ("other-lib>=1",)):
        path = os.pathsep.join([os.environ["PYTHONPATH"], str(site)])
        environ = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", ASK], env=environ, capture_output=True, check=True
        )
    packages = tmp_path / "packages"
    include = str(packages / "numpy" / "_core" / "include")
    assert json.loads(done.stdout) == [
        include,
        include,
        "Return the directory of headers.",
        # What the target's copy does not have stays.
        [str(packages / "other_lib" / "include"), str(site / "other_lib" / "here"), "None"],
    ]


def forget() -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] in ("numpy", "other_lib")]:
        del sys.modules[name]


def test_in_this_process(
    site: Path, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(site)
    finders = list(sys.meta_path)
    theirs = str(tmp_path / "packages" / "numpy" / "_core" / "include")
    own = str(site / "numpy" / "_core" / "include")
    try:
        with overlay.installed(target):
            import numpy  # type: ignore[import-not-found,unused-ignore]

            assert numpy.get_include() == theirs
        assert numpy.get_include() == own
        # It is imported already, this time.
        with overlay.installed(target):
            assert numpy.get_include() == theirs
            assert sys.modules["numpy.lib._utils_impl"].get_include() == theirs
        assert numpy.get_include() == own
        assert sys.meta_path == finders
    finally:
        forget()


def test_without_packages_for_the_target(make_target: MakeTarget) -> None:
    assert overlay.describe(make_target("win_arm64"))["packages"] is None


def test_functions_of_a_package_that_is_not_known() -> None:
    known = wrapped_functions(())
    assert known["numpy.lib._utils_impl"] == ("get_include",)
    more = wrapped_functions(("NumPy>=2", "some-lib==1.0; python_version > '3'"))
    assert {k: v for k, v in more.items() if k not in known} == {"some_lib": ("get_include",)}


def test_where_pkg_config_finds_them() -> None:
    assert pkgconfig_directories("/p")[0] == "/p/numpy/_core/lib/pkgconfig"
    assert len(pkgconfig_directories("/p")) == sum(len(p.pkgconfig) for p in KNOWN.values())
