"""Build a wheel for a target: the frontend's side of the proposal.

The algorithm, for a source tree and a target:

1. Prepare an environment with ``[build-system] requires``.
2. If the backend has ``cross_build_wheel``: install what ``get_requires_for_cross_build_wheel``
   asks for, call the hook, and check the wheel against the target.
   C libraries for the target that the wheel needs are packed into it first.
3. Otherwise call ``build_wheel``, and accept the wheel only if it is pure.

With ``adapt``, crosshook's wrapper stands in front of the declared backend in step 2.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosshook import _files, _processes
from crosshook._types import ConfigSettings, Output, Reporter
from crosshook.errors import BackendError, CrosshookError, HeedsNoTarget, RefusedWheel
from crosshook.frontend import workplace
from crosshook.frontend.environments import Environment
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.project import WRAPPER, Backend, Project
from crosshook.report import VARIABLE, Remark, read_report
from crosshook.target import Target
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.promise import Promise, promise_of
from crosshook.wheel.checks import (
    accept_for_target,
    accept_pure,
    check_requires_python,
    holds_other_machines,
    target_remarks,
)
from crosshook.wheel.reading import Wheel, read_wheel

_SHOWN_LINES = 200
"""How much of a failed hook's output is shown; the end of it says what went wrong."""
_SHOWN_CHARACTERS = 10_000
"""How much of a line."""

