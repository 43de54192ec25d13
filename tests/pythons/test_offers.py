"""Where a Python to test with comes from, as hints say it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crosshook.machine import Machine
from crosshook.pythons.offers import how_to_get
from crosshook.target.platforms import parse_platform
from tests.conftest import py

UV_TO_INSTALL = "--python-source uv downloads one, once uv is there: pip install uv"


def machine(path: Path, *programs: str) -> Machine:
    """One that has some programs on ``PATH``, and nothing else."""
    for name in programs:
        (path / name).touch(mode=0o755)
    return Machine(system="linux", arch="x86_64", environ={"PATH": str(path)}, cache=path)


@pytest.fixture
def without_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if neither uv nor pbs-installer had been installed with pip."""
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


@pytest.mark.usefixtures("without_packages")
@pytest.mark.parametrize(
    ("tag", "version", "programs", "how"),
    [
        ("manylinux_2_28_aarch64", "3.13", ["apt-get", "uv"], "--python-source debian"),
        ("manylinux_2_28_aarch64", "3.12", ["apt-get", "uv"], "--python-source uv downloads one;"),
        ("manylinux_2_28_aarch64", "3.13t", ["apt-get", "uv"], "--python-source uv"),
        ("manylinux_2_28_aarch64", "3.13", ["uv"], "--python-source uv downloads one;"),
        ("manylinux_2_28_aarch64", "3.13", [], UV_TO_INSTALL),
        ("manylinux_2_28_aarch64", "pypy3.11", ["apt-get", "uv"], "--python-source debian"),
        ("manylinux_2_28_aarch64", "pypy3.10", ["apt-get", "uv"], "name an unpacked one: "),
        ("manylinux_2_28_i686", "3.13", ["apt-get"], "--python-source debian"),
        ("manylinux_2_28_i686", "3.13", ["uv"], "--target-python PREFIX"),
        ("musllinux_1_2_aarch64", "3.13", ["apt-get", "uv"], "--python-source uv"),
        ("musllinux_1_2_riscv64", "3.13", ["apt-get", "uv"], "--target-python PREFIX"),
        ("win_amd64", "3.13t", ["apt-get"], UV_TO_INSTALL),
        ("macosx_11_0_arm64", "3.13", ["uv"], "--python-source uv"),
    ],
)
def test_how_to_get_one(
    tmp_path: Path, tag: str, version: str, programs: list[str], how: str
) -> None:
    platform = parse_platform(tag, source="test")
    assert how in how_to_get(platform, py(version), machine(tmp_path, *programs))


def test_what_is_installed_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    platform = parse_platform("win_arm64", source="test")
    assert "--python-source fetch" in how_to_get(platform, py("3.13"), machine(tmp_path))
