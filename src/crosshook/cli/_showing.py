"""Who is told of a run of ``crosshook build``, as its options ask for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from crosshook import _files
from crosshook.cli import _ci, _outcome, _shown, _terminal
from crosshook.cli._events import EventWriter
from crosshook.cli._page import PageReporter
from crosshook.cli._reporter import ConsoleReporter
from crosshook.errors import CrosshookError, UsageError
from crosshook.frontend.logs import LogDirectory
from crosshook.frontend.reporters import RunReporter, Several
from crosshook.frontend.request import Delivered


def add_arguments(parser: argparse.ArgumentParser) -> None:
    shown = parser.add_argument_group("what is shown")
    add = shown.add_argument
    add(
        "--json",
        action="store_const",
        const="cells",
        help="print a JSON object for each target on stdout",
    )
    # An option of its own: what follows --json may be the source.
    add(
        "--json=events",
        dest="json",
        action="store_const",
        const="events",
        help="print a JSON object for each thing that happens, when it happens",
    )
    add("--log-dir", metavar="DIR", help="write all that each build prints to DIR/TAG-PYTHON.log")
    add("--report", metavar="FILE", help="write an HTML page on what came of it")
    add("--verbose", "-v", action="store_true", help="show what the backend prints")
    add("--quiet", "-q", action="store_true", help="say nothing but warnings and errors")
    add("--traceback", action="store_true", help="show the traceback of an error")


def console_for(arguments: argparse.Namespace, environ: Mapping[str, str]) -> ConsoleReporter:
    """Return who prints what a person sees: a table on a terminal, folded lines in CI services that
    have that, or plain lines."""
    verbosity = -1 if arguments.quiet else int(arguments.verbose)
    service = _ci.service(environ)
    if service is not None:
        return _ci.FoldingReporter(service, verbosity, arguments.traceback)
    # What backends print would be between the lines of a table.
    if verbosity == 0 and _terminal.shows_a_table(sys.stderr, environ):
        from crosshook.cli._table import TableReporter

        return TableReporter(arguments.traceback)
    return ConsoleReporter(verbosity, arguments.traceback)


class Showing:
    """Shows a run while it is entered; writes what is written at its end when it is left.

    :raises UsageError: if a file or directory that is asked for cannot be written.
    """

    def __init__(self, arguments: argparse.Namespace, console: ConsoleReporter) -> None:
        self._console = console
        self._json = arguments.json == "cells"
        self._events = EventWriter() if arguments.json == "events" else None
        self._logs: LogDirectory | None = None
        self._page: PageReporter | None = None
        self._report = Path(arguments.report or "")
        if arguments.log_dir is not None:
            self._logs = LogDirectory(Path(arguments.log_dir))
        if arguments.report is not None:
            _files.check_writable(self._report.parent, source="--report")
            self._page = PageReporter()
        others = (self._events, self._logs, self._page)
        told: list[RunReporter] = [console, *(one for one in others if one is not None)]
        self.reporter = Several(told)
        self._came: list[Delivered] = []
        self._failure: CrosshookError | None = None

    def came(self, delivered: Delivered) -> None:
        """Show what came of a cell."""
        error = delivered.error
        # All cells of a source that cannot be obtained have the same.
        if error is not None and not any(one.error is error for one in self._came):
            self._console.error(error)
        if self._json:
            self._console.result(json.dumps(_shown.data(_outcome.as_json(delivered))))
        elif self._events is None and delivered.path is not None and self._is_new(delivered):
            self._console.result(str(delivered.path))
        self._came.append(delivered)

    def failed(self, error: CrosshookError) -> None:
        """Show why the run ended before it came to the cells, or between them."""
        self._console.error(error)
        self._failure = error
        if self._events is not None:
            self._events.error(error)

    @property
    def exit_code(self) -> int:
        """That of the command: where one of several cells is asked for in words that are not
        understood, something failed, and not the whole command."""
        if self._failure is not None:
            return self._failure.exit_code
        errors = [one.error for one in self._came if one.error is not None]
        several = len(self._came) > 1
        codes = (
            CrosshookError.exit_code
            if several and isinstance(error, UsageError)
            else error.exit_code
            for error in errors
        )
        return max(codes, default=0)

    def _is_new(self, delivered: Delivered) -> bool:
        """Tell whether no cell before gave that wheel."""
        return delivered.path not in {one.path for one in self._came}

    def __enter__(self) -> Showing:
        return self

    def __exit__(self, kind: object, *raised: object) -> None:
        self._console.close()
        if kind is not None:
            return
        self._console.summary(self._came)
        for problem in self._logs.incomplete() if self._logs is not None else ():
            self._console.warn(f"--log-dir: {problem.message}")
        if self._page is not None:
            self._page.write(self._report, self._came, self._failure)
        if self._events is not None:
            self._events.done(self._came, self.exit_code)
