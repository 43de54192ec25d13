"""Carrying out a job: what comes of one target with one Python."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from crosshook import _files, _kept
from crosshook._types import Reporter
from crosshook.errors import CrosshookError, HeedsNoTarget, UnsupportedTarget
from crosshook.frontend import algorithm, existing, logs, reproducible, workplace
from crosshook.frontend.algorithm import Built
from crosshook.frontend.batch import Batch
from crosshook.frontend.environments import Environment
from crosshook.frontend.jobs import Job
from crosshook.frontend.request import Delivered
from crosshook.frontend.requires_python import check_python
from crosshook.frontend.running import FailedTest, Tested, run_tests
from crosshook.frontend.working_copy import working_copy
from crosshook.project import WRAPPER, Project
from crosshook.target.promise import Promise, promise_of

if TYPE_CHECKING:
    from crosshook.adapters import Adapter


def carry_out(job: Job, reporter: Reporter, *, cores: int | None = None) -> Delivered:
    """Build the wheel of a job, check it, test it and deliver it.

    Where a wheel that was delivered before serves the job, that one is tested and nothing built.
    If it has to be the same each time, it is built again, from a copy of the source tree elsewhere.

    :param cores: How many the build may use; None if it is the only one.
    """
    begun = time.monotonic()
    target = job.resolved.target
    batch = job.batch
    outcome = _outcome(job)
    promise = promise_of(target, job.resolved.python_exports)
    try:
        with workplace.ended_processes(job.work):
            there = _existing(job, promise, reporter)
            if there is not None:
                reporter.step(f"{there.wheel.path.name} is there, for {job.name}")
                return replace(outcome, path=there.wheel.path, built=there, existing=True)
            sent = batch.outbox.serving(promise, batch.place)
            if sent is not None:
                reporter.step(f"{sent.path.name}, built for {sent.cell}, serves {job.name}")
                tested = _test(job, sent.path, reporter)
            else:
                check_python(batch.project, target.python_version)
                reporter.phase("environment")
                environment = batch.environments.get(job.interpreter)
                reporter.step(f"building for {job.name}")
                prepared, tree = _prepared(job, reporter)
                built = _build(prepared, tree, environment, reporter, cores)
                if batch.request.verify_reproducible:
                    built = _built_again(prepared, built, tree, environment, reporter, cores)
                tested = _test(job, built.wheel.path, reporter)
                for directory in job.resolved.kept:
                    _kept.check_unchanged(directory)
                sent = batch.outbox.send(built, cell=job.name, promise=promise, place=batch.place)
                _files.mark(job.markers)
    except CrosshookError as error:
        logs.keep(error, job.log)
        outcome = replace(outcome, error=error)
    except OSError as error:
        outcome = replace(outcome, error=_files.failure(error))
    else:
        outcome = replace(
            outcome,
            path=sent.path,
            built=sent.built,
            reproduced=batch.request.verify_reproducible,
            tested=tested,
            untested=job.untested,
        )
    return replace(outcome, seconds=time.monotonic() - begun)


def _existing(job: Job, promise: Promise, reporter: Reporter) -> Built | None:
    """Return the wheel that makes building one needless, if that is wanted."""
    batch = job.batch
    if not batch.request.skip_existing:
        return None
    release = batch.release.get(lambda: batch.environments.get(job.interpreter), reporter)
    if release is None:
        return None
    return existing.find(
        batch.outbox.before,
        release,
        promise,
        require_native=batch.request.require_native,
        reporter=reporter,
    )


def _built_again(
    job: Job,
    built: Built,
    project: Project,
    environment: Environment,
    reporter: Reporter,
    cores: int | None,
) -> Built:
    """Build the wheel of a job again; return that build if its wheel is the same.

    :raises RefusedWheel: if it is not.
    """
    first = built.wheel.path.replace(job.work / built.wheel.path.name)
    reporter.step(f"building for {job.name} again")
    copy = working_copy(project, job.work / "elsewhere")
    again = _build(job, copy, environment, reporter, cores)
    reproducible.check_same(first, again.wheel.path)
    return again


def heeds_targets(batch: Batch) -> bool:
    """Tell whether it is known that the build heeds its target: crosshook's wrapper has an adapter
    for the delegate."""
    adapter = _adapter(batch)
    return adapter is not None and adapter.knows_backend


def _outcome(job: Job, error: CrosshookError | None = None) -> Delivered:
    cell = job.cell
    return Delivered(target=cell.target, python=cell.python, source=cell.source, error=error)


def _prepared(job: Job, reporter: Reporter) -> tuple[Job, Project]:
    """Return the job with what ``--before-build`` made, and the copy of the project that it was
    made in; both as they are without such commands."""
    batch = job.batch
    commands = tuple(batch.request.before_build or batch.project.settings.before_build)
    if not commands:
        return job, batch.project
    from crosshook.frontend import before_build

    tree = working_copy(batch.project, job.work / "prepared")
    target = before_build.with_libraries(
        job.resolved.target,
        commands,
        tree.root,
        machine=batch.machine,
        work=job.work,
        reporter=reporter,
    )
    return replace(job, resolved=replace(job.resolved, target=target)), tree


def comes_to_the_same(job: Job, error: HeedsNoTarget) -> bool:
    """Tell whether a job would end as another did whose backend took no notice of its target."""
    return job.resolved.target.platform.row.machine not in error.machines


def not_begun(job: Job, failed: str) -> Delivered:
    """Return what comes of a job that is not begun, since another failed."""
    return _outcome(job, CrosshookError(f"{job.name}: not begun: --fail-fast, and {failed} failed"))


def not_tried_again(job: Job, why: HeedsNoTarget) -> Delivered:
    """Return what comes of a job that is not carried out, since another told what would come."""
    return _outcome(
        job,
        UnsupportedTarget(
            f"{job.name}: not tried: the backend built for its own machine before: {why.message}"
        ),
    )


def _tree(job: Job, project: Project, directory: Path, *, shared: bool) -> Project:
    """Return a project to build: where the build may leave something in the tree, a copy.

    So does a build that has others beside it. What was unpacked for this run is copied as well, so
    that its path does not depend on how many are built.
    """
    unpacked = project.root.is_relative_to(job.work.parent)
    adapter = _adapter(job.batch)
    needs_copy = adapter is not None and adapter.needs_copy
    return working_copy(project, directory) if shared or unpacked or needs_copy else project


def _adapter(batch: Batch) -> Adapter | None:
    """Return what tells the delegate of crosshook's wrapper about a target; None without it."""
    if not batch.request.adapt and batch.project.backend.name.partition(":")[0] != WRAPPER:
        return None
    from crosshook.adapters import find_adapter

    return find_adapter(batch.project)


