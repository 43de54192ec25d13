"""A job is one wheel: a target, what its backend runs in, and what its tests run in.

All that can fail early is looked for before the first job begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook import emulators
from crosshook._types import Reporter
from crosshook.errors import UsageError
from crosshook.frontend import logs
from crosshook.frontend.cibuildwheel import Taken, taken_for
from crosshook.frontend.reporters import NotesOnce
from crosshook.frontend.request import Request
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
from crosshook.frontend.running import Runner, prepare
from crosshook.project import Project, TargetTests


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A wheel to build, and to test."""

    work: Path
    """A directory for it, which is the same in each run of a project that is built in the same
    place."""
    resolved: Resolved
    interpreter: Path | None
    """The Python to run the backend with; None for the one that runs crosshook."""
    tests: TargetTests
    runner: Runner | None
    """For the test command, if there is one."""
    untested: str | None
    """Why there is no runner for it."""
    log: Path
    """Where what a failed build printed is kept."""
    taken: Taken
    """What the project tells cibuildwheel, if that is wanted."""

    @property
    def name(self) -> str:
        target = self.resolved.target
        return f"{target.platform.tag}, {target.python_version.title}"


def plan_jobs(
    wanted: Sequence[Wanted],
    project: Project,
    request: Request,
    machine: Machine,
    work: Path,
    reporter: Reporter,
) -> tuple[Job, ...]:
    """Return a job for each target, with its toolchain, its Python and its emulator at hand: the
    oldest Python's first.

    :raises CrosshookError: if any of that is missing.
    """
    # Cells of one platform have the same to say about it.
    reporter = NotesOnce(reporter)
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
    # An extension module for the stable ABI serves newer Pythons: the oldest comes first.
    for target in sorted(wanted, key=lambda one: (one.python.numbers, one.python.free_threaded)):
        taken = taken_for(target, project, request, machine, reporter)
        if taken.skipped:
            continue
        tests = _tests(project, request, taken)
        found = resolve(
            target,
            prefix=prefixes.get(target),
            toolchain=request.toolchain,
            libraries=libraries,
            machine=machine,
            reporter=reporter,
        )
        room = work / f"{target.platform.tag}-{target.python}"
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
                log=logs.place_of(target, project, machine),
                taken=taken,
            )
        )
    if not jobs:
        raise UsageError("[tool.cibuildwheel] skips every wheel that was asked for")
    return tuple(jobs)


def _tests(project: Project, request: Request, taken: Taken) -> TargetTests:
    own = project.settings.testing
    own = own if own.command else taken.tests
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
