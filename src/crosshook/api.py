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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from crosshook import _files
from crosshook._types import Reporter, SilentReporter
from crosshook.errors import UsageError
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import (
    Machine,
    Wanted,
    named_libraries,
    resolve,
    unpacked_pythons,
    wanted_targets,
)
from crosshook.frontend.uv_settings import with_uv_table, with_uv_variables
from crosshook.project import Project
from crosshook.pythons.fetching.kept import fetched_before
from crosshook.pythons.installed import InstalledPython
from crosshook.target.python_version import running_python
from crosshook.toolchains.compiler_cache import chosen_launcher

# What builds and fetches is imported when it is needed: it takes longer than to describe a target.
if TYPE_CHECKING:
    from crosshook.frontend.sources import Source
    from crosshook.frontend.target_environment import TargetEnvironment
    from crosshook.target import Target

__all__ = [
    "Delivered",
    "Request",
    "build_wheel",
    "build_wheels",
    "target_environment",
    "target_mapping",
]


def build_wheel(
    source: str | os.PathLike[str] = ".",
    *,
    target: str,
    python: str | None = None,
    reporter: Reporter | None = None,
    **options: Any,
) -> Delivered:
    """Build a project for a target, check the wheel, and write it into a directory.

    :param source: A project's directory, an sdist, or a requirement such as ``markupsafe==3.0.3``.
    :param target: A wheel platform tag, such as ``win_arm64``.
    :param python: A minor version of CPython, ``3.13`` or ``3.13t``; None for that of the Python
        that runs this.
    :param reporter: Is told what is going on.
    :param options: The other fields of :class:`Request`, by their names.
    :raises CrosshookError: if the wheel cannot be built, or is refused; see
        :mod:`crosshook.errors`. Nothing is left in ``outdir`` then.
    """
    request = Request(
        source=source, targets=(target,), pythons=(python,) if python else (), **options
    )
    (delivered,) = build_wheels(request, reporter=reporter)
    if delivered.error is not None:
        raise delivered.error
    return delivered


def build_wheels(request: Request, *, reporter: Reporter | None = None) -> Iterator[Delivered]:
    """Build a project for each target, and yield what came of each: the oldest Python's first.

    Several are built at once, each in a copy of the source tree. The backend runs in one
    environment for all targets, or in one for each minor version of Python that is installed here.

    A target that fails does not keep the others from being built, unless that is asked for.

    :raises CrosshookError: if the source or an option is at fault, before anything is built.
    """
    from crosshook.frontend.build_environments import BuildEnvironments
    from crosshook.frontend.jobs import plan_jobs
    from crosshook.frontend.outbox import Outbox
    from crosshook.frontend.scheduling import carry_out_all
    from crosshook.frontend.source_date import source_date
    from crosshook.frontend.times import remembered
    from crosshook.frontend.workplace import (
        building_place,
        environ_of,
        own_temporary_files,
        settle,
        workplace,
    )
    from crosshook.project import read_project

    reporter = reporter or SilentReporter()
    wanted = targets_of(request)
    machine = this_machine(request)
    with workplace() as work:
        source = source_of(request, wanted, machine, work, reporter)
        project = read_project(source.tree)
        outbox = Outbox(output_directory(request, source))
        date = source_date(source, os.environ)
        if date is not None:
            reporter.step(date.sentence)
        with contextlib.ExitStack() as stack:
            place = stack.enter_context(building_place(source.tree))
            stack.enter_context(own_temporary_files(place))
            project = replace(project, root=settle(source.tree, work / FETCHED, place))
            environ = machine.environ
            if source.kind == "directory":
                environ = with_uv_table(environ, project)
            machine = replace(machine, environ={**environ, **environ_of(place)})
            planned = plan_jobs(wanted, project, request, machine, place, reporter)
            # Backends write sets into what they make.
            told = {"PYTHONHASHSEED": "0", **machine.environ, **(date.environ if date else {})}
            environments = BuildEnvironments(project, request, told, place, stack, reporter)
            came = carry_out_all(
                planned, project, request, environments, outbox, machine, place, reporter
            )
            yield from remembered(came, machine.cache)


def targets_of(request: Request) -> tuple[Wanted, ...]:
    """Return every target of a request with every Python.

    :raises UsageError: if one of either cannot be understood.
    """
    return wanted_targets(request.targets, request.pythons, default=running_python())


FETCHED = "source"
"""The directory below that of the run in which an sdist is unpacked."""


