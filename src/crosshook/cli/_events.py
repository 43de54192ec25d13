"""``--json=events``: a JSON object on a line for each thing that happens, when it happens."""

from __future__ import annotations

import dataclasses
import json
import sys
import threading
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from crosshook._types import SilentReporter
from crosshook.cli import _outcome, _shown
from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import CellName
from crosshook.frontend.request import Delivered


class _Events(SilentReporter):
    """Writes what it is told."""

    def write(self, event: str, **data: Any) -> None:
        """Write an event."""
        raise NotImplementedError

    def step(self, text: str) -> None:
        self.write("step", text=text)

    def note(self, text: str) -> None:
        self.write("note", text=text)

    def warn(self, text: str) -> None:
        self.write("warning", text=text)


class EventWriter(_Events):
    """Writes what it is told of a run to stdout. docs/reference/events.md has what is in each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def planned(self, cells: Sequence[CellName]) -> None:
        self.write("planned", cells=[cell.as_json() for cell in cells])

    def cell(self, cell: CellName) -> _CellEvents:
        return _CellEvents(self, cell)

    def error(self, error: CrosshookError) -> None:
        """Write why there is no run."""
        self.write("failed", **_outcome.error_as_json(error))

    def done(self, came: Sequence[Delivered], exit_code: int) -> None:
        """Write what came of the run: the last event."""
        built = sum(one.path is not None for one in came)
        self.write("done", built=built, failed=len(came) - built, exit_code=exit_code)

    def write(self, event: str, **data: Any) -> None:
        """Write an event."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = json.dumps(_shown.data({"event": event, "time": now, **data}))
        with self._lock:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


class _CellEvents(_Events):
    def __init__(self, events: EventWriter, cell: CellName) -> None:
        self._events = events
        self._cell = cell.as_json()
        self.write("begun")

    def phase(self, phase: str) -> None:
        self.write("phase", phase=phase)

    def came(self, delivered: Delivered) -> None:
        # What runs tests is imported when a wheel is built: --help is quicker without.
        from crosshook.frontend.running import FailedTest

        tested = delivered.tested
        if isinstance(delivered.error, FailedTest):
            tested = delivered.error.tested
        if tested is not None:
            self.write("tested", **dataclasses.asdict(tested))
        event = "failed" if delivered.path is None else "built"
        self._events.write(event, **_outcome.as_json(delivered))

    def write(self, event: str, **data: Any) -> None:
        self._events.write(event, **self._cell, **data)
