"""Carrying out jobs, several at once where there are cores for it.

Every job has a directory, a copy of the source tree and processes of its own. Those of one source
share the build environment of their Python, which is made once; all share the output directory.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosshook import _processes
from crosshook._types import Reporter
from crosshook.errors import CrosshookError, HeedsNoTarget
from crosshook.frontend import cells, cxx_library
from crosshook.frontend.build_environments import BuildEnvironments
from crosshook.frontend.jobs import Job
from crosshook.frontend.memory import Room, room
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
) -> Generator[Delivered]:
    """Carry out jobs and yield what came of each: in their order, behind those that failed before.

    Their processes are ended if whoever asks for what came of the jobs stops asking.

    :param failed: What came of cells that cannot be begun.
    """
    names = [name_of(outcome) for outcome in failed]
    reporter.planned([*names, *(job.cell for job in jobs)])
    for name, outcome in zip(names, failed, strict=True):
        reporter.cell(name).came(outcome)
        yield outcome
    watched = room(limits.memory)
    cores = usable_cores()
    at_once = min(limits.jobs or cores, len(jobs))
    run = _Run(reporter, limits.fail_fast, str(names[0]) if names else None)
    if at_once <= 1 and not any(job.links_cxx_first for job in jobs):
        yield from (run.carry_out(job, None) for job in jobs)
        return
    share = max(1, cores // at_once) if at_once > 1 else None
    # Two more, for what is done ahead.
    with ThreadPoolExecutor(at_once + 2) as pool:
        queue = _Queue(jobs, run, pool, at_once, share, watched)
        try:
            queue.begin_ahead()
            yield from map(queue.outcome, range(len(jobs)))
        finally:
            queue.end()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What holds for a run, whatever is built in it."""

    jobs: int | None = None
    """How many cells are built at once; None for as many as there are cores."""
    memory: int | None = None
    """Bytes that all cells may have in memory together; None for no limit."""
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
        self.is_ending = False
        """Whether those that are being built are ended: that is no failure of theirs."""

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
        if not self.is_ending:
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
        self,
        jobs: Sequence[Job],
        run: _Run,
        pool: ThreadPoolExecutor,
        at_once: int,
        cores: int | None,
        watched: Room | None,
    ) -> None:
        self._jobs = jobs
        self._run = run
        self._pool = pool
        self._at_once = at_once
        self._cores = cores
        self._ahead: list[Future[None]] = []
        self._room = watched
        self._running: list[int] = []
        self._begun: dict[int, Future[Delivered]] = {}
        self._first: dict[Path, int] = {}
        for number, job in enumerate(jobs):
            if not cells.heeds_targets(job.batch):
                self._first.setdefault(job.batch.place, number)

    def begin_ahead(self) -> None:
        """Begin what several jobs will wait for."""
        self._make_environments()
        if any(job.links_cxx_first for job in self._jobs):
            self._begin_one_ahead(_compile_cxx_libraries, self._jobs)

    def _make_environments(self) -> None:
        """Begin to make the environments of other Pythons than the first job's, one after the
        other: all that wait for the first would leave a core without work."""
        needed = {
            _environment_of(job): job.batch.environments
            for job in self._jobs
            if not job.batch.request.skip_existing
        }
        needed.pop(_environment_of(self._jobs[0]), None)
        if needed:
            self._begin_one_ahead(_make_environments, needed)

    def _begin_one_ahead(self, what: Callable[[Any], None], told: Any) -> None:
        with _processes.signals_deferred():
            self._ahead.append(self._pool.submit(what, told))

    def outcome(self, number: int) -> Delivered:
        """Return what came of a job; begin others until it is done."""
        while True:
            self._look()
            # One that is begun and not in the mapping could not be ended.
            with _processes.signals_deferred():
                for other in range(len(self._jobs)):
                    if other not in self._begun and self._may_begin(other):
                        self._running.append(other)
                        self._begun[other] = self._pool.submit(
                            self._run.carry_out, self._jobs[other], self._cores
                        )
            future = self._begun.get(number)
            if future is not None and future.done():
                return future.result()
            wait(
                [self._begun[running] for running in self._running],
                timeout=None if self._room is None else _LOOK_AGAIN_SECONDS,
                return_when=FIRST_COMPLETED,
            )

    def _look(self) -> None:
        """See what runs, and what has ended."""
        ended = [number for number in self._running if self._begun[number].done()]
        self._running = [number for number in self._running if number not in ended]
        self._remove_environments([self._jobs[number] for number in ended])
        if self._room is None:
            return
        for number in ended:
            came = self._begun[number].result()
            self._room.done(self._jobs[number], built=came.path is not None and not came.existing)
        self._room.look([self._jobs[number] for number in self._running])

    def _remove_environments(self, ended: Sequence[Job]) -> None:
        """Begin to remove those that no job needs any more, while there are others to do."""
        left = {
            _environment_of(job)
            for number, job in enumerate(self._jobs)
            if number not in self._begun or not self._begun[number].done()
        }
        for job in ended:
            if left and _environment_of(job) not in left:
                self._begin_one_ahead(job.batch.environments.discard, job.interpreter)

    def _may_begin(self, number: int) -> bool:
        if len(self._running) >= self._at_once:
            return False
        first = self._first.get(self._jobs[number].batch.place, number)
        if first != number and not (first in self._begun and self._begun[first].done()):
            return False
        running = [self._jobs[other] for other in self._running]
        return self._room is None or self._room.is_there(self._jobs[number], running)

    def end(self) -> None:
        """Begin no other job, and end the processes of those that run."""
        self._run.is_ending = True
        futures: list[Future[Any]] = [*self._begun.values(), *self._ahead]
        for future in futures:
            future.cancel()
        places = {job.batch.place for job in self._jobs}
        while wait(futures, timeout=0).not_done:
            _processes.end_running()
            for place in places:
                _processes.end_all(place)
            wait(futures, timeout=_LOOK_AGAIN_SECONDS)


def _environment_of(job: Job) -> tuple[Path, Path | None]:
    """Return what tells the build environment of a job from others."""
    return job.batch.place, job.interpreter


def _compile_cxx_libraries(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.links_cxx_first and not job.batch.request.skip_existing:
            cxx_library.compile_now(job.resolved, job.batch.machine.environ)


def _make_environments(needed: Mapping[tuple[Path, Path | None], BuildEnvironments]) -> None:
    for (_, interpreter), environments in needed.items():
        # Whoever needs it is told why there is none.
        with contextlib.suppress(CrosshookError, OSError):
            environments.get(interpreter)
