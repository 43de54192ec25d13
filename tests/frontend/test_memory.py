"""How much memory builds take, and when another may begin."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from crosshook import _processes
from crosshook.errors import UsageError
from crosshook.frontend import memory
from crosshook.frontend.memory import Room, available, parse_size

MEGABYTE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Cell:
    work: Path
    memory_file: Path


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("8G", 8 << 30),
        ("512m", 512 << 20),
        ("1.5 GiB", 3 << 29),
        ("2TB", 2 << 40),
        ("1000", 1000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text, source="--memory") == size


@pytest.mark.parametrize(
    "text", ["", "G", "-1G", "8X", "0", "0.1", "8 G B", "1e9", "inf", "nan", "8G\n9", "9" * 400]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match=r"--memory: .* is not a size"):
        parse_size(text, source="--memory")


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:   3 kB\n"}, 3072),
        (
            {
                "proc/meminfo": "MemAvailable: 3 kB\n",
                "sys/fs/cgroup/memory.max": "1000\n",
                "sys/fs/cgroup/memory.current": "600\n",
            },
            400,
        ),
        ({"sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "600\n"}, None),
        ({"proc/meminfo": "nothing\n"}, None),
        ({}, None),
    ],
)
def test_what_is_left(tmp_path: Path, files: dict[str, str], left: int | None) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert available(tmp_path) == left


@pytest.fixture
def room_of_100(monkeypatch: pytest.MonkeyPatch) -> tuple[Room, dict[Path, int]]:
    """Return a room for 100 bytes, and what processes have in memory as it sees it."""
    sizes: dict[Path, int] = {}
    monkeypatch.setattr(
        _processes, "resident", lambda works: {work: sizes.get(work, 0) for work in works}
    )
    monkeypatch.setattr(memory, "available", lambda: None)
    return Room(100), sizes


def cells(tmp_path: Path, count: int, project: str = "demo") -> list[Cell]:
    return [
        Cell(work=tmp_path / project / str(number), memory_file=tmp_path / "kept" / project)
        for number in range(count)
    ]


def test_the_first_of_a_project_runs_alone(
    tmp_path: Path, room_of_100: tuple[Room, dict[Path, int]]
) -> None:
    room, sizes = room_of_100
    first, *others = cells(tmp_path, 4)
    (stranger,) = cells(tmp_path, 1, "stranger")
    assert room.is_there(first, [])
    assert not room.is_there(others[0], [first])
    for size in (10, 40, 20):
        sizes[first.work] = size
        room.look([first])
    room.done(first, built=True)
    # Two of 40 fit in 100, three do not; and of another project nothing is known.
    assert room.is_there(others[0], [])
    assert room.is_there(others[1], others[:1])
    assert not room.is_there(others[2], others[:2])
    assert not room.is_there(stranger, others[:1])


def test_one_that_takes_more_than_was_expected(
    tmp_path: Path, room_of_100: tuple[Room, dict[Path, int]]
) -> None:
    room, sizes = room_of_100
    first, second = cells(tmp_path, 2)
    first.memory_file.parent.mkdir()
    first.memory_file.write_text("40\n")
    assert room.is_there(second, [first])
    sizes[first.work] = 70
    room.look([first])
    assert not room.is_there(second, [first])
    room.done(first, built=True)
    assert first.memory_file.read_text() == "70\n"


def test_what_failed_tells_nothing(
    tmp_path: Path, room_of_100: tuple[Room, dict[Path, int]]
) -> None:
    room, sizes = room_of_100
    first, second = cells(tmp_path, 2)
    sizes[first.work] = 1
    room.look([first])
    room.done(first, built=False)
    assert not first.memory_file.exists()
    assert not room.is_there(first, [second])


@pytest.mark.parametrize("kept", ["", "many", "-"])
def test_a_damaged_file_is_as_none(
    tmp_path: Path, room_of_100: tuple[Room, dict[Path, int]], kept: str
) -> None:
    room, _ = room_of_100
    first, second = cells(tmp_path, 2)
    first.memory_file.parent.mkdir()
    first.memory_file.write_text(kept)
    assert not room.is_there(second, [first])


@pytest.mark.parametrize(("free", "there"), [(30, True), (29, False)])
def test_what_the_machine_has_left(
    tmp_path: Path,
    room_of_100: tuple[Room, dict[Path, int]],
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    there: bool,
) -> None:
    """Of 20 that the first is expected to take it has 10: 10 more, and 20 for the second."""
    room, sizes = room_of_100
    first, second = cells(tmp_path, 2)
    first.memory_file.parent.mkdir()
    first.memory_file.write_text("20\n")
    sizes[first.work] = 10
    room.look([first])
    monkeypatch.setattr(memory, "available", lambda: free)
    assert room.is_there(second, [first]) is there


@pytest.mark.skipif(not _processes.can_be_watched(), reason="needs Linux's /proc")
def test_what_processes_have_in_memory(tmp_path: Path) -> None:
    code = "data = bytearray(64 << 20); print(flush=True); input()"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, _processes.RUN_VARIABLE: str(tmp_path / "a" / "build")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        found = _processes.resident([tmp_path / "a", tmp_path / "b"])
        process.communicate(b"\n")
    assert 64 * MEGABYTE < found[tmp_path / "a"] < 128 * MEGABYTE
    assert found[tmp_path / "b"] == 0
