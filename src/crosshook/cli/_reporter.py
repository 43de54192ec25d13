"""What the user is told on stderr."""

from __future__ import annotations

import contextlib
import functools
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from crosshook._types import Output
from crosshook.cli import _shown
from crosshook.errors import CrosshookError

if TYPE_CHECKING:
    from rich.console import Console


class ConsoleReporter:
    """Prints steps, notes and warnings on stderr.

    :param verbosity: -1 for errors and warnings alone, 0 for steps and what a test command prints
        as well, 1 for what the backend prints, too.
    """

    def __init__(self, verbosity: int, show_traceback: bool) -> None:
        self._verbosity = verbosity
        self._show_traceback = show_traceback

    @functools.cached_property
    def _console(self) -> Console:
        # Imported when there is something to print.
        from rich.console import Console

        return Console(stderr=True, soft_wrap=True)

    @property
    def streams_hook_output(self) -> bool:
        return self._verbosity > 0

    @property
    def streams_test_output(self) -> bool:
        return self._verbosity >= 0

    @property
    def stream(self) -> Output:
        return sys.stderr.buffer

    def step(self, text: str) -> None:
        if self._verbosity >= 0:
            self._line("*", "bold", text)

    def note(self, text: str) -> None:
        if self._verbosity >= 0:
            self._line("note:", "cyan", text)

    def warn(self, text: str) -> None:
        self._line("warning:", "bold yellow", text)

    @contextlib.contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        if self._verbosity < 0 or not self._console.is_terminal:
            yield lambda size: None
            return
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=self._console, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda size: progress.advance(task, size)

    def error(self, error: CrosshookError) -> None:
        """Print an error: what belongs to it, what happened, and what mends it."""
        if self._show_traceback:
            self._plain("".join(traceback.format_exception(error)))
        if error.detail:
            self._plain(error.detail)
        self._line("error:", "bold red", error.message)
        if error.hint:
            self._line("hint:", "green", error.hint)
        if error.log:
            self._line("log:", "dim", error.log)

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows of a table, unless only warnings and errors are wanted."""
        if self._verbosity < 0:
            return
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for row in rows:
            table.add_row(*(Text(_shown.line(cell)) for cell in row))
        self._console.print(table)

    def _plain(self, text: str) -> None:
        from rich.text import Text

        self._console.print(Text(_shown.lines(text)))

    def _line(self, label: str, style: str, text: str) -> None:
        from rich.text import Text

        self._console.print(Text.assemble((label, style), " ", _shown.line(text)))
