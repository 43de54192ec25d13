"""What another program's cache held once, it must hold still."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook import _files, _write_once
from crosshook._write_once import record, what_is_wrong

LIBRARY = "a1b2/libm.so.6"


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    directory = tmp_path / "zig" / "o"
    _files.write_files(directory, {LIBRARY: "a library", "c3d4/crt1.o": "an object"})
    record(directory)
    return directory


def test_nothing_was_changed(outputs: Path) -> None:
    assert what_is_wrong(outputs) is None
    assert what_is_wrong(outputs, thorough=True) is None


def test_there_is_none(tmp_path: Path) -> None:
    record(tmp_path / "zig" / "o")
    assert what_is_wrong(tmp_path / "zig" / "o") is None


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def overwritten_unseen(file: Path) -> None:
    """Same size, same time."""
    status = file.stat()
    file.write_text("A LIBRARY")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("damage", [emptied, Path.unlink, overwritten_unseen])
def test_what_was_damaged(outputs: Path, damage: Callable[[Path], None]) -> None:
    # The clock of a file system may tick a hundred times a second.
    time.sleep(0.02)
    damage(outputs / LIBRARY)
    if damage is overwritten_unseen and sys.platform == "win32":
        assert what_is_wrong(outputs) is None
    else:
        assert LIBRARY in str(what_is_wrong(outputs))
    assert LIBRARY in str(what_is_wrong(outputs, thorough=True))
    record(outputs)
    assert LIBRARY in str(what_is_wrong(outputs, thorough=True))


def test_what_was_copied_is_the_same(outputs: Path) -> None:
    data = (outputs / LIBRARY).read_bytes()
    (outputs / LIBRARY).unlink()
    (outputs / LIBRARY).write_bytes(data)
    assert what_is_wrong(outputs) is None


def test_what_is_new_is_written_down(outputs: Path) -> None:
    _files.write_files(outputs, {"e5f6/new.o": "new"})
    assert what_is_wrong(outputs) is None
    record(outputs)
    (outputs / "e5f6" / "new.o").unlink()
    assert what_is_wrong(outputs) == "e5f6/new.o is missing"


@pytest.mark.parametrize(
    "text", ["", "[]", "\xff", '{"format": 1}', '{"format": 1, "entries": {"a": 1}}', "[" * 99999]
)
def test_a_record_that_cannot_be_read(outputs: Path, text: str) -> None:
    next(outputs.parent.glob("o-*.json")).write_text(text, encoding="latin-1")
    assert what_is_wrong(outputs) == "its record cannot be read"
    record(outputs)
    assert what_is_wrong(outputs) is None


def test_a_file_that_goes_while_it_is_written_down(
    outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [("gone", outputs / "gone")]
    monkeypatch.setattr(_write_once, "_found", lambda directory: found)
    record(outputs)
    assert what_is_wrong(outputs) is None
