"""Which declared extension modules are missing from a wheel."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.adapters.plan import Plan
from crosshook.report import missing_extensions, read_report
from tests.factory import make_zip


def test_what_was_reported(tmp_path: Path) -> None:
    file = tmp_path / "report"
    lines = [{"kind": "note", "subject": "a"}, {"kind": "of a later version", "subject": "b"}]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [remark.sentence for remark in read_report(file)] == ["a"]
    assert read_report(tmp_path / "none") == ()


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff\x00",
        b"[]",
        b"{}",
        b'{"kind": [], "subject": "x"}',
        b'{"kind": "note", "subject": 1}',
        b"[" * 100_000,
        b"9" * 5000,
        b"x" * 3_000_000,
    ],
)
def test_garbage_in_the_report(tmp_path: Path, garbage: bytes) -> None:
    file = tmp_path / "report"
    file.write_bytes(b'{"kind": "note", "subject": "a"}\n' + garbage + b"\n")
    note, other = read_report(file)
    assert (note.sentence, note.is_problem) == ("a", False)
    assert other.is_problem
    assert "not what the wrapper reports" in other.sentence
    assert len(other.sentence) < 1000


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links as POSIX has them")
def test_a_report_that_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for name in ("pipe", "link", "."):
        assert read_report(tmp_path / name) == ()


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
