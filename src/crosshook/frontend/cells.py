"""A job is one wheel: a target, what its backend runs in, and what its tests run in.

All that can fail early is looked for before the first job begins.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook import _files, emulators, pythons
from crosshook._types import Reporter
from crosshook.emulators import Host
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend import algorithm
from crosshook.frontend.algorithm import Built
from crosshook.frontend.environments import Environment
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import (
    Machine,
    Resolved,
    Wanted,
    assign_prefixes,
    backend_interpreter,
    resolve,
    runnable_python,
)
from crosshook.frontend.running import FailedTest, Runner, Tested, prepare, run_tests
from crosshook.project import Project, TargetTests
from crosshook.pythons.fetching import fetched_python
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion, parse_python_version


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


def wanted_targets(request: Request, machine: Machine) -> tuple[Wanted, ...]:
    """Return every target with every Python, each once.

    :raises UsageError: if one of either cannot be understood.
    """
    if not request.targets:
        raise UsageError("--target: none given", hint="--target win_arm64, for one")
    versions = [parse_python_version(text, source="--python") for text in request.pythons]
    platforms = [parse_platform(tag, source="--target") for tag in request.targets]
    return tuple(
        dict.fromkeys(
            (platform, version)
            for version in versions or [machine.python.version]
            for platform in platforms
        )
    )


def resolve_targets(
    wanted: Sequence[Wanted],
    prefixes: Mapping[Wanted, Path],
    request: Request,
    machine: Machine,
    reporter: Reporter,
) -> Iterator[Resolved]:
    """Yield each target with its toolchain and its Python at hand.

    :raises CrosshookError: if either is missing.
    """
    for target in wanted:
        yield resolve(
            target,
            prefix=prefixes.get(target),
            toolchain=request.toolchain,
            machine=machine,
            reporter=reporter,
        )


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
        for version in dict.fromkeys(version for _, version in wanted)
    }
    prefixes = unpacked_pythons(wanted, request, machine, reporter)
    resolved = resolve_targets(wanted, prefixes, request, machine, reporter)
    jobs = []
    for number, (target, found) in enumerate(zip(wanted, resolved, strict=True)):
        room = work / f"target-{number}"
        room.mkdir()
        untested = _why_not_tested(target, tests, request, machine)
        runner = None
        if untested is not None:
            reporter.warn(f"{target[0].tag}: not tested: {untested}")
        elif tests.command:
            runner = _runner(target, found, prefixes.get(target), request, machine, room)
        jobs.append(
            Job(
                work=room,
                resolved=found,
                interpreter=interpreters[target[1]],
                tests=tests,
                runner=runner,
                untested=untested,
            )
        )
    return tuple(jobs)


def unpacked_pythons(
    wanted: Sequence[Wanted], request: Request, machine: Machine, reporter: Reporter
) -> Mapping[Wanted, Path]:
    """Return which targets have an unpacked Python: named by the user, or fetched if that is
    allowed.

    :raises CrosshookError: if one that is named serves no target, or one cannot be fetched.
    """
    find = _python_source(request, machine, reporter)
    named = [Path(path).absolute() for path in request.target_pythons]
    prefixes = assign_prefixes(named, wanted, machine)
    for path in set(named) - set(prefixes.values()):
        reporter.note(f"{path}: for none of the targets; its headers are taken, and nothing else")
    found = {target: find(*target) for target in wanted if target not in prefixes}
    return {**prefixes, **{target: path for target, path in found.items() if path is not None}}


def _python_source(
    request: Request, machine: Machine, reporter: Reporter
) -> Callable[[Platform, PythonVersion], Path | None]:
    """Return what finds an unpacked Python, or None where one is to be composed.

    :raises UsageError: if the source that the user names is unknown.
    """
    variable = "CROSSHOOK_PYTHON_SOURCE"
    source = request.python_source or machine.environ.get(variable) or pythons.SOURCES[0]
    if source == "composed":
        return lambda platform, version: None
    cache, environ = machine.cache, machine.environ
    if source == "fetch":
        return functools.partial(fetched_python, cache=cache, environ=environ, reporter=reporter)
    at_fault = "--python-source" if request.python_source else variable
    plugin = pythons.find_provider(source, source=at_fault)
    return functools.partial(pythons.offered, plugin, cache=cache, environ=environ)


def carry_out(
    job: Job,
    project: Project,
    environment: Environment,
    outdir: Path,
    request: Request,
    reporter: Reporter,
) -> Delivered:
    """Build the wheel of a job, check it, test it and deliver it."""
    target = job.resolved.target
    outcome = Delivered(target=target.platform.tag, python=str(target.python_version))
    tested = None
    reporter.step(f"building for {job.name}")
    try:
        built = algorithm.build_for_target(
            project,
            target,
            job.work,
            environment=environment,
            options=algorithm.Options(
                adapt=request.adapt,
                require_native=request.require_native,
                config_settings=request.config_settings,
            ),
            reporter=reporter,
            python_exports=job.resolved.python_exports,
        )
        if job.runner is not None:
            tested = _test(job, job.runner, built, project, request, reporter)
        path = _files.deliver(built.wheel.path, outdir)
    except CrosshookError as error:
        return replace(outcome, error=error)
    _files.mark(job.resolved.markers)
    return replace(outcome, path=path, built=built, tested=tested, untested=job.untested)


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
    return emulators.nothing_runs(target[0], _host(machine))


def _host(machine: Machine) -> Host:
    return Host(
        system=machine.system, arch=machine.arch, environ=machine.environ, cache=machine.cache
    )


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
        host=_host(machine),
        named=request.emulator,
        work=room,
    )
