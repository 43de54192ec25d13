"""The Python interface: build a project for a target, and get the checked wheel.

from crosshook.api import build_wheel

built = build_wheel("markupsafe==3.0.3", target="win_arm64", adapt=True)
print(built.path)
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import packaging.tags
import platformdirs

from crosshook import _effects, emulators, environments, frontend
from crosshook._types import ConfigSettings, Reporter, SilentReporter
from crosshook.emulators import Host
from crosshook.environments import Environment
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend import Built
from crosshook.platforms import parse_platform
from crosshook.project import Project, TargetTests, read_project
from crosshook.resolve import Machine, Resolved, resolve, runnable_python
from crosshook.running import FailedTest, Runner, Tested, prepare, run_tests
from crosshook.sources import Source, obtain
from crosshook.target import Target

__all__ = ["Delivered", "Request", "build_wheel", "build_wheels"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What to build, for what, and how: the options of ``crosshook build``."""

    source: str | os.PathLike[str] = "."
    """A project's directory, an sdist, or a requirement such as ``markupsafe==3.0.3``."""
    targets: Sequence[str]
    """Wheel platform tags."""
    outdir: str | os.PathLike[str] | None = None
    """Where wheels are written: by default ``dist`` in the project's directory, or in the current
    directory if the source is not a directory."""
    adapt: bool = False
    """Put crosshook's wrapper in front of the backend that the project declares."""
    require_native: bool = False
    """Refuse a wheel without compiled code, and one that lacks a declared extension module."""
    config_settings: ConfigSettings = field(default_factory=dict)
    target_python: Mapping[str, str | os.PathLike[str]] = field(default_factory=dict)
    """Unpacked Pythons by wheel platform tag, one under ``""`` for every other target; composed
    where none is given."""
    toolchain: str | None = None
    """``zig``, ``msvc`` or ``environment``."""
    test_command: str | None = None
    """Run for each wheel before it is delivered, with ``{project}`` and ``{wheel}``; by default
    the project's ``[tool.crosshook] test-command``; nothing is run if it is empty."""
    test_requires: Sequence[str] = ()
    """Installed for the test command, beside the project's ``test-requires``."""
    test_extras: Sequence[str] = ()
    """Extras installed for it, beside the project's ``test-extras``."""
    test_timeout: float | None = None
    """Seconds after which the test command is ended."""
    emulator: str | None = None
    """The first words of a command line that runs programs of the target."""
    keep_going: bool = False
    """Deliver a wheel whose test command failed, with a warning."""
    isolation: bool = True
    installer: str = "pip"
    """``pip`` or ``uv``."""
    cache: str | os.PathLike[str] | None = None
    """Where files are kept between builds: by default ``CROSSHOOK_CACHE_DIR``, or the platform's
    cache directory."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What came of one target."""

    target: str
    """The wheel platform tag that was asked for."""
    path: Path | None
    """The wheel, in the output directory; None if there is an error."""
    built: Built | None
    """What is known of the wheel; its own path is no longer there."""
    tested: Tested | None = None
    """What came of the test command, if there was one and something to run it with."""
    untested: str | None = None
    """Why the test command was not run, if there was one and nothing on this machine runs it."""
    error: CrosshookError | None


def build_wheel(
    source: str | os.PathLike[str] = ".",
    *,
    target: str,
    outdir: str | os.PathLike[str] | None = None,
    adapt: bool = False,
    config_settings: ConfigSettings | None = None,
    reporter: Reporter | None = None,
) -> Delivered:
    """Build a project for a target, check the wheel, and write it into a directory.

    :param source: A project's directory, an sdist, or a requirement such as ``markupsafe==3.0.3``.
    :param target: A wheel platform tag, such as ``win_arm64``.
    :param outdir: As in :class:`Request`, which has all the options that ``build_wheels`` takes.
    :param adapt: Put crosshook's wrapper in front of the backend that the project declares.
    :param config_settings: Passed to the backend.
    :param reporter: Is told what is going on.
    :raises CrosshookError: if the wheel cannot be built, or is refused; see
        :mod:`crosshook.errors`. Nothing is left in ``outdir`` then.
    """
    request = Request(
        source=source,
        targets=(target,),
        outdir=outdir,
        adapt=adapt,
        config_settings=config_settings or {},
    )
    (delivered,) = build_wheels(request, reporter=reporter)
    if delivered.error is not None:
        raise delivered.error
    return delivered


def build_wheels(request: Request, *, reporter: Reporter | None = None) -> Iterator[Delivered]:
    """Build a project for each target, in one build environment, and yield what came of each.

    A target that fails does not keep the others from being built.

    :raises CrosshookError: if the source or an option is at fault, before anything is built.
    """
    reporter = reporter or SilentReporter()
    environ = dict(os.environ)
    machine = _machine(request, environ)
    _effects.check_writable(machine.cache, source="CROSSHOOK_CACHE_DIR")
    for tag in _targets(request):
        parse_platform(tag, source="--target")
    with _effects.working_directory() as work:
        source = obtain(
            os.fspath(request.source),
            work / "source",
            environ=environ,
            python=sys.executable,
            python_version=machine.python_version,
            report=reporter.step,
        )
        project = read_project(source.tree)
        outdir = _outdir(request, source)
        testing = _testing(project, request)
        rooms = []
        for number, tag in enumerate(_targets(request)):
            room = work / f"target-{number}"
            room.mkdir()
            resolved = _resolve(tag, request, machine, reporter)
            untested = _why_not_tested(resolved.target, testing, request, machine)
            runner = None
            if untested is not None:
                reporter.warn(f"{tag}: not tested: {untested}")
            elif testing.command:
                runner = _runner(resolved.target, request, machine, room)
            rooms.append(_Room(path=room, resolved=resolved, runner=runner, untested=untested))
        with _environment(request, environ) as environment:
            _prepare(environment, project, request, reporter)
            for target in rooms:
                yield _deliver(project, target, outdir, environment, testing, request, reporter)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """A target and the directory that it is built and tested in."""

    path: Path
    resolved: Resolved
    runner: Runner | None
    """For the test command, if there is one."""
    untested: str | None
    """Why there is no runner for it."""


