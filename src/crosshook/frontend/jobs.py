"""A job is one wheel: a target, what its backend runs in, and what its tests run in.

All that can fail early is looked for before the first job begins.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook import emulators
from crosshook._types import Reporter
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend import cxx_library, logs
from crosshook.frontend.batch import Batch
from crosshook.frontend.cibuildwheel import Taken, taken_for
from crosshook.frontend.reporters import CellName
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import (
    Machine,
    Resolved,
    Wanted,
    backend_interpreter,
    named_libraries,
    oldest_first,
    resolve,
    runnable_python,
    unpacked_pythons,
)
from crosshook.frontend.running import Runner, prepare
from crosshook.project import Project, Settings, TargetTests
from crosshook.target.python_version import PythonVersion
from crosshook.toolchains.compiler_cache import chosen_launcher


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A wheel to build, and to test."""

    batch: Batch
    """What it shares with the others of its source."""
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
    links_cxx_first: bool
    """Whether it seems to be the first to link C++ for its target: that waits for a library."""

    @property
    def cell(self) -> CellName:
        target = self.resolved.target
        return CellName(
            target=target.platform.tag,
            python=str(target.python_version),
            source=self.batch.source,
        )

    @property
    def name(self) -> str:
        return str(self.cell)

    @property
    def markers(self) -> tuple[Path, ...]:
        """Files to create once it went through: what was announced need not be waited for again."""
        library = self.resolved.cxx_marker if self.links_cxx_first else None
        return (*self.resolved.markers, *((library,) if library is not None else ()))

    @property
    def memory_file(self) -> Path:
        """Where it is kept how much memory a cell of the project needs."""
        project = self.batch.project
        return self.batch.machine.cache / "memory" / (project.name or project.root.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """The cells of a source."""

    jobs: tuple[Job, ...] = ()
    """Those that can be built: the oldest Python's first."""
    failed: tuple[Delivered, ...] = ()
    """What came of those that cannot."""


def plan_jobs(wanted: Sequence[Wanted], batch: Batch, reporter: Reporter) -> Planned:
    """Return a job for each target, with its toolchain, its Python and its emulator at hand.

    :raises CrosshookError: if what is missing is missing for all of them.
    """
    plan = _Plan(wanted, batch, reporter)
    jobs: list[Job] = []
    failed: list[Delivered] = []
    # An extension module for the stable ABI serves newer Pythons: the oldest comes first.
    for target in oldest_first(wanted):
        try:
            job = plan.job(target)
        except CrosshookError as error:
            failed.append(failed_cell(target, error, batch.source))
        else:
            jobs += [job] if job is not None else []
    if not jobs and failed:
        assert failed[0].error is not None
        raise failed[0].error
    if not jobs:
        raise UsageError("[tool.cibuildwheel] skips every wheel that was asked for")
    return Planned(jobs=tuple(jobs), failed=tuple(failed))


def failed_cell(target: Wanted, error: CrosshookError, source: str) -> Delivered:
    """Return what came of a cell that could not be begun."""
    return Delivered(
        target=target.platform.tag, python=str(target.python), source=source, error=error
    )


class _Plan:
    """What is looked for once for all cells of a source."""

    def __init__(self, wanted: Sequence[Wanted], batch: Batch, reporter: Reporter) -> None:
        project, request, machine = batch.project, batch.request, batch.machine
        self._batch = batch
        self._reporter = reporter
        self._interpreters: dict[PythonVersion, Path | None] = {}
        self._named = unpacked_pythons(
            wanted, request.target_pythons, source="composed", machine=machine, reporter=reporter
        )
        self._libraries = named_libraries(request.libraries, machine.environ, project)
        self._launcher = chosen_launcher(
            request.compiler_launcher, machine.environ, project.settings.compiler_launcher
        )
        if project.external and not self._libraries:
            reporter.note(
                "the project says that it needs, for the target: "
                f"{', '.join(project.external)} ([external] host-requires); --libraries says "
                "where they are"
            )

    def job(self, target: Wanted) -> Job | None:
        """Return the job of a target; None if the project does not want it built.

        :raises CrosshookError: if something that it needs is missing.
        """
        project, request, machine = self._batch.project, self._batch.request, self._batch.machine
        taken = taken_for(target, project, request, machine, self._reporter)
        if taken.skipped:
            return None
        tests = _tests(project, request, taken)
        prefix = self._prefix(target)
        found = resolve(
            target,
            prefix=prefix,
            toolchain=request.toolchain,
            libraries=self._libraries,
            launcher=self._launcher,
            machine=machine,
            reporter=self._reporter,
        )
        room = self._batch.place / f"{target.platform.tag}-{target.python}"
        room.mkdir()
        untested = _why_not_tested(target, tests, request, machine)
        runner = None
        if untested is not None:
            self._reporter.warn(f"{target.platform.tag}: not tested: {untested}")
        elif tests.command:
            runner = _runner(target, found, prefix, request, machine, room)
        links_cxx_first = cxx_library.is_missing(found) and self._has_cxx
        if links_cxx_first:
            cxx_library.announce(found, self._reporter)
        return Job(
            batch=self._batch,
            work=room,
            resolved=found,
            interpreter=self._interpreter(target.python),
            tests=tests,
            runner=runner,
            untested=untested,
            log=logs.place_of(target, project, machine),
            taken=taken,
            links_cxx_first=links_cxx_first,
        )

    @functools.cached_property
    def _has_cxx(self) -> bool:
        return cxx_library.has_cxx(self._batch.project.root)

    def _prefix(self, target: Wanted) -> Path | None:
        named = self._named.get(target)
        if named is not None:
            return named
        found = unpacked_pythons(
            (target,),
            (),
            source=self._batch.request.python_source,
            machine=self._batch.machine,
            reporter=self._reporter,
        )
        return found.get(target)

    def _interpreter(self, version: PythonVersion) -> Path | None:
        if version not in self._interpreters:
            self._interpreters[version] = backend_interpreter(
                version,
                self._batch.machine,
                isolated=self._batch.request.isolation,
                reporter=self._reporter,
            )
        return self._interpreters[version]


def _tests(project: Project, request: Request, taken: Taken) -> TargetTests:
    own = project.settings.testing
    return _told(own if own.command else taken.tests, request)


def may_test(settings: Settings, request: Request) -> bool:
    """Tell whether wheels are tested, as far as that is known before what the project tells
    cibuildwheel."""
    return request.like_cibuildwheel or bool(_told(settings.testing, request).command)


def _told(own: TargetTests, request: Request) -> TargetTests:
    """Return a project's tests with what a request says of them."""
    command = own.command if request.test_command is None else request.test_command
    return replace(
        own,
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
