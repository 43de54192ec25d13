"""What a run of several cells says: each note once, and each line with the name of its cell."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from crosshook._types import Output, Reporter


class CellReporter:
    """Passes on what is said, with the cell's name before it if it is not in it.

    :param name: A wheel platform tag and a Python.
    """

    def __init__(self, reporter: Reporter, name: str) -> None:
        self._reporter = reporter
        self._name = name
        self.streams_hook_output = reporter.streams_hook_output
        self.streams_test_output = reporter.streams_test_output
        self.stream: Output = PrefixedLines(reporter.stream, f"{name}: ".encode())

    def step(self, text: str) -> None:
        self._reporter.step(self._named(text))

    def note(self, text: str) -> None:
        self._reporter.note(self._named(text))

    def warn(self, text: str) -> None:
        self._reporter.warn(self._named(text))

    def _named(self, text: str) -> str:
        return text if self._name in text else f"{self._name}: {text}"

    def progress(
        self, what: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Show nothing: a terminal has room for one bar, not for one of each cell."""
        return nullcontext(lambda size: None)


class NotesOnce:
    """Passes on what is said, and a note that was passed on before no more."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._noted: set[str] = set()
        self.streams_hook_output = reporter.streams_hook_output
        self.streams_test_output = reporter.streams_test_output
        self.stream = reporter.stream
        self.step = reporter.step
        self.warn = reporter.warn
        self.progress = reporter.progress

    def note(self, text: str) -> None:
        if text not in self._noted:
            self._noted.add(text)
            self._reporter.note(text)


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
