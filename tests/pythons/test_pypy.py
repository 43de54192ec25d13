"""An unpacked PyPy: made by hand, no PyPy is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.errors import TargetPythonError
from crosshook.pythons.composed import Composition
from crosshook.pythons.identify import identify
from crosshook.pythons.prefix import read_prefix
from crosshook.pythons.pypy import pypy_exports
from crosshook.target.platforms import parse_platform
from crosshook.target.promise import INTERPRETER
from tests.conftest import py
from tests.factory import make_elf
from tests.pythons.test_composed import make_headers

AARCH64 = parse_platform("linux_aarch64", source="test")
VERSION = py("pypy3.11")


def make_pypy(root: Path, platform: str = "aarch64-linux-gnu", machine: int = 183) -> Path:
    """Return a directory that is laid out as pypy.org's archives are."""
    headers = make_headers(root / "include" / "pypy3.11", "3.11.13")
    with (headers / "patchlevel.h").open("a") as stream:
        stream.write('#define PYPY_VERSION "7.3.20"\n')
    stdlib = root / "lib" / "pypy3.11"
    stdlib.mkdir(parents=True)
    (stdlib / f"_audioop_cffi.pypy311-pp73-{platform}.so").touch()
    (root / "bin").mkdir()
    library = make_elf(machine, exports=["PyPyList_New", "PyModule_AddType"])
    (root / "bin" / "libpypy3.11-c.so").write_bytes(library)
    return root


def read(prefix: Path, tag: str = "linux_aarch64", version: str = "pypy3.11") -> Composition:
    platform = parse_platform(tag, source="test")
    return read_prefix(prefix, platform, py(version), directory=Path("made"))


@pytest.mark.parametrize("below", ["", "usr"])
def test_what_an_unpacked_pypy_is(tmp_path: Path, below: str) -> None:
    root = make_pypy(tmp_path / below)
    found = read(tmp_path)
    assert (found.trees, found.files, found.commands) == ({}, {}, ())
    details = found.python.details
    assert details["language"]["version"] == "3.11"
    assert details["language"]["version_info"]["micro"] == 13
    assert details["implementation"]["name"] == "pypy"
    assert details["implementation"]["version"]["micro"] == 20
    assert details["implementation"]["cache_tag"] == "pypy311"
    assert details["suffixes"]["extensions"] == [".pypy311-pp73-aarch64-linux-gnu.so"]
    assert "stable_abi_suffix" not in details["abi"]
    assert details["c_api"]["headers"] == str(root / "include" / "pypy3.11")
    # Without the platform, unlike the suffix.
    assert found.python.sysconfig_vars["SOABI"] == "pypy311-pp73"


def test_what_it_exports(tmp_path: Path) -> None:
    exported = pypy_exports(make_pypy(tmp_path), AARCH64, VERSION)
    assert exported == {INTERPRETER: {"PyPyList_New", "PyModule_AddType"}}


def test_a_library_for_another_processor(tmp_path: Path) -> None:
    prefix = make_pypy(tmp_path, machine=62)
    with pytest.raises(TargetPythonError, match=r"for x86_64; not for linux_aarch64"):
        pypy_exports(prefix, AARCH64, VERSION)


def test_without_its_library(tmp_path: Path) -> None:
    prefix = make_pypy(tmp_path)
    (prefix / "bin" / "libpypy3.11-c.so").unlink()
    with pytest.raises(TargetPythonError, match=r"holds no libpypy3\.11-c\.so"):
        pypy_exports(prefix, AARCH64, VERSION)


def test_a_pypy_for_another_platform(tmp_path: Path) -> None:
    prefix = make_pypy(tmp_path, "x86_64-linux-gnu")
    with pytest.raises(TargetPythonError, match=r"needs '\.pypy311-pp73-aarch64-linux-gnu\.so'"):
        read(prefix)


def test_a_pypy_of_another_version(tmp_path: Path) -> None:
    with pytest.raises(TargetPythonError, match=r"no Python\.h"):
        read(make_pypy(tmp_path), version="pypy3.10")


def test_a_cpython_is_no_pypy(tmp_path: Path) -> None:
    make_headers(tmp_path / "include" / "pypy3.11", "3.11.13")
    with pytest.raises(TargetPythonError, match="not the headers of a PyPy"):
        read(tmp_path)


def test_a_pypy_is_no_cpython(tmp_path: Path) -> None:
    with pytest.raises(TargetPythonError, match=r"no Python\.h"):
        read(make_pypy(tmp_path), version="3.11")


def test_pypy_for_windows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetPythonError, match=r"PyPy 3\.11 for win_amd64 is not supported"):
        read(make_pypy(tmp_path), "win_amd64")


def test_what_it_is_called(tmp_path: Path) -> None:
    assert identify(make_pypy(tmp_path)) == "PyPy 3.11 for linux_aarch64"