def _deliver(
    project: Project,
    room: _Room,
    outdir: Path,
    environment: Environment,
    testing: TargetTests,
    request: Request,
    reporter: Reporter,
) -> Delivered:
    target = room.resolved.target
    tested = None
    reporter.step(f"building for {target.platform.tag}")
    try:
        built = frontend.build_for_target(
            project,
            target,
            room.path,
            environment=environment,
            options=frontend.Options(
                adapt=request.adapt,
                require_native=request.require_native,
                config_settings=request.config_settings,
            ),
            reporter=reporter,
            python_exports=room.resolved.python_exports,
        )
        if room.runner is not None:
            tested = _test(room.runner, built, testing, project, room, request, reporter)
        path = _effects.deliver(built.wheel.path, outdir)
    except CrosshookError as error:
        return Delivered(target=target.platform.tag, path=None, built=None, error=error)
    _effects.mark(room.resolved.markers)
    return Delivered(
        target=target.platform.tag,
        path=path,
        built=built,
        error=None,
        tested=tested,
        untested=room.untested,
    )


def _test(
    runner: Runner,
    built: Built,
    testing: TargetTests,
    project: Project,
    room: _Room,
    request: Request,
    reporter: Reporter,
) -> Tested:
    try:
        return run_tests(
            runner,
            built.wheel.path,
            testing,
            project=project.root,
            timeout=request.test_timeout,
            work=room.path,
            reporter=reporter,
        )
    except FailedTest as error:
        if not request.keep_going:
            raise
        reporter.warn(f"{error.message}; delivered all the same")
        return error.tested


def _machine(request: Request, environ: Mapping[str, str]) -> Machine:
    cache = request.cache or environ.get("CROSSHOOK_CACHE_DIR")
    return Machine(
        system="windows" if sys.platform == "win32" else sys.platform,
        environ=environ,
        python_version=sys.version_info[:2],
        headers=Path(sysconfig.get_path("include")),
        cache=Path(cache or platformdirs.user_cache_path("crosshook")).absolute(),
        arch=platform.machine(),
        executable=Path(getattr(sys, "_base_executable", sys.executable)).resolve(),
        platform_tags=frozenset(packaging.tags.platform_tags()),
    )


def _targets(request: Request) -> Sequence[str]:
    if not request.targets:
        raise UsageError("--target: none given", hint="--target win_arm64, for one")
    for tag in request.target_python:
        if tag and tag not in request.targets:
            raise UsageError(f"--target-python: {tag} is not one of the targets")
    return tuple(dict.fromkeys(request.targets))


def _outdir(request: Request, source: Source) -> Path:
    if request.outdir is not None:
        outdir = Path(request.outdir)
    else:
        outdir = (source.tree if source.kind == "directory" else Path.cwd()) / "dist"
    _effects.check_writable(outdir, source="--outdir")
    return outdir.absolute()


def _prefix(tag: str, request: Request) -> Path | None:
    named = request.target_python.get(tag) or request.target_python.get("")
    return Path(named).absolute() if named else None


def _resolve(tag: str, request: Request, machine: Machine, reporter: Reporter) -> Resolved:
    return resolve(
        tag,
        prefix=_prefix(tag, request),
        toolchain=request.toolchain,
        machine=machine,
        reporter=reporter,
    )


def _testing(project: Project, request: Request) -> TargetTests:
    own = project.settings.testing
    command = own.command if request.test_command is None else request.test_command
    return TargetTests(
        command=command.strip(),
        requires=(*own.requires, *request.test_requires),
        extras=(*own.extras, *request.test_extras),
    )


def _why_not_tested(
    target: Target, testing: TargetTests, request: Request, machine: Machine
) -> str | None:
    if not testing.command or request.emulator is not None:
        return None
    return emulators.nothing_runs(target.platform, _host(machine))


def _host(machine: Machine) -> Host:
    return Host(
        system=machine.system, arch=machine.arch, environ=machine.environ, cache=machine.cache
    )


def _runner(target: Target, request: Request, machine: Machine, room: Path) -> Runner:
    prefix = _prefix(target.platform.tag, request)
    python = runnable_python(target.platform, prefix=prefix, machine=machine)
    return prepare(
        target,
        interpreter=python.interpreter,
        prefix=python.prefix,
        host=_host(machine),
        named=request.emulator,
        work=room,
    )


def _environment(
    request: Request, environ: Mapping[str, str]
) -> contextlib.AbstractContextManager[Environment]:
    if request.isolation:
        return environments.isolated(environ, request.installer)
    return environments.current(environ)


def _prepare(
    environment: Environment, project: Project, request: Request, reporter: Reporter
) -> None:
    if request.isolation:
        reporter.step(f"installing the build requirements: {', '.join(project.requires)}")
    environment.install(project.requires)
    if request.adapt:
        environment.install_crosshook()
