"""The Python interface: build a project for a target, and get the checked wheel.

from crosshook.api import build_wheel

built = build_wheel("markupsafe==3.0.3", target="win_arm64", adapt=True)
print(built.path)
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from crosshook import _effects, environments, frontend
from crosshook._types import ConfigSettings, Reporter, SilentReporter
from crosshook.environments import Environment
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend import Built
from crosshook.platforms import parse_platform
from crosshook.project import Project, read_project
from crosshook.resolve import Machine, Resolved, resolve
from crosshook.sources import Source, obtain

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
    target_python: str | os.PathLike[str] | None = None
    """An unpacked Python for the target platform; composed if it is not given."""
    toolchain: str | None = None
    """``zig``, ``msvc`` or ``environment``."""
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
        resolved = [_resolve(tag, request, machine, reporter) for tag in _targets(request)]
        with _environment(request, environ) as environment:
            _prepare(environment, project, request, reporter)
            for number, target in enumerate(resolved):
                room = work / f"target-{number}"
                room.mkdir()
                yield _deliver(project, target, room, outdir, environment, request, reporter)


def _deliver(
    project: Project,
    resolved: Resolved,
    work: Path,
    outdir: Path,
    environment: Environment,
    request: Request,
    reporter: Reporter,
) -> Delivered:
    target = resolved.target
    reporter.step(f"building for {target.platform.tag}")
    try:
        built = frontend.build_for_target(
            project,
            target,
            work,
            environment=environment,
            options=frontend.Options(
                adapt=request.adapt,
                require_native=request.require_native,
                config_settings=request.config_settings,
            ),
            reporter=reporter,
            python_exports=resolved.python_exports,
        )
        path = _effects.deliver(built.wheel.path, outdir)
    except CrosshookError as error:
        return Delivered(target=target.platform.tag, path=None, built=None, error=error)
    _effects.mark(resolved.markers)
    return Delivered(target=target.platform.tag, path=path, built=built, error=None)


def _machine(request: Request, environ: Mapping[str, str]) -> Machine:
    cache = request.cache or environ.get("CROSSHOOK_CACHE_DIR")
    return Machine(
        system="windows" if sys.platform == "win32" else sys.platform,
        environ=environ,
        python_version=sys.version_info[:2],
        headers=Path(sysconfig.get_path("include")),
        cache=Path(cache or platformdirs.user_cache_path("crosshook")).absolute(),
    )


def _targets(request: Request) -> Sequence[str]:
    if not request.targets:
        raise UsageError("--target: none given", hint="--target win_arm64, for one")
    return tuple(dict.fromkeys(request.targets))


def _outdir(request: Request, source: Source) -> Path:
    if request.outdir is not None:
        outdir = Path(request.outdir)
    else:
        outdir = (source.tree if source.kind == "directory" else Path.cwd()) / "dist"
    _effects.check_writable(outdir, source="--outdir")
    return outdir.absolute()


def _resolve(tag: str, request: Request, machine: Machine, reporter: Reporter) -> Resolved:
    prefix = None if request.target_python is None else Path(request.target_python).absolute()
    return resolve(
        tag, prefix=prefix, toolchain=request.toolchain, machine=machine, reporter=reporter
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
