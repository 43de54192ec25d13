"""The table of what is being built, at the lower end of a terminal; all else is printed above."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeAlias

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from crosshook._types import PHASES, Output
from crosshook.cli import _shown
from crosshook.cli._reporter import ConsoleReporter
from crosshook.frontend.reporters import CellName, CellReporter, Passing, PrefixedLines
from crosshook.frontend.request import Delivered

_ROOM_FOR_MORE = 60
"""In so many columns, there is room for a row of one line."""
_ROOM_FOR_TYPED = 4
_LONGEST_PHASE = max(map(len, PHASES))
_REFRESHED_PER_SECOND = 8


_Shown: TypeAlias = tuple[str, str, str, str]
"""What is in a row: the cell, its phase, for how long it has been built, what it said last."""


@dataclass(kw_only=True, slots=True)
class _Row:
    """A cell that is being built; several threads look at it."""

    name: CellName
    begun: float
    phase: str = ""
    said: str = ""


class TableReporter(ConsoleReporter):
    """Shows a table of what is being built, from when cells are planned until it is left."""

    def __init__(self, show_traceback: bool) -> None:
        super().__init__(0, show_traceback)
        self._screen = Console(stderr=True, soft_wrap=True)
        self._output = PrefixedLines(_Above(self._screen), b"")
        self._rows: list[_Row] = []
        self._failed = 0
        self._begun = time.monotonic()
        self._live: Live | None = None
        self._results: list[str] = []

    @property
    def stream(self) -> Output:
        return self._output

    def planned(self, cells: Sequence[CellName]) -> None:
        super().planned(cells)
        self._live = Live(
            get_renderable=self._table,
            console=self._screen,
            transient=True,
            redirect_stdout=False,
            refresh_per_second=_REFRESHED_PER_SECOND,
        )
        self._live.start()

    def cell(self, cell: CellName) -> CellReporter:
        row = _Row(name=cell, begun=time.monotonic())
        with self._lock:
            self._rows.append(row)
        return _TableCell(super().cell(cell), row, self)

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Show a bar, unless there is the table already."""
        if self._live is not None:
            return nullcontext(lambda size: None)
        return super().progress(what, total)

    def leave(self, row: _Row, *, failed: bool) -> None:
        """Take the row of a cell that is done out of the table."""
        self._output.end()
        with self._lock:
            self._rows.remove(row)
            self._failed += failed

    def result(self, text: str) -> None:
        """Print a result on stdout: where that is a terminal, it is this one, and has to wait until
        there is no table any more."""
        if sys.stdout.isatty() and self._live is not None:
            self._results.append(text)
        else:
            super().result(text)

    def summary(self, came: Sequence[Delivered]) -> None:
        if came:
            self._summary(came)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._output.end()
        for text in self._results:
            super().result(text)
        self._results.clear()

    def _print(self, label: tuple[str, str], text: str) -> None:
        self._screen.print(Text.assemble(label, text))

    def _table(self) -> RenderableType:
        now = time.monotonic()
        with self._lock:
            rows, done, failed = list(self._rows), self._done, self._failed
        # What is typed is shown behind the last row, and must not make one more of it.
        width = self._screen.width - _ROOM_FOR_TYPED
        shown = [(row.name.short, row.phase, _clock(now - row.begun), row.said) for row in rows]
        table = _wide(shown, width) if width >= _ROOM_FOR_MORE else _narrow(shown)
        if self._cells == 1:
            return table
        waiting = self._cells - done - len(rows)
        parts = [f"{len(rows)} being built", f"{waiting} to come" if waiting else ""]
        head = Text.assemble(
            (f"[{done}/{self._cells}] ", "bold"),
            ", ".join(part for part in parts if part),
            (f", {failed} failed" if failed else "", "red"),
            f"  {_clock(now - self._begun)}",
        )
        return Group(head, table)


def _wide(rows: Sequence[_Shown], width: int) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.width = width
    table.add_column(no_wrap=True)
    table.add_column(style="cyan", no_wrap=True, min_width=_LONGEST_PHASE)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(ratio=1, style="dim", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(_shown.line(text)) for text in row))
    return table


def _narrow(rows: Sequence[_Shown]) -> RenderableType:
    return Group(
        *(
            Text.assemble(f"{_shown.line(name)}\n  ", (phase, "cyan"), f" {clock}")
            for name, phase, clock, _ in rows
        )
    )


class _TableCell(Passing):
    """Shows what goes on in a cell in its row; notes, warnings and outputs are printed."""

    def __init__(self, printed: CellReporter, row: _Row, table: TableReporter) -> None:
        super().__init__(printed)
        self._printed = printed
        self._row = row
        self._table = table

    def step(self, text: str) -> None:
        # That it is built, the row itself says.
        self._row.said = "" if str(self._row.name) in text else text

    def phase(self, phase: str) -> None:
        self._row.phase = phase

    def came(self, delivered: Delivered) -> None:
        self._table.leave(self._row, failed=delivered.path is None)
        self._printed.came(delivered)


class _Above:
    """An output that prints whole lines above the table, with their colours."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, data: bytes, /) -> None:
        self._console.print(Text.from_ansi(data.decode(errors="replace").removesuffix("\n")))

    def flush(self) -> None: ...


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
