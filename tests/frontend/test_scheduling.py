"""How many builds go on at once, and what they say meanwhile."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crosshook import _processes
from crosshook._types import SilentReporter
from crosshook.frontend import cells, cxx_library
from crosshook.frontend.batch import Batch
from crosshook.frontend.reporters import CellName, NamedCell, NotesOnce, PrefixedLines
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.scheduling import Limits, carry_out_all, usable_cores


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


@pytest.mark.parametrize(
    ("python", "name", "short"),
    [
        ("3.13t", "win_arm64, Python 3.13t", "win_arm64 3.13t"),
        ("pypy3.11", "win_arm64, PyPy 3.11", "win_arm64 PyPy 3.11"),
    ],
)
def test_what_a_cell_is_called(python: str, name: str, short: str) -> None:
    cell = CellName(target="win_arm64", python=python)
    assert (str(cell), cell.short) == (name, short)


class Recording(SilentReporter):
    def __init__(self) -> None:
        self.said: list[str] = []

    def step(self, text: str) -> None:
        self.said.append(text)

    def note(self, text: str) -> None:
        self.said.append(text)


def test_what_a_cell_says_names_it_once() -> None:
    recording = Recording()
    reporter = NamedCell(recording, CellName(target="win_arm64", python="3.13"))
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


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
@pytest.mark.parametrize("begun", [1, 2])
def test_an_interrupt_while_builds_are_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: int
) -> None:
    """However many have been begun, their processes are ended."""
    submit = ThreadPoolExecutor.submit
    submitted: list[object] = []

    def interrupted_submit(pool: ThreadPoolExecutor, *arguments: Any) -> Any:
        future = submit(pool, *arguments)
        submitted.append(future)
        if len(submitted) == begun:
            signal.raise_signal(signal.SIGINT)
        return future

    def lasting(*arguments: object, **options: object) -> Delivered:
        code = [sys.executable, "-c", "import signal; signal.pause()"]
        ended = _processes.run(code, cwd=None, environ=os.environ, output=_processes.Tail())
        raise AssertionError(f"ended with {ended}")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted_submit)
    monkeypatch.setattr(cells, "carry_out", lasting)
    monkeypatch.setattr(cells, "heeds_targets", lambda batch: True)
    request = Request(targets=("win_arm64", "win_amd64"), jobs=2)
    unused: Any = None
    batch = Batch(
        project=unused,
        request=request,
        machine=unused,
        place=tmp_path,
        environments=unused,
        outbox=unused,
        release=unused,
    )
    jobs: Any = [
        SimpleNamespace(batch=batch, name=name, cell=name, interpreter=None, links_cxx_first=False)
        for name in ("one", "other")
    ]
    outcomes = carry_out_all(jobs, (), SilentReporter(), limits=Limits(jobs=2))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            next(outcomes)
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(submitted) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_the_cxx_library_is_compiled_beside_the_first_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    meeting = threading.Barrier(2, timeout=20)
    shares: list[int | None] = []

    def carry_out(job: Any, *arguments: object, cores: int | None) -> Delivered:
        if job.name == "0":
            meeting.wait()
        shares.append(cores)
        return Delivered(target="win_arm64", python="3.13")

    def compile_now(*arguments: object) -> None:
        meeting.wait()

    monkeypatch.setattr(cells, "carry_out", carry_out)
    monkeypatch.setattr(cells, "heeds_targets", lambda batch: True)
    monkeypatch.setattr(cxx_library, "compile_now", compile_now)
    jobs: Any = [
        SimpleNamespace(
            batch=SimpleNamespace(
                request=Request(targets=("win_arm64",)),
                place=tmp_path,
                machine=SimpleNamespace(environ={}),
                environments=None,
            ),
            name=str(number),
            cell=CellName(target="win_arm64", python="3.13"),
            interpreter=None,
            resolved=None,
            links_cxx_first=number == 0,
        )
        for number in range(count)
    ]
    came = list(carry_out_all(jobs, (), SilentReporter(), limits=Limits(jobs=count)))
    assert len(came) == count
    # The only one at a time may use what it likes.
    assert (None in shares) is (count == 1)
