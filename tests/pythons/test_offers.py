"""Where a Python to test with comes from, as hints say it."""

from __future__ import annotations

import pytest

from crosshook.pythons.offers import how_to_get
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version


@pytest.mark.parametrize(
    ("tag", "version", "how"),
    [
        ("manylinux_2_28_aarch64", "3.13", "--python-source fetch"),
        ("macosx_11_0_arm64", "3.13", "--python-source fetch"),
        ("win_amd64", "3.13t", "--python-source fetch"),
        ("musllinux_1_2_aarch64", "3.13", " cpython-3.13-linux-aarch64-musl,"),
        ("manylinux_2_31_armv7l", "3.12", " cpython-3.12-linux-armv7-gnueabihf,"),
        ("manylinux_2_31_riscv64", "3.13t", " cpython-3.13+freethreaded-linux-riscv64gc-gnu,"),
        ("manylinux_2_28_i686", "3.13", "--target-python PREFIX"),
    ],
)
def test_how_to_get_one(tag: str, version: str, how: str) -> None:
    platform = parse_platform(tag, source="test")
    assert how in how_to_get(platform, parse_python_version(version, source="test"))
