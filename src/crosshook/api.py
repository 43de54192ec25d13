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
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from crosshook import _files
from crosshook._types import Reporter, SilentReporter
from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import RunReporter
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import (
    Machine,
    named_libraries,
    resolve,
    unpacked_pythons,
    wanted_targets,
)
from crosshook.frontend.uv_settings import with_uv_variables
from crosshook.project import Project
from crosshook.pythons.fetching.kept import fetched_before
from crosshook.pythons.installed import InstalledPython
from crosshook.pythons.several import pythons_in
from crosshook.target.python_version import running_python

# What builds and fetches is imported when it is needed: it takes longer than to describe a target.
if TYPE_CHECKING:
    from crosshook.frontend.jobs import Job
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
    reporter: RunReporter | None = None,
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


def build_wheels(*requests: Request, reporter: RunReporter | None = None) -> Iterator[Delivered]:
    """Build projects for their targets, and yield what came of each: the oldest Python's first.

    Several are built at once, each in a copy of the source tree. The backend runs in one
    environment for all targets of a project, or in one for each minor version of Python that is
    installed here.

    A target that fails does not keep the others from being built, unless that is asked for; nor
    does a source that cannot be obtained, where there are others.

    :param requests: One for each source. How many wheels are built at once, and whether others are
        begun once one failed, is as the first of them says.
    :raises CrosshookError: if an option is at fault, or the only source, before anything is built.
    """
    from crosshook.frontend.opening import Opener, failed_source, label_of
    from crosshook.frontend.scheduling import Limits, carry_out_all
    from crosshook.frontend.workplace import own_temporary_files, workplace

    reporter = reporter or SilentReporter()
    if not requests:
        return
    machines = [this_machine(request) for request in requests]
    jobs: list[Job] = []
    failed: list[Delivered] = []
    with workplace() as work, contextlib.ExitStack() as stack:
        opener = Opener(work, stack, reporter)
        for request, machine in zip(requests, machines, strict=True):
            label = label_of(request) if len(requests) > 1 else ""
            try:
                planned = opener.open(request, machine, label)
            except CrosshookError as error:
                if not label:
                    raise
                failed += failed_source(request, error)
            else:
                jobs += planned.jobs
                failed += planned.failed
        stack.enter_context(own_temporary_files(work))
        first = requests[0]
        limits = Limits(jobs=first.jobs, fail_fast=first.fail_fast)
        yield from carry_out_all(jobs, failed, reporter, limits=limits)


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
        unpacked=(*_named_pythons(request), *fetched_before(cache)),
    )


def _named_pythons(request: Request) -> Iterator[Path]:
    for named in request.target_pythons:
        path = Path(named).absolute()
        yield from pythons_in(path) or (path,)
