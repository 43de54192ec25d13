"""Environment markers of a target."""

from __future__ import annotations

from packaging.markers import default_environment

from crosshook.target.markers import environment_markers
from tests.conftest import MakeTarget


def test_markers_are_all_there_are(make_target: MakeTarget) -> None:
    markers = environment_markers(make_target("win_arm64"))
    assert markers.keys() == default_environment().keys()
    assert (markers["sys_platform"], markers["platform_machine"]) == ("win32", "ARM64")
    assert markers["python_full_version"].startswith("3.13.")


def test_pypys_markers(make_target: MakeTarget) -> None:
    markers = environment_markers(make_target("linux_aarch64", "pypy3.11"))
    assert markers["platform_python_implementation"] == "PyPy"
    assert markers["implementation_name"] == "pypy"
    assert markers["implementation_version"] == "7.3.20"
    assert markers["python_full_version"] == "3.11.13"
