"""How many builds go on at once, and what they say meanwhile."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.frontend.reporters import CellReporter, NotesOnce, PrefixedLines
from crosshook.frontend.scheduling import usable_cores


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("100000 100000", 1),
        ("50000 100000", 1),
        ("max 100000", usable_cores()),
        ("10000000 100000", usable_cores(Path("/nowhere"))),
        ("", usable_cores(Path("/nowhere"))),
    ],
)
def test_a_container_gets_what_its_quota_leaves(tmp_path: Path, quota: str, cores: int) -> None:
    cgroup = tmp_path / "sys" / "fs" / "cgroup"
    cgroup.mkdir(parents=True)
    (cgroup / "cpu.max").write_text(f"{quota}\n")
    assert usable_cores(tmp_path) == min(cores, usable_cores(Path("/nowhere")))


def test_lines_of_several_processes_are_whole() -> None:
    stream = io.BytesIO()
    one, other = PrefixedLines(stream, b"a: "), PrefixedLines(stream, b"b: ")
    one.write(b"1\nha")
    other.write(b"2\n")
    one.write(b"lf\nrest")
    other.write(b"3\n")
    assert stream.getvalue() == b"a: 1\nb: 2\na: half\nb: 3\n"


class Recording(SilentReporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.said.append(text)


def test_what_a_cell_says_names_it_once() -> None:
    recording = Recording()
    reporter = CellReporter(recording, "win_arm64, Python 3.13")
    reporter.step("testing")
    reporter.step("building for win_arm64, Python 3.13")
    assert recording.said == [
        "win_arm64, Python 3.13: testing",
        "building for win_arm64, Python 3.13",
    ]


def test_a_note_about_a_platform_is_said_once() -> None:
    recording = Recording()
    reporter = NotesOnce(recording)
    for _ in range(2):
        reporter.note("zig may compile libc first")
        reporter.step("again")
    assert recording.said == ["zig may compile libc first", "again", "again"]
