"""Which declared extension modules are missing from a wheel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.adapters.plan import Plan
from crosshook.backend.report import missing_extensions
from tests.factory import make_zip


def missing(directory: Path, declared: Sequence[str], files: Sequence[str]) -> list[str]:
    log, wheel = directory / "declared", directory / "demo.whl"
    log.write_text("".join(json.dumps(name) + "\n" for name in declared))
    wheel.write_bytes(make_zip(dict.fromkeys(files, b"")))
    return list(missing_extensions(Plan(declared_extensions=str(log)), wheel))


@pytest.mark.parametrize(
    "file",
    [
        "demo/native.cp313-win_arm64.pyd",
        "demo/native.cpython-313-aarch64-linux-gnu.so",
        "demo/native.abi3.so",
        "demo/native.dll",
        "demo/native.dylib",
        "demo/libnative.so",
        "demo/libnative.so.1",
        "demo/libnative.dylib",
        "demo-1.0.data/platlib/demo/native.dll",
    ],
)
def test_one_that_is_there(tmp_path: Path, file: str) -> None:
    assert missing(tmp_path, ["demo.native"], [file]) == []


@pytest.mark.parametrize(
    "file", ["demo/native.py", "demo/native.so.txt/x", "demo/other.dll", "native.pyd"]
)
def test_one_that_is_not(tmp_path: Path, file: str) -> None:
    assert missing(tmp_path, ["demo.native"], [file]) == ["demo.native"]