def source_of(
    request: Request, wanted: Sequence[Wanted], machine: Machine, work: Path, reporter: Reporter
) -> Source:
    """Return the source tree of a request, obtained for the oldest Python of some targets.

    :param work: The directory of the run.
    :raises CrosshookError: if it cannot be obtained.
    """
    from crosshook.frontend.sources import obtain
    from crosshook.frontend.workplace import environ_of

    return obtain(
        os.fspath(request.source),
        work / FETCHED,
        environ={**machine.environ, **environ_of(work)},
        python=sys.executable,
        # An sdist that the oldest takes is one for all.
        python_version=min(target.python.numbers for target in wanted),
        report=reporter.step,
    )


def target_mapping(
    request: Request, *, project: Project | None = None, reporter: Reporter | None = None
) -> Mapping[str, Any]:
    """Return what the hook would receive for the first target of a request: plain JSON.

    Makes the target Python's development files, as a build would; builds nothing.

    :param project: Whose ``[tool.crosshook] libraries`` count as well.
    :raises CrosshookError: in the words of the option that is at fault.
    """
    reporter = reporter or SilentReporter()
    return _first(request, this_machine(request), project, reporter).to_json()


def _first(
    request: Request, machine: Machine, project: Project | None, reporter: Reporter
) -> Target:
    default = machine.python.version
    wanted, *_ = wanted_targets(request.targets, request.pythons, default=default)
    prefixes = unpacked_pythons(
        (wanted,),
        request.target_pythons,
        source=request.python_source,
        machine=machine,
        reporter=reporter,
    )
    resolved = resolve(
        wanted,
        prefix=prefixes.get(wanted),
        toolchain=request.toolchain,
        libraries=named_libraries(request.libraries, machine.environ, project),
        launcher=chosen_launcher(
            request.compiler_launcher,
            machine.environ,
            None if project is None else project.settings.compiler_launcher,
        ),
        machine=machine,
        reporter=reporter,
    )
    return resolved.target


def target_environment(
    request: Request,
    prefix: str | os.PathLike[str] | None = None,
    *,
    reporter: Reporter | None = None,
) -> TargetEnvironment:
    """Return what build tools are told of the first target of a request, in the current directory.

    :param prefix: Where libraries are installed; by default ``libraries/TAG``.
    :raises CrosshookError: in the words of the option that is at fault.
    """
    from crosshook.frontend import target_environment as environments

    reporter = reporter or SilentReporter()
    machine = this_machine(request)
    resolved = _first(request, machine, None, reporter)
    place = Path(prefix) if prefix is not None else Path("libraries", resolved.platform.tag)
    return environments.target_environment(
        resolved, place.absolute(), Path.cwd(), machine, note=reporter.note
    )


def cache_directory(named: str | os.PathLike[str] | None = None) -> Path:
    """Return where files are kept between builds.

    :param named: By the user; otherwise ``CROSSHOOK_CACHE_DIR`` or the platform's cache directory.
    """
    chosen = named or os.environ.get("CROSSHOOK_CACHE_DIR")
    return Path(chosen or platformdirs.user_cache_path("crosshook")).absolute()


def this_machine(request: Request) -> Machine:
    """Return what is to be known of the machine that runs this.

    :raises UsageError: if nothing can be written where files are kept.
    """
    environ = with_uv_variables(os.environ)
    cache = cache_directory(request.cache)
    _files.check_writable(cache, source="CROSSHOOK_CACHE_DIR")
    return Machine(
        system="windows" if sys.platform == "win32" else sys.platform,
        arch=platform.machine(),
        environ=environ,
        python=InstalledPython(
            executable=Path(getattr(sys, "_base_executable", sys.executable)).resolve(),
            version=running_python(),
            headers=Path(sysconfig.get_path("include")),
        ),
        cache=cache,
        unpacked=(*(Path(p).absolute() for p in request.target_pythons), *fetched_before(cache)),
    )


def output_directory(request: Request, source: Source) -> Path:
    """Return where the wheels of a request go: a directory that can be written to."""
    if request.outdir is not None:
        outdir = Path(request.outdir)
    else:
        outdir = (source.tree if source.kind == "directory" else Path.cwd()) / "dist"
    absolute = outdir.absolute()
    if not str(absolute).isprintable():
        raise UsageError(
            f"--outdir: {str(absolute)!r} has characters that a line of output cannot show",
            hint="--outdir DIR, in another place",
        )
    _files.check_writable(absolute, source="--outdir")
    # What a delivery that was killed has left.
    _files.sweep(absolute)
    return absolute
