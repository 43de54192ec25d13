"""Carrying out jobs, several at once where there are cores for it.

Every job has a directory, a copy of the source tree and processes of its own. What they share is
the build environment of their Python, which is made once, and the output directory.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from crosshook import _processes
from crosshook._types import Reporter
from crosshook.errors import HeedsNoTarget
from crosshook.frontend import cells
from crosshook.frontend.build_environments import BuildEnvironments
from crosshook.frontend.jobs import Job
from crosshook.frontend.outbox import Outbox
from crosshook.frontend.reporters import CellReporter
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import Machine
from crosshook.project import Project

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
    jobs: Sequence[Job],
    project: Project,
    request: Request,
    environments: BuildEnvironments,
    outbox: Outbox,
    machine: Machine,
    work: Path,
    reporter: Reporter,
) -> Generator[Delivered]:
    """Carry out jobs and yield what came of each, in their order.

    :param jobs: One at least.
    :param work: The directory that all their processes work for. They are ended if whoever asks
        for what came of the jobs stops asking.
    """
    cores = usable_cores()
    at_once = min(request.jobs or cores, len(jobs))
    run = _Run(
        project,
        request,
        environments,
        outbox,
        machine,
        reporter,
        total=len(jobs),
        cores=None if at_once == 1 else max(1, cores // at_once),
    )
    if at_once == 1:
        yield from map(run.carry_out, jobs)
        return
    # Of a backend that takes no notice of its target, one build tells what comes of all.
    alone = 0 if cells.heeds_targets(project, request) else 1
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
            _end(futures, work)


class _Run:
    def __init__(
        self,
        project: Project,
        request: Request,
        environments: BuildEnvironments,
        outbox: Outbox,
        machine: Machine,
        reporter: Reporter,
        *,
        total: int,
        cores: int | None,
    ) -> None:
        self._project = project
        self._request = request
        self._environments = environments
        self._outbox = outbox
        self._machine = machine
        self._reporter = reporter
        self._total = total
        self._cores = cores
        self._done = 0
        self._lock = threading.Lock()
        self._heedless: HeedsNoTarget | None = None
        self._failed: str | None = None

    def carry_out(self, job: Job) -> Delivered:
        with self._lock:
            heedless, failed = self._heedless, self._failed
        if heedless is not None and cells.comes_to_the_same(job, heedless):
            return cells.not_tried_again(job, heedless)
        if failed is not None and self._request.fail_fast:
            return cells.not_begun(job, failed)
        reporter = self._reporter
        if self._cores is not None:
            reporter = CellReporter(self._reporter, job.name)
        delivered = cells.carry_out(
            job,
            self._project,
            self._environments,
            self._outbox,
            self._request,
            self._machine,
            reporter,
            cores=self._cores,
        )
        with self._lock:
            if isinstance(delivered.error, HeedsNoTarget):
                self._heedless = delivered.error
            if delivered.error is not None:
                self._failed = job.name
            self._done += 1
            done = self._done
        if self._total > 1:
            came = "failed" if delivered.path is None else delivered.path.name
            self._reporter.step(
                f"[{done}/{self._total}] {job.name}: {came}, {delivered.seconds:.0f} s"
            )
        return delivered


def _end(futures: Sequence[Future[Delivered]], work: Path) -> None:
    """Begin no other job, and end the processes of those that run."""
    for future in futures:
        future.cancel()
    while wait(futures, timeout=0).not_done:
        _processes.end_running()
        _processes.end_all(work)
        wait(futures, timeout=_LOOK_AGAIN_SECONDS)
