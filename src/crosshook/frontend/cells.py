"""A job is one wheel: a target, what its backend runs in, and what its tests run in.

All that can fail early is looked for before the first job begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook import _files, _kept, emulators
from crosshook._types import Reporter
from crosshook.adapters import find_adapter
from crosshook.errors import CrosshookError, HeedsNoTarget, UnsupportedTarget
from crosshook.frontend import algorithm, before_build, workplace
from crosshook.frontend.algorithm import Built
from crosshook.frontend.environments import Environment
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import (
    Machine,
    Resolved,
    Wanted,
    backend_interpreter,
    named_libraries,
    resolve,
    runnable_python,
    unpacked_pythons,
)
from crosshook.frontend.running import FailedTest, Runner, Tested, prepare, run_tests
from crosshook.frontend.working_copy import working_copy
from crosshook.project import WRAPPER, Project, TargetTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A wheel to build, and to test."""

    work: Path
    """A directory for it."""
    resolved: Resolved
    interpreter: Path | None
    """The Python to run the backend with; None for the one that runs crosshook."""
    tests: TargetTests
    runner: Runner | None
    """For the test command, if there is one."""
    untested: str | None
    """Why there is no runner for it."""

    @property
    def name(self) -> str:
        target = self.resolved.target
        return f"{target.platform.tag}, Python {target.python_version}"


def plan_jobs(
    wanted: Sequence[Wanted],
    project: Project,
    request: Request,
    machine: Machine,
    work: Path,
    reporter: Reporter,
) -> tuple[Job, ...]:
    """Return a job for each target, with its toolchain, its Python and its emulator at hand.

    :raises CrosshookError: if any of that is missing.
    """
    tests = _tests(project, request)
    interpreters = {
        version: backend_interpreter(
            version, machine, isolated=request.isolation, reporter=reporter
        )
        for version in dict.fromkeys(target.python for target in wanted)
    }
    prefixes = unpacked_pythons(
        wanted,
        request.target_pythons,
        source=request.python_source,
        machine=machine,
        reporter=reporter,
    )
    libraries = named_libraries(
        request.libraries, machine.environ, project.settings.libraries, project.root
    )
    if project.external and not libraries:
        reporter.note(
            f"the project says that it needs, for the target: {', '.join(project.external)} "
            "([external] host-requires); --libraries says where they are"
        )
    jobs = []
    for number, target in enumerate(wanted):
        found = resolve(
            target,
            prefix=prefixes.get(target),
            toolchain=request.toolchain,
            libraries=libraries,
            machine=machine,
            reporter=reporter,
        )
        room = work / f"target-{number}"
        room.mkdir()
        untested = _why_not_tested(target, tests, request, machine)
        runner = None
        if untested is not None:
            reporter.warn(f"{target.platform.tag}: not tested: {untested}")
        elif tests.command:
            runner = _runner(target, found, prefixes.get(target), request, machine, room)
        jobs.append(
            Job(
                work=room,
                resolved=found,
                interpreter=interpreters[target.python],
                tests=tests,
                runner=runner,
                untested=untested,
            )
        )
    return tuple(jobs)


def carry_out(
    job: Job,
    project: Project,
    environment: Environment,
    outdir: Path,
    request: Request,
    machine: Machine,
    reporter: Reporter,
) -> Delivered:
    """Build the wheel of a job, check it, test it and deliver it."""
    target = job.resolved.target
    outcome = Delivered(target=target.platform.tag, python=str(target.python_version))
    reporter.step(f"building for {job.name}")
    try:
        with workplace.ended_processes(job.work):
            prepared, tree = _prepared(job, project, request, machine, reporter)
            built = _build(prepared, tree, environment, request, reporter)
            tested = None
            if job.runner is not None:
                tested = _test(job, job.runner, built, project, request, reporter)
        for directory in job.resolved.kept:
            _kept.check_unchanged(directory)
        path = _files.deliver(built.wheel.path, outdir, checked=built.digest)
        _files.mark(job.resolved.markers)
    except CrosshookError as error:
        return replace(outcome, error=error)
    except OSError as error:
        return replace(outcome, error=_files.failure(error))
    return replace(outcome, path=path, built=built, tested=tested, untested=job.untested)


def _prepared(
    job: Job, project: Project, request: Request, machine: Machine, reporter: Reporter
) -> tuple[Job, Project]:
    """Return the job with what ``--before-build`` made, and the copy of the project that it was
    made in; both as they are without such commands."""
    commands = tuple(request.before_build or project.settings.before_build)
    if not commands:
        return job, project
    tree = working_copy(project, job.work / "prepared")
    target = before_build.with_libraries(
        job.resolved.target,
        commands,
        tree.root,
        machine=machine,
        work=job.work,
        reporter=reporter,
    )
    return replace(job, resolved=replace(job.resolved, target=target)), tree


def comes_to_the_same(job: Job, error: HeedsNoTarget) -> bool:
    """Tell whether a job would end as another did whose backend took no notice of its target."""
    return job.resolved.target.platform.row.machine not in error.machines


def not_tried(job: Job, why: HeedsNoTarget) -> Delivered:
    """Return what comes of a job that is not carried out, since another told what would come."""
    target = job.resolved.target
    return Delivered(
        target=target.platform.tag,
        python=str(target.python_version),
        error=UnsupportedTarget(
            f"{job.name}: not tried: the backend built for its own machine before: {why.message}"
        ),
    )


def _tree(project: Project, directory: Path, request: Request) -> Project:
    """Return a project to build: where the build may leave something in the tree, a copy."""
    wrapped = request.adapt or project.backend.name.partition(":")[0] == WRAPPER
    if wrapped and find_adapter(project).writes_into_tree:
        return working_copy(project, directory)
    return project


def _build(
    job: Job, project: Project, environment: Environment, request: Request, reporter: Reporter
) -> Built:
    return algorithm.build_for_target(
        _tree(project, job.work / "tree", request),
        job.resolved.target,
        job.work,
        environment=environment,
        options=algorithm.Options(
            adapt=request.adapt,
            require_native=request.require_native,
            config_settings=request.config_settings,
            timeout=request.build_timeout,
            repair=request.repair,
        ),
        reporter=reporter,
        python_exports=job.resolved.python_exports,
    )


def _test(
    job: Job, runner: Runner, built: Built, project: Project, request: Request, reporter: Reporter
) -> Tested:
    try:
        return run_tests(
            runner,
            built.wheel.path,
            job.tests,
            project=project.root,
            timeout=request.test_timeout,
            work=job.work,
            reporter=reporter,
        )
    except FailedTest as error:
        if not request.keep_going:
            raise
        reporter.warn(f"{error.message}; delivered all the same")
        return error.tested


def _tests(project: Project, request: Request) -> TargetTests:
    own = project.settings.testing
    command = own.command if request.test_command is None else request.test_command
    return TargetTests(
        command=command.strip(),
        requires=(*own.requires, *request.test_requires),
        extras=(*own.extras, *request.test_extras),
    )


def _why_not_tested(
    target: Wanted, tests: TargetTests, request: Request, machine: Machine
) -> str | None:
    if not tests.command or request.emulator is not None:
        return None
    return emulators.nothing_runs(target.platform, machine)


def _runner(
    target: Wanted,
    resolved: Resolved,
    prefix: Path | None,
    request: Request,
    machine: Machine,
    room: Path,
) -> Runner:
    python = runnable_python(target, prefix=prefix, machine=machine)
    return prepare(
        resolved.target,
        interpreter=python.interpreter,
        prefix=python.prefix,
        machine=machine,
        named=request.emulator,
        work=room,
    )
