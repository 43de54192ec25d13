"""What the benchmarks have in common: their arguments, how they time, and the pages they write."""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TARGET = "manylinux_2_28_aarch64"
"""What is built for where a benchmark needs one target."""
_LOOK_SECONDS = 0.1


def parser(
    doc: str | None, *, repeat: int, requirements: Sequence[str] = ()
) -> argparse.ArgumentParser:
    """Return a parser of what every benchmark takes.

    :param doc: The module's docstring, whose first line is the description.
    :param repeat: How often each way is timed if nothing else is said.
    :param requirements: What is built if nothing else is said; empty if the benchmark has a
        project of its own.
    """
    made = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    made.add_argument("--repeat", type=int, default=repeat, metavar="N", help="runs of each way")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="where to write the table")
    if requirements:
        made.add_argument("requirements", nargs="*", default=requirements, metavar="REQUIREMENT")
    return made


def write_table(
    said: Sequence[str],
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    markdown: Path | None,
) -> None:
    """Print the rows of a table as they come, and write a page with all of them.

    :param said: The page's lines above the table, of which the first is the heading.
    :param markdown: Where to write the page, if anywhere.
    """
    lines = [*said, "", _row(columns), "|" + "---|" * len(columns)]
    print("\n".join(lines[-2:]))
    for row in rows:
        lines.append(_row(row))
        print(lines[-1], flush=True)
    if markdown is not None:
        markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _row(words: Sequence[str]) -> str:
    return f"| {' | '.join(words)} |"


def smallest(
    ways: Mapping[str, Callable[[], object]],
    repeat: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Mapping[str, float]:
    """Run several ways in turn, some times over, and return the least that each took.

    They alternate, so that what else the machine does meets all of them; the least is what it
    disturbed least.

    :param clock: What tells the seconds.
    """
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(repeat):
        for name, way in ways.items():
            start = clock()
            way()
            seconds[name] = min(seconds[name], clock() - start)
    return seconds


def processor_time() -> float:
    """A clock: the seconds that processors spent on what this process started and waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def run_python(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Run Python with some arguments, and end with what it said if it fails.

    As for a user, modules are compiled once and not each time.

    :param environ: Added to this process's environment.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    run([sys.executable, *arguments], {**kept, **(environ or {})})


def run(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Run a command, and end with what it said if it fails."""
    done = subprocess.run(
        command,
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{list(command)}: exit code {done.returncode}\n{done.stderr}")


def build(
    requirement: str, options: Sequence[str], environ: Mapping[str, str] | None = None
) -> None:
    """Build a requirement with crosshook, into a directory that is gone afterwards."""
    with tempfile.TemporaryDirectory() as outdir:
        words = ["-m", "crosshook.frontend", "--quiet", "--adapt", "--outdir", outdir]
        run_python([*words, *options, requirement], environ)


@dataclass(slots=True)
class Memory:
    """The most that all that this process started had in memory at once, as samples saw it."""

    megabytes: float = 0
    """What several processes share counts for each."""


@contextlib.contextmanager
def memory_watched() -> Iterator[Memory]:
    """Watch the memory of what this process starts, until the end of the ``with``."""
    memory = Memory()
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_SECONDS):
            memory.megabytes = max(memory.megabytes, sum(map(_resident, _below(os.getpid()))) / 1e6)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield memory
    finally:
        ended.set()
        watcher.join()


def _below(pid: int) -> Iterator[int]:
    """Yield all that a process started, whatever session they are in."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            parents.setdefault(_parent(entry), []).append(int(entry.name))
    todo = parents.get(pid, [])
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
