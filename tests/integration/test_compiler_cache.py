"""A second build takes what compilers made from ccache or sccache."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

TARGET = "manylinux_2_28_aarch64"

CMAKE = {
    "pyproject.toml": """\
[build-system]
requires = ["scikit-build-core"]
build-backend = "scikit_build_core.build"
[project]
name = "cached"
version = "1.0"
""",
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.21)
project(cached LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Development.Module)
Python_add_library(cached MODULE WITH_SOABI cached.c)
install(TARGETS cached DESTINATION .)
""",
}
MESON = {
    "pyproject.toml": """\
[build-system]
requires = ["meson-python"]
build-backend = "mesonpy"
[project]
name = "cached"
version = "1.0"
""",
    "meson.build": """\
project('cached', 'c', version: '1.0')
import('python').find_installation(pure: false).extension_module(
  'cached', 'cached.c', install: true)
""",
}
SETUPTOOLS = {
    "pyproject.toml": """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
""",
    "setup.py": """\
from setuptools import Extension, setup
setup(name="cached", version="1.0", ext_modules=[Extension("cached", ["cached.c"])])
""",
}
SOURCE = """\
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "cached", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_cached(void) { return PyModule_Create(&module); }
"""


def write_project(root: Path, files: dict[str, str]) -> Path:
    root.mkdir()
    for name, text in {**files, "cached.c": SOURCE}.items():
        (root / name).write_text(text)
    return root


def build_twice(crosshook: CommandLine, root: Path, launcher: str, made: Callable[[], int]) -> None:
    """Build a project twice, and check that the second time took what the first time made.

    :param made: Returns how many results were taken from the cache since it was asked last.
    """
    wheels = []
    hits = []
    for number in (1, 2):
        out = root.parent / f"out-{number}"
        done = crosshook(
            *("--adapt", "--compiler-launcher", launcher, "--target", TARGET),
            *("--outdir", out, root),
        )
        assert done.code == 0, done.err
        wheels += [path.read_bytes() for path in done.wheels]
        hits.append(made())
    assert hits[1] > hits[0]
    assert wheels[0] == wheels[1]


@pytest.mark.skipif(shutil.which("ccache") is None, reason="ccache is not installed")
@pytest.mark.parametrize(
    "files", [SETUPTOOLS, CMAKE, MESON], ids=["setuptools", "scikit-build-core", "meson-python"]
)
def test_ccache(environ: dict[str, str], tmp_path: Path, files: dict[str, str]) -> None:
    environ["CCACHE_DIR"] = str(tmp_path / "kept")

    def hits() -> int:
        command = ["ccache", "--print-stats"]
        said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        found = re.findall(r"^(?:direct|preprocessed)_cache_hit\s+(\d+)", said.stdout, re.M)
        return sum(map(int, found))

    build_twice(CommandLine(environ=environ), write_project(tmp_path / "p", files), "ccache", hits)


@pytest.mark.skipif(shutil.which("sccache") is None, reason="sccache is not installed")
def test_sccache(environ: dict[str, str], tmp_path: Path) -> None:
    """Its server outlives the first build."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        environ["SCCACHE_SERVER_PORT"] = str(free.getsockname()[1])
    environ["SCCACHE_DIR"] = str(tmp_path / "kept")

    def hits() -> int:
        command = ["sccache", "--show-stats"]
        said = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
        return int(re.findall(r"^Cache hits\s+(\d+)", said.stdout, re.M)[0])

    try:
        root = write_project(tmp_path / "p", SETUPTOOLS)
        build_twice(CommandLine(environ=environ), root, "sccache", hits)
    finally:
        subprocess.run(["sccache", "--stop-server"], env=environ, capture_output=True, check=False)
