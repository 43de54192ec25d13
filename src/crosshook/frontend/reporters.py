"""Who is told what goes on in a run of several cells, and in each of them.

A reporter of the run is told which cells there will be, and gives a reporter for each of them,
which is told in the end what came of it. Cells are built at once: their reporters are used by
several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol

from crosshook._processes import Copies
from crosshook._types import Output, Reporter
from crosshook.frontend.request import Delivered
from crosshook.target.python_version import title_of


@dataclass(frozen=True, kw_only=True, slots=True)
class CellName:
    """What a wheel is built for."""

    target: str
    """A wheel platform tag."""
    python: str
    """A minor version of Python, such as ``3.13t`` or ``pypy3.11``."""
    source: str = ""
    """Where several sources are built: the one, as the user named it."""

    @property
    def short(self) -> str:
        """The name in a table."""
        python = title_of(self.python).removeprefix("Python ")
        return " ".join(word for word in (self.source, self.target, python) if word)

    def as_json(self) -> dict[str, str]:
        """Return what JSON has of it: ``source`` where there are several."""
        source = {"source": self.source} if self.source else {}
        return {"target": self.target, "python": self.python, **source}

    def __str__(self) -> str:
        name = f"{self.target}, {title_of(self.python)}"
        return f"{self.source}: {name}" if self.source else name


def name_of(delivered: Delivered) -> CellName:
    """Return the name of the cell that something came of."""
    return CellName(target=delivered.target, python=delivered.python, source=delivered.source)


class CellReporter(Reporter, Protocol):
    """Is told what goes on in one cell."""

    def came(self, delivered: Delivered) -> None:
        """Be told what came of the cell: the last that it is told."""


class RunReporter(Reporter, Protocol):
    """Is told what goes on in a run."""

    def planned(self, cells: Sequence[CellName]) -> None:
        """Be told which cells there will be, once all that can fail early did not."""

    def cell(self, cell: CellName) -> CellReporter:
        """Return who is told of a cell that is begun now."""


class Passing:
    """Passes on to another reporter all that it is told."""

    def __init__(self, reporter: Reporter) -> None:
        self.streams_hook_output = reporter.streams_hook_output
        self.streams_test_output = reporter.streams_test_output
        self.stream: Output = reporter.stream
        self.log: Output = reporter.log
        self._reporter = reporter

    def step(self, text: str) -> None:
        self._reporter.step(text)

    def note(self, text: str) -> None:
        self._reporter.note(text)

    def warn(self, text: str) -> None:
        self._reporter.warn(text)

    def phase(self, phase: str) -> None:
        self._reporter.phase(phase)

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        return self._reporter.progress(what, total)


class NotesOnce(Passing):
    """Passes on what it is told, and a note that was passed on before no more."""

    def __init__(self, reporter: Reporter) -> None:
        super().__init__(reporter)
        self._noted: set[str] = set()

    def note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            super().note(text)


class NamedCell(Passing):
    """Passes on what it is told of a cell, with the cell's name before it if it is not in it."""

    def __init__(self, reporter: Reporter, name: CellName) -> None:
        super().__init__(reporter)
        self._name = str(name)
        self._lines = PrefixedLines(reporter.stream, f"{name}: ".encode())
        self.stream = self._lines

    def step(self, text: str) -> None:
        super().step(self._named(text))

    def note(self, text: str) -> None:
        super().note(self._named(text))

    def warn(self, text: str) -> None:
        super().warn(self._named(text))

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Show nothing: a terminal has room for one bar, not for one of each cell."""
        return nullcontext(lambda size: None)

    def came(self, delivered: Delivered) -> None:
        self._lines.end()

    def _named(self, text: str) -> str:
        return text if self._name in text else f"{self._name}: {text}"


class _Together:
    """Tells several reporters. What processes print is shown by the first, if at all, and so are
    bars of progress."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        first = reporters[0]
        self.streams_hook_output = first.streams_hook_output
        self.streams_test_output = first.streams_test_output
        self.stream: Output = first.stream
        self.progress = first.progress
        self.log: Output = Copies(*(reporter.log for reporter in reporters))
        self._all = reporters

    def step(self, text: str) -> None:
        for reporter in self._all:
            reporter.step(text)

    def note(self, text: str) -> None:
        for reporter in self._all:
            reporter.note(text)

    def warn(self, text: str) -> None:
        for reporter in self._all:
            reporter.warn(text)

    def phase(self, phase: str) -> None:
        for reporter in self._all:
            reporter.phase(phase)


class SeveralOfCell(_Together):
    """Tells several reporters of one cell."""

    def __init__(self, reporters: Sequence[CellReporter]) -> None:
        super().__init__(reporters)
        self._cells = reporters

    def came(self, delivered: Delivered) -> None:
        for cell in self._cells:
            cell.came(delivered)


class Several(_Together):
    """Tells several reporters of a run, one at least."""

    def __init__(self, reporters: Sequence[RunReporter]) -> None:
        super().__init__(reporters)
        self._runs = reporters

    def planned(self, cells: Sequence[CellName]) -> None:
        for run in self._runs:
            run.planned(cells)

    def cell(self, cell: CellName) -> CellReporter:
        return SeveralOfCell([run.cell(cell) for run in self._runs])


class PrefixedLines:
    """An output that writes whole lines to another, each with some bytes before it."""

    def __init__(self, output: Output, prefix: bytes) -> None:
        self._output = output
        self._prefix = prefix
        self._begun = b""
        self._lock = threading.Lock()

    def write(self, data: bytes, /) -> None:
        with self._lock:
            *lines, self._begun = (self._begun + data).split(b"\n")
            if lines:
                self._output.write(b"".join(self._prefix + line + b"\n" for line in lines))

    def flush(self) -> None:
        self._output.flush()

    def end(self) -> None:
        """Write the last line if it had no end."""
        if self._begun:
            self.write(b"\n")
            self.flush()
