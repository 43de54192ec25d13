"""Carrying out jobs, several at once where there are cores for it.

Every job has a directory, a copy of the source tree and processes of its own. What they share is
the build environment of their Python, which is made once, and the output directory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from crosshook import _processes
from crosshook._types import Reporter
from crosshook.errors import HeedsNoTarget
from crosshook.frontend import cells
from crosshook.frontend.batch import Batch
from crosshook.frontend.jobs import Job
from crosshook.frontend.reporters import RunReporter
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


def carry_out_all(jobs: Sequence[Job], batch: Batch, reporter: RunReporter) -> Iterator[Delivered]:
    """Carry out jobs and yield what came of each, in their order.

    Their processes are ended if whoever asks for what came of the jobs stops asking.

    :param jobs: One at least.
    """
    reporter.planned([job.cell for job in jobs])
    cores = usable_cores()
    at_once = min(batch.request.jobs or cores, len(jobs))
    run = _Run(batch, reporter, cores=None if at_once == 1 else max(1, cores // at_once))
    if at_once == 1:
        yield from map(run.carry_out, jobs)
        return
    # Of a backend that takes no notice of its target, one build tells what comes of all.
    alone = 0 if cells.heeds_targets(batch.project, batch.request) else 1
    yield from map(run.carry_out, jobs[:alone])
    futures: list[Future[Delivered]] = []
    with ThreadPoolExecutor(at_once) as pool:
        try:
            # One that is begun and not in the list could not be ended.
            with _processes.signals_deferred():
                futures += [pool.submit(run.carry_out, job) for job in jobs[alone:]]
            for future in futures:
                yield future.result()
        finally:
            _end(futures, batch.place)


class _Run:
    def __init__(self, batch: Batch, reporter: RunReporter, *, cores: int | None) -> None:
        self._batch = batch
        self._reporter = reporter
        self._cores = cores
        self._lock = threading.Lock()
        self._heedless: HeedsNoTarget | None = None
        self._failed: str | None = None

    def carry_out(self, job: Job) -> Delivered:
        with self._lock:
            heedless, failed = self._heedless, self._failed
        reporter = self._reporter.cell(job.cell)
        if heedless is not None and cells.comes_to_the_same(job, heedless):
            delivered = cells.not_tried_again(job, heedless)
        elif failed is not None and self._batch.request.fail_fast:
            delivered = cells.not_begun(job, failed)
        else:
            delivered = self._build(job, reporter)
        reporter.came(delivered)
        return delivered

    def _build(self, job: Job, reporter: Reporter) -> Delivered:
        delivered = cells.carry_out(job, self._batch, reporter, cores=self._cores)
        with self._lock:
            if isinstance(delivered.error, HeedsNoTarget):
                self._heedless = delivered.error
            if delivered.error is not None:
                self._failed = job.name
        return delivered


def _end(futures: Sequence[Future[Delivered]], work: Path) -> None:
    """Begin no other job, and end the processes of those that run."""
    for future in futures:
        future.cancel()
    while wait(futures, timeout=0).not_done:
        _processes.end_running()
        _processes.end_all(work)
        wait(futures, timeout=_LOOK_AGAIN_SECONDS)
