"""Which compilers are the build machine's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.toolchains.build_machine import build_toolchain


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name in ("gcc", "clang", "c++", "ar"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return {"PATH": str(tmp_path)}


def test_what_is_installed(environ: dict[str, str], tmp_path: Path) -> None:
    found = build_toolchain(environ, "linux")
    assert found is not None
    assert found.commands == {
        "cc": (str(tmp_path / "gcc"),),
        "cxx": (str(tmp_path / "c++"),),
        "ar": (str(tmp_path / "ar"),),
    }


def test_what_is_named(environ: dict[str, str]) -> None:
    found = build_toolchain({**environ, "CC_FOR_BUILD": "ccache 'my cc'"}, "linux")
    assert found is not None
    assert found.commands["cc"] == ("ccache", "my cc")
    with pytest.raises(UsageError, match=r"^CXX_FOR_BUILD: \"it's\": No closing quotation$"):
        build_toolchain({**environ, "CXX_FOR_BUILD": "it's"}, "linux")


def test_none() -> None:
    assert build_toolchain({"PATH": "/nowhere"}, "linux") is None


def test_windows_finds_its_own(environ: dict[str, str]) -> None:
    assert build_toolchain(environ, "windows") is None