_NOT_STARTED = re.compile(r"^.*(Exec format error|cannot execute binary file).*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How to build, apart from what for."""

    adapt: bool = False
    """Put crosshook's wrapper in front of the backend that the project declares."""
    require_native: bool = False
    """Refuse a wheel without compiled code, and one that lacks a declared extension module."""
    config_settings: ConfigSettings = field(default_factory=dict)
    """Passed to the backend's hooks."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the hooks, beside those of the environment."""
    timeout: float | None = None
    """Seconds after which a hook is ended."""
    cores: int | None = None
    """How many the build tools that a hook starts shall use; None to leave it to them."""
    repair: str = "auto"
    """When C libraries are packed into the wheel: one of
    :data:`crosshook.frontend.request.REPAIR`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """A wheel that was built and accepted."""

    wheel: Wheel
    digest: str
    """Of the wheel as it was when it was accepted: a SHA-256, as it is delivered by."""
    hook: str
    """``cross_build_wheel`` or ``build_wheel``; empty for a wheel that was there before."""
    remarks: tuple[Remark, ...]
    """What the wrapper reported beside the wheel."""


def build_for_target(
    project: Project,
    target: Target,
    work: Path,
    *,
    environment: Environment,
    options: Options,
    reporter: Reporter,
    python_exports: Mapping[str, frozenset[str]],
) -> Built:
    """Build a wheel and return it, accepted.

    :param work: An empty directory that the caller removes; the wheel is below it.
    :param environment: Where the backend runs; ``[build-system] requires`` are installed in it.
    :param python_exports: The names that the target Python exports, as
        :attr:`crosshook.target.promise.Promise.exports` has them.
    :raises BackendError: if a hook fails, with what it printed as the error's detail.
    :raises UnsupportedTarget: if the backend cannot build for the target.
    :raises RefusedWheel: if the wheel is not pure, or not for the target or its Python.
    :raises HeedsNoTarget: if it would be the same for other targets.
    """
    promise = promise_of(target, python_exports)
    with _Build(project, target, environment, options, work, reporter) as build:
        reporter.phase("hooks")
        offered = build.hooks.offered(target.to_json(), options.config_settings or None)
        environment.install(offered.requires)
        if "cross_build_wheel" in offered.hooks:
            built = build.with_hook(offered.requires, promise)
        elif "build_wheel" in offered.hooks:
            built = build.without_hook()
        else:
            raise BackendError(f"{project.backend.name}: it has no build_wheel hook")
        check_requires_python(built.wheel, promise)
        if options.require_native:
            _require_native(built)
    for remark in built.remarks:
        (reporter.warn if remark.is_problem else reporter.note)(remark.sentence)
    return built


def _taken(wheel: Path, work: Path) -> Path:
    """Return a copy of what the backend made, once nothing of the backend runs any more."""
    _processes.end_all(work)
    place = work / "taken"
    place.mkdir()
    return Path(shutil.copyfile(wheel, place / wheel.name, follow_symlinks=True))


def _accept_with_hook(
    path: Path,
    promise: Promise,
    remarks: Sequence[Remark],
) -> Wheel:
    try:
        return accept_for_target(path, promise)
    except RefusedWheel as error:
        unknown = any(remark.kind == "unknown-backend" for remark in remarks)
        wheel = read_wheel(path)
        machines = frozenset(
            (one.format, number) for one in wheel.objects for number in one.machines
        )
        if not unknown or not machines or promise.platform.row.machine in machines:
            error.hint = error.hint or _way_out(wheel, promise)
            raise
        raise HeedsNoTarget(
            error.message,
            problems=error.problems,
            hint="the backend, or the project's code in it, has to heed CC, sysconfig or what "
            "else it is told: the docs have the list, and how to write an adapter",
            machines=machines,
        ) from None


def _way_out(wheel: Wheel, promise: Promise) -> str | None:
    """Return what to do where a backend that heeds its target made a wheel that is not for it."""
    if holds_other_machines(wheel, promise):
        from crosshook.frontend.known_causes import OWN_COMPILER

        return OWN_COMPILER
    from crosshook.frontend import repair

    return repair.newer_target(wheel, promise.platform) or _named_target(wheel, promise.platform)


def _named_target(wheel: Wheel, platform: Platform) -> str | None:
    """Return what to do where a wheel is named for another target, or another version of it."""
    for tag in sorted({tag.platform for tag in wheel.tags}):
        try:
            named = parse_platform(tag, source=wheel.path.name)
        except CrosshookError:
            continue
        if named.row == platform.row and named != platform:
            return f"the project names its wheels for {tag}: --target {tag} promises that"
        if named.row != platform.row:
            return (
                f"the project names its wheels for {tag} by itself, as plat_name of bdist_wheel "
                "does: leave that out, or take sysconfig.get_platform(), in this build the target's"
            )
    return None


def _accept_without_hook(path: Path, project: Project) -> Wheel:
    try:
        return accept_pure(path)
    except RefusedWheel as error:
        raise HeedsNoTarget(
            f"{path.name}: not a pure wheel, and the backend {project.backend.name} has no "
            "cross_build_wheel hook",
            problems=error.problems,
            hint="try --adapt, which puts crosshook's wrapper around the backend, "
            "or wrap it in pyproject.toml",
        ) from None


def _require_native(built: Built) -> None:
    problems = tuple(r.sentence for r in built.remarks if r.kind == "missing-extension")
    if not built.wheel.objects:
        problems = (*problems, "it holds no compiled code")
    if problems:
        raise RefusedWheel(f"{built.wheel.path.name}: --require-native", problems=problems)


def _share_of_cores(cores: int | None) -> dict[str, str]:
    """Return what tells build tools how many cores to use: CMake's and Cargo's own variables."""
    names = ("CMAKE_BUILD_PARALLEL_LEVEL", "CARGO_BUILD_JOBS")
    return {} if cores is None else dict.fromkeys(names, str(cores))


class _Build:
    """One build; what the backend prints and reports meanwhile is kept, to explain a failure."""

    def __init__(
        self,
        project: Project,
        target: Target,
        environment: Environment,
        options: Options,
        work: Path,
        reporter: Reporter,
    ) -> None:
        self._project = project
        self._target = target
        self._environment = environment
        self._options = options
        self._work = work
        self._reporter = reporter
        self._wheels = work / "wheel"
        self._wheels.mkdir()
        self._said = _processes.Tail()
        self._streams = reporter.streams_hook_output
        outputs: list[Output] = [self._said, reporter.log]
        if self._streams:
            outputs.append(reporter.stream)
        self._report = work / "report.jsonl"
        path = [RELAY_DIRECTORY, environment.environ.get("PYTHONPATH", "")]
        environ = {
            **_share_of_cores(options.cores),
            **environment.environ,
            **options.environ,
        }
        own = {
            "PYTHONPATH": os.pathsep.join(entry for entry in path if entry),
            VARIABLE: str(self._report),
            **workplace.environ_of(work),
        }
        self.hooks = HookCaller(
            root=project.root,
            backend=Backend(name=WRAPPER) if options.adapt else project.backend,
            python=environment.python,
            runner=_processes.hook_runner(
                {**environ, **own},
                output=_processes.Copies(*outputs),
                timeout=options.timeout,
            ),
        )

    def with_hook(self, requires: Sequence[str], promise: Promise) -> Built:
        """Return what ``cross_build_wheel`` builds.

        :param requires: What the hook requires beside ``[build-system] requires``.
        """
        from crosshook.frontend import repair, target_packages

        settings, reporter = self._options.config_settings or None, self._reporter
        target = target_packages.provide(
            self._target,
            self._project,
            requires,
            environment=self._environment,
            work=self._work,
            reporter=reporter,
        )
        reporter.phase("compiling")
        made = self.hooks.cross_build_wheel(self._wheels, target.to_json(), settings)
        path = _taken(made, self._work)
        reporter.phase("checking")
        path = repair.repaired(
            path,
            target,
            promise,
            self._options.repair,
            environ=self._environment.environ,
            work=self._work,
            reporter=reporter,
        )
        digest = _files.digest(path)
        remarks = self._remarks()
        wheel = _accept_with_hook(path, promise, remarks)
        for oddity in (*target_remarks(wheel, promise), *self._not_started()):
            reporter.warn(oddity)
        return Built(wheel=wheel, digest=digest, hook="cross_build_wheel", remarks=remarks)

    def without_hook(self) -> Built:
        """Return what ``build_wheel`` builds."""
        settings = self._options.config_settings or None
        self._reporter.phase("compiling")
        path = _taken(self.hooks.build_wheel(self._wheels, settings), self._work)
        self._reporter.phase("checking")
        digest = _files.digest(path)
        wheel = _accept_without_hook(path, self._project)
        return Built(wheel=wheel, digest=digest, hook="build_wheel", remarks=self._remarks())

    def _not_started(self) -> tuple[str, ...]:
        """Return what to say of programs that were not started, where the build did not mind.

        A shell that takes what a program prints goes on without.
        """
        found = _NOT_STARTED.search(self._said.text())
        if found is None:
            return ()
        line = found[0].strip()[:_SHOWN_CHARACTERS]
        return (f"a program of the target was not run, and its answer may be missing: {line}",)

    def _remarks(self) -> tuple[Remark, ...]:
        return read_report(self._report)

    def __enter__(self) -> _Build:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CrosshookError):
            remarks = [remark for remark in self._remarks() if remark.explains]
            problems = any(remark.is_problem for remark in remarks)
            # A wheel that is refused was built: unless something failed on the way, what the
            # backend printed says nothing about the reason.
            shown = not (self._streams or (isinstance(error, RefusedWheel) and not problems))
            before = error.message
            if isinstance(error, BackendError):
                # Imported when something fails: most builds do without.
                from crosshook.frontend import causes

                target = self._target
                causes.explain(error, self._said.text(), target.platform, target.toolchain)
            printed = [self._printed()] if shown and error.message == before else []
            parts = [*printed, *(remark.sentence for remark in remarks), error.detail]
            error.detail = "\n".join(part for part in parts if part) or None

    def _printed(self) -> str:
        lines = self._said.text().splitlines()
        if len(lines) > _SHOWN_LINES or self._said.left_out:
            left_out = max(len(lines) - _SHOWN_LINES, 0)
            what = f"{left_out} lines" if not self._said.left_out else "much"
            lines = [f"[{what} left out; -v shows all]", *lines[-_SHOWN_LINES:]]
        return "\n".join(line[:_SHOWN_CHARACTERS] for line in lines)
