"""What the benchmarks have in common: a command is timed, and its memory watched."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    seconds: float
    """Of wall-clock time."""
    megabytes: float
    """The most that the process and all below it had in memory at once, as samples saw it. What
    several share counts for each."""


def measure(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> Measured:
    """Run Python with some arguments, and return what it took.

    :param environ: Added to this process's environment.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, **(environ or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    _, said = process.communicate()
    seconds = time.perf_counter() - start
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{list(arguments)}: exit code {process.returncode}\n{said}")
    return Measured(seconds=seconds, megabytes=peak[0] / 1e6)


def build(
    requirement: str, options: Sequence[str], environ: Mapping[str, str] | None = None
) -> Measured:
    """Build a requirement with crosshook, into a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory() as outdir:
        words = ["-m", "crosshook.frontend", "--quiet", "--adapt", "--outdir", outdir]
        return measure([*words, *options, requirement], environ)


def _watch(process: subprocess.Popen[str], peak: list[int]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(_resident, _below(process.pid))))
        time.sleep(_LOOK_SECONDS)


def _below(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, whatever session they are in."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            parents.setdefault(_parent(entry), []).append(int(entry.name))
    todo = [pid]
    while todo:
        one = todo.pop()
        yield one
        todo += parents.get(one, ())


def _parent(entry: Path) -> int:
    try:
        # The name of the program is in brackets, and may have spaces.
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