def _build(
    job: Job,
    project: Project,
    environment: Environment,
    reporter: Reporter,
    cores: int | None,
) -> Built:
    request = job.batch.request
    place = job.work / "build"
    _files.remove(place)
    place.mkdir()
    return algorithm.build_for_target(
        _tree(job, project, place / "tree", shared=cores is not None),
        job.resolved.target,
        place,
        environment=environment,
        options=algorithm.Options(
            adapt=request.adapt,
            require_native=request.require_native,
            config_settings={**job.taken.config_settings, **request.config_settings},
            environ=job.taken.environ,
            timeout=request.build_timeout,
            cores=cores,
            repair=request.repair,
        ),
        reporter=reporter,
        python_exports=job.resolved.python_exports,
    )


def _test(job: Job, wheel: Path, reporter: Reporter) -> Tested | None:
    if job.runner is None:
        return None
    try:
        return run_tests(
            job.runner,
            wheel,
            job.tests,
            project=job.batch.project.root,
            timeout=job.batch.request.test_timeout,
            work=job.work,
            reporter=reporter,
        )
    except FailedTest as error:
        if not job.batch.request.keep_going:
            error.hint = "--keep-going delivers the wheel all the same"
            raise
        reporter.warn(f"{error.message}; delivered all the same")
        return error.tested
