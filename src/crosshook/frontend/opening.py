"""From a request to jobs: its source is obtained, its project read, its cells planned."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from crosshook import _files
from crosshook._redact import redact
from crosshook._types import Reporter
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend.batch import Batch
from crosshook.frontend.build_environments import BuildEnvironments
from crosshook.frontend.jobs import Planned, failed_cell, plan_jobs
from crosshook.frontend.outbox import Outbox
from crosshook.frontend.reporters import NotesOnce
from crosshook.frontend.request import Delivered, Request
from crosshook.frontend.resolve import Machine, Wanted, wanted_targets
from crosshook.frontend.source_date import source_date
from crosshook.frontend.sources import Source, obtain
from crosshook.frontend.uv_settings import with_uv_table
from crosshook.frontend.workplace import building_place, environ_of, own_temporary_files, settle
from crosshook.project import Settings, read_project
from crosshook.target.python_version import parse_python_version, running_python

_FETCHED = "source"
"""The directory below that of the run in which sdists are unpacked."""


class Opener:
    """Opens the sources of a run.

    :param work: The directory of the run.
    :param stack: What ends the use of all that is opened.
    """

    def __init__(self, work: Path, stack: contextlib.ExitStack, reporter: Reporter) -> None:
        self._work = work
        self._stack = stack
        # Cells of one platform have the same to say about it.
        self._reporter = NotesOnce(reporter)
        self._outboxes: dict[Path, Outbox] = {}
        self._opened = 0

    def open(self, request: Request, machine: Machine, label: str) -> Planned:
        """Return the cells of a request.

        :param label: What tells the source from others of the run; empty if there is none.
        :raises CrosshookError: if the source cannot be obtained, an option is at fault, or nothing
            can be built.
        """
        self._opened += 1
        fetched = self._work / _FETCHED / str(self._opened)
        source = source_of(
            request, machine, work=self._work, fetched=fetched, reporter=self._reporter
        )
        project = read_project(source.tree)
        request = with_settings(request, project.settings, self._reporter)
        wanted = targets_of(request)
        outdir = output_directory(request, source)
        date = source_date(source, os.environ)
        if date is not None:
            self._reporter.step(f"{label}: {date.sentence}" if label else date.sentence)
        place = self._stack.enter_context(building_place(source.tree))
        project = replace(project, root=settle(source.tree, fetched, place))
        environ = machine.environ
        if source.kind == "directory":
            environ = with_uv_table(environ, project)
        machine = replace(machine, environ={**environ, **environ_of(place)})
        # Backends write sets into what they make.
        told = {"PYTHONHASHSEED": "0", **machine.environ, **(date.environ if date else {})}
        batch = Batch(
            project=project,
            request=request,
            machine=machine,
            place=place,
            environments=BuildEnvironments(
                project, request, told, place, self._stack, self._reporter
            ),
            outbox=self._outboxes.setdefault(outdir, Outbox(outdir)),
            source=label,
        )
        with own_temporary_files(self._work):
            return plan_jobs(wanted, batch, self._reporter)


def label_of(request: Request) -> str:
    """Return what tells the source of a request from others, for messages and file names."""
    return redact(os.fspath(request.source))


def failed_source(request: Request, error: CrosshookError) -> Iterator[Delivered]:
    """Yield what came of each cell of a source that cannot be opened, as far as they are known."""
    label = label_of(request)
    if not request.targets:
        python = ", ".join(request.pythons) or str(running_python())
        yield Delivered(target="any", python=python, source=label, error=error)
        return
    for target in targets_of(request):
        yield failed_cell(target, error, label)


def targets_of(request: Request) -> tuple[Wanted, ...]:
    """Return every target of a request with every Python.

    :raises UsageError: if one of either cannot be understood.
    """
    return wanted_targets(request.targets, request.pythons, default=running_python())


def with_settings(request: Request, settings: Settings, reporter: Reporter) -> Request:
    """Return a request with what a project says of targets and Pythons, where it says nothing."""
    taken = {}
    if not request.targets and settings.targets:
        taken["targets"] = settings.targets
    if not request.pythons and settings.pythons:
        taken["pythons"] = settings.pythons
    if not taken:
        return request
    said = "; ".join(f"{key} {', '.join(values)}" for key, values in taken.items())
    reporter.step(f"of [tool.crosshook]: {said}")
    return replace(
        request,
        targets=taken.get("targets", request.targets),
        pythons=taken.get("pythons", request.pythons),
    )


def source_of(
    request: Request, machine: Machine, *, work: Path, fetched: Path, reporter: Reporter
) -> Source:
    """Return the source tree of a request, obtained for the oldest Python that it names.

    :param work: The directory of the run.
    :param fetched: The directory in which an sdist is unpacked.
    :raises CrosshookError: if it cannot be obtained.
    """
    named = [
        parse_python_version(text.strip(), source="--python").numbers
        for texts in request.pythons
        for text in texts.split(",")
    ]
    return obtain(
        os.fspath(request.source),
        fetched,
        environ={**machine.environ, **environ_of(work)},
        python=sys.executable,
        # An sdist that the oldest takes is one for all.
        python_version=min(named, default=running_python().numbers),
        report=reporter.step,
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
