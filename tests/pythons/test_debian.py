"""Which targets Debian has a Python for."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.machine import Machine
from crosshook.pythons.debian import debian_python, has
from crosshook.target.platforms import parse_platform
from tests.conftest import py


@pytest.mark.parametrize(
    ("tag", "version", "there"),
    [
        ("manylinux_2_28_aarch64", "3.13", True),
        ("manylinux_2_31_armv7l", "3.11", True),
        ("manylinux_2_28_aarch64", "3.12", False),
        ("manylinux_2_28_aarch64", "3.13t", False),
        ("musllinux_1_2_aarch64", "3.13", False),
        ("win_arm64", "3.13", False),
        ("macosx_11_0_arm64", "3.13", False),
    ],
)
def test_what_there_is(tag: str, version: str, there: bool) -> None:
    assert has(parse_platform(tag, source="test"), py(version)) is there


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("3.13", "Debian has no Python 3.13 for win_arm64: its files are composed"),
        # Nothing of it is composed.
        ("pypy3.11", "Debian has no PyPy 3.11 for win_arm64"),
    ],
)
def test_none_is_said(tmp_path: Path, python: str, said: str) -> None:
    """Other targets of the run may have one, so it is no error."""
    notes: list[str] = []

    class Notes(SilentReporter):
        def note(self, text: str) -> None:
            notes.append(text)

    machine = Machine(system="linux", arch="x86_64", environ={"PATH": ""}, cache=tmp_path)
    platform = parse_platform("win_arm64", source="test")
    assert debian_python(platform, py(python), machine=machine, reporter=Notes()) is None
    assert notes == [said]
