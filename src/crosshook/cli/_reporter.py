"""What the user is told on stderr, and what comes of it on stdout."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from crosshook._types import Nowhere, Output
from crosshook.cli import _outcome, _shown, _terminal
from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import CellName, CellReporter, NamedCell, Passing, name_of
from crosshook.frontend.request import Delivered

if TYPE_CHECKING:
    from rich.console import Console


class ConsoleReporter:
    """Prints steps, notes and warnings on stderr.

    :param verbosity: -1 for errors and warnings alone, 0 for steps and what a test command prints
        as well, 1 for what the backend prints, too.
    """

    log: Output = Nowhere()

    def __init__(self, verbosity: int, show_traceback: bool) -> None:
        self._verbosity = verbosity
        self._show_traceback = show_traceback
        self._cells = 0
        self._done = 0
        self._lock = threading.Lock()

    @functools.cached_property
    def _console(self) -> Console | None:
        """What prints colours; None for plain lines."""
        if not _terminal.shows_colours(sys.stderr, os.environ):
            return None
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

    def phase(self, phase: str) -> None: ...

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        return self._bar(what, total)

    @contextlib.contextmanager
    def _bar(self, what: str, total: int | None) -> Iterator[Callable[[int], None]]:
        console = self._console
        if self._verbosity < 0 or console is None or not console.is_terminal:
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
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=total)
            yield lambda size: progress.advance(task, size)

    def planned(self, cells: Sequence[CellName]) -> None:
        self._cells = len(cells)

    def cell(self, cell: CellName) -> CellReporter:
        return _Counted(self, cell) if self._cells > 1 else _Only(self)

    def cell_is_done(self, delivered: Delivered) -> None:
        """Print what came of one of several cells."""
        with self._lock:
            self._done += 1
            count = f"[{self._done}/{self._cells}]"
        if self._verbosity < 0:
            return
        name = name_of(delivered)
        came = "failed" if delivered.path is None else delivered.path.name
        style = "bold red" if delivered.path is None else "bold green"
        self._line(count, style, f"{name}: {came}, {delivered.seconds:.0f} s")

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

    def result(self, text: str) -> None:
        """Print a result on stdout."""
        print(text, flush=True)

    def summary(self, came: Sequence[Delivered]) -> None:
        """Print what came of each of several cells, unless only warnings and errors are wanted."""
        if self._verbosity >= 0 and len(came) > 1:
            self._summary(came)

    def close(self) -> None:
        """Print what has to wait for the end."""

    def _summary(self, came: Sequence[Delivered]) -> None:
        lines = _outcome.summary(came, _terminal.columns(sys.stderr))
        self._plain("\n".join(map(_shown.line, lines)))

    def _plain(self, text: str) -> None:
        self._print(("", ""), _shown.lines(text))

    def _line(self, label: str, style: str, text: str) -> None:
        self._print((f"{label} ", style), _shown.line(text))

    def _print(self, label: tuple[str, str], text: str) -> None:
        if self._console is None:
            # One call: several threads print.
            sys.stderr.write(f"{label[0]}{text}\n")
            sys.stderr.flush()
            return
        from rich.text import Text

        self._console.print(Text.assemble(label, text))


class _Counted(NamedCell):
    """Prints what goes on in one of several cells, with its name."""

    def __init__(self, console: ConsoleReporter, name: CellName) -> None:
        super().__init__(console, name)
        self._console = console

    def came(self, delivered: Delivered) -> None:
        super().came(delivered)
        self._console.cell_is_done(delivered)


class _Only(Passing):
    """Prints what goes on in the only cell."""

    def came(self, delivered: Delivered) -> None: ...
