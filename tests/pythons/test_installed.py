"""Finding the Pythons of this machine."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.pythons.installed import find_headers, find_python
from crosshook.target.python_version import running_python
from tests.conftest import py

HAS_HEADERS = Path(sysconfig.get_path("include"), "Python.h").is_file()


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """A machine on which the running Python is the only one."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / f"python{running_python()}").symlink_to(sys.executable)
    return {**os.environ, "PATH": str(tmp_path / "bin"), "PYENV_ROOT": str(tmp_path / "pyenv")}


@pytest.mark.skipif(os.name == "nt", reason="the registry has all the Pythons of the machine")
def test_on_path(environ: Mapping[str, str], tmp_path: Path) -> None:
    found = find_python(running_python(), environ=environ, cache=tmp_path / "cache")
    assert found is not None
    # Not the virtual environment that runs this.
    assert found.executable.resolve() == Path(sys.executable).resolve()
    assert found.headers == Path(sysconfig.get_path("include"))


@pytest.mark.skipif(os.name == "nt", reason="the registry has all the Pythons of the machine")
def test_where_pyenv_keeps_them(environ: Mapping[str, str], tmp_path: Path) -> None:
    version = running_python()
    programs = tmp_path / "pyenv" / "versions" / f"{version.dotted}.99" / "bin"
    programs.mkdir(parents=True)
    (tmp_path / "bin" / f"python{version}").rename(programs / f"python{version}")
    found = find_python(version, environ=environ, cache=tmp_path / "cache")
    assert found is not None
    assert found.version == version


def test_one_that_is_not_there(environ: Mapping[str, str], tmp_path: Path) -> None:
    assert find_python(py("3.99"), environ=environ, cache=tmp_path / "cache") is None
    assert find_headers(py("3.99t"), environ=environ, cache=tmp_path / "cache") is None


@pytest.mark.skipif(not HAS_HEADERS, reason="this Python has no headers")
@pytest.mark.skipif(os.name == "nt", reason="the registry has all the Pythons of the machine")
def test_headers_of_either_build(environ: Mapping[str, str], tmp_path: Path) -> None:
    version = running_python()
    for text in {version.dotted, f"{version.dotted}t" if version.minor >= 13 else version.dotted}:
        found = find_headers(py(text), environ=environ, cache=tmp_path / "cache")
        assert found is not None
        assert (found.headers / "Python.h").is_file()
