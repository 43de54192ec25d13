"""Carrying out jobs, several at once where there are cores for it.

Every job has a directory, a copy of the source tree and processes of its own. Those of one source
share the build environment of their Python, which is made once; all share the output directory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from crosshook import _processes
from crosshook._types import Reporter
from crosshook.errors import HeedsNoTarget
from crosshook.frontend import cells
from crosshook.frontend.jobs import Job
from crosshook.frontend.reporters import RunReporter, name_of
from crosshook.frontend.request import Delivered

_CGROUP_CPU = Path("sys/fs/cgroup/cpu.max")
_LOOK_AGAIN_SECONDS = 0.2


def usable_cores(root: Path = Path("/")) -> int:
    """Return how many cores this process may use: at least 1.

    Of those that the machine has, what a CPU affinity and a container's quota leave. The source of
    the quota is cgroup v2's ``cpu.max``: microseconds in a period, and the period.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    try:
        quota, period = (root / _CGROUP_CPU).read_text(encoding="ascii").split()
        cores = min(cores, int(quota) // int(period))
    except (OSError, ValueError, ZeroDivisionError):
        pass
    return max(cores, 1)


def carry_out_all(
    jobs: Sequence[Job], failed: Sequence[Delivered], reporter: RunReporter, *, limits: Limits
) -> Iterator[Delivered]:
    """Carry out jobs and yield what came of each: in their order, behind those that failed before.

    Their processes are ended if whoever asks for what came of the jobs stops asking.

    :param failed: What came of cells that cannot be begun.
    """
    names = [name_of(outcome) for outcome in failed]
    reporter.planned([*names, *(job.cell for job in jobs)])
    for name, outcome in zip(names, failed, strict=True):
        reporter.cell(name).came(outcome)
        yield outcome
    cores = usable_cores()
    at_once = min(limits.jobs or cores, len(jobs))
    run = _Run(reporter, limits.fail_fast, str(names[0]) if names else None)
    if at_once <= 1:
        yield from (run.carry_out(job, None) for job in jobs)
        return
    with ThreadPoolExecutor(at_once) as pool:
        queue = _Queue(jobs, run, pool, max(1, cores // at_once))
        try:
            yield from map(queue.outcome, range(len(jobs)))
        finally:
            queue.end()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What holds for a run, whatever is built in it."""

    jobs: int | None = None
    """How many cells are built at once; None for as many as there are cores."""
    fail_fast: bool = False
    """Whether no other cell is begun once one failed."""


class _Run:
    """What the cells of a run have to know of each other."""

    def __init__(self, reporter: RunReporter, fail_fast: bool, failed: str | None) -> None:
        self._reporter = reporter
        self._fail_fast = fail_fast
        self._failed = failed
        self._heedless: dict[Path, HeedsNoTarget] = {}
        self._lock = threading.Lock()

    def carry_out(self, job: Job, cores: int | None) -> Delivered:
        with self._lock:
            heedless, failed = self._heedless.get(job.batch.place), self._failed
        reporter = self._reporter.cell(job.cell)
        if heedless is not None and cells.comes_to_the_same(job, heedless):
            delivered = cells.not_tried_again(job, heedless)
        elif failed is not None and self._fail_fast:
            delivered = cells.not_begun(job, failed)
        else:
            delivered = self._build(job, cores, reporter)
        reporter.came(delivered)
        return delivered

    def _build(self, job: Job, cores: int | None, reporter: Reporter) -> Delivered:
        delivered = cells.carry_out(job, reporter, cores=cores)
        with self._lock:
            if isinstance(delivered.error, HeedsNoTarget):
                self._heedless[job.batch.place] = delivered.error
            if delivered.error is not None:
                self._failed = job.name
        return delivered


class _Queue:
    """Begins jobs when they may be begun; used by one thread.

    Of a backend that takes no notice of its target, one build tells what comes of all: until it is
    done, no other of that source is begun.
    """

    def __init__(
        self, jobs: Sequence[Job], run: _Run, pool: ThreadPoolExecutor, cores: int
    ) -> None:
        self._jobs = jobs
        self._run = run
        self._pool = pool
        self._cores = cores
        self._begun: dict[int, Future[Delivered]] = {}
        self._first: dict[Path, int] = {}
        for number, job in enumerate(jobs):
            if not cells.heeds_targets(job.batch):
                self._first.setdefault(job.batch.place, number)

    def outcome(self, number: int) -> Delivered:
        """Return what came of a job; begin others until it is done."""
        while True:
            # One that is begun and not in the mapping could not be ended.
            with _processes.signals_deferred():
                for other in range(len(self._jobs)):
                    if other not in self._begun and self._may_begin(other):
                        job = self._jobs[other]
                        self._begun[other] = self._pool.submit(
                            self._run.carry_out, job, self._cores
                        )
            future = self._begun.get(number)
            if future is not None and future.done():
                return future.result()
            wait(
                [begun for begun in self._begun.values() if not begun.done()],
                return_when=FIRST_COMPLETED,
            )

    def _may_begin(self, number: int) -> bool:
        first = self._first.get(self._jobs[number].batch.place, number)
        return first == number or (first in self._begun and self._begun[first].done())

    def end(self) -> None:
        """Begin no other job, and end the processes of those that run."""
        futures = tuple(self._begun.values())
        for future in futures:
            future.cancel()
        places = {job.batch.place for job in self._jobs}
        while wait(futures, timeout=0).not_done:
            _processes.end_running()
            for place in places:
                _processes.end_all(place)
            wait(futures, timeout=_LOOK_AGAIN_SECONDS)
