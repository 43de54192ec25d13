"""What builds printed, kept where it can be looked at afterwards."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crosshook import __version__, _files
from crosshook._redact import redact
from crosshook._types import Output, SilentReporter
from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import CellName, Passing, PrefixedLines
from crosshook.frontend.request import Delivered
from crosshook.project import Project

if TYPE_CHECKING:
    from crosshook.frontend.resolve import Machine, Wanted


def place_of(target: Wanted, project: Project, machine: Machine) -> Path:
    """Return the file for what a build printed; a later one of the same writes it anew."""
    name = project.name or project.root.name
    return machine.cache / "logs" / f"{name}-{target.platform.tag}-{target.python}.log"


def keep(error: CrosshookError, log: Path) -> None:
    """Write what a failed build printed, if it did, and say in the error where it is."""
    if error.output is None:
        return
    # The build failed in any case, and says why.
    with contextlib.suppress(OSError, CrosshookError):
        _files.write_kept({str(log): f"{redact(error.output)}\n"})
        error.log = str(log)


class LogDirectory(Passing):
    """Writes all that is said and printed of each cell to a file of its own, as it comes.

    What is said of the run is in ``run.log``.

    :param directory: Where the files are; it is made. Older ones of the same names are replaced.
    :raises UsageError: if nothing can be written there.
    """

    def __init__(self, directory: Path) -> None:
        _files.check_writable(directory, source="--log-dir")
        self._directory = directory
        run = _Log(directory / "run.log", f"crosshook {__version__}")
        super().__init__(run)
        self._logs = [run]
        self._lock = threading.Lock()

    def planned(self, cells: Sequence[CellName]) -> None: ...

    def cell(self, cell: CellName) -> _CellLog:
        with self._lock:
            log = _CellLog(self._directory / self._free_name(cell), str(cell))
            self._logs.append(log)
        return log

    def _free_name(self, cell: CellName) -> str:
        """Return a name for the file of a cell: another one for each, also where sources differ in
        what no file name has."""
        words = re.findall(r"[\w.=+-]+", cell.source, re.ASCII)
        name = "-".join([*words, cell.target, cell.python])
        taken = {log.file.name for log in self._logs}
        names = (f"{name}{mark}.log" for mark in ("", *(f"-{n}" for n in range(2, len(taken) + 2))))
        return next(name for name in names if name not in taken)

    def incomplete(self) -> tuple[CrosshookError, ...]:
        """Return why a file lacks something, for each that does."""
        return tuple(log.failure for log in self._logs if log.failure is not None)


class _Log(SilentReporter):
    """A file with what is said and printed, without credentials."""

    def __init__(self, file: Path, title: str) -> None:
        self.failure: CrosshookError | None = None
        self.file = file
        self._lock = threading.Lock()
        self._lines = PrefixedLines(self, b"")
        self.log: Output = self._lines
        # What is there may be a link to somewhere else.
        with contextlib.suppress(OSError):
            file.unlink()
        self._line(title)

    def write(self, data: bytes, /) -> None:
        """Add lines; whoever prints them is not to fail for it."""
        if self.failure is not None:
            return
        try:
            with self._lock, self.file.open("ab") as stream:
                stream.write(redact(data.decode(errors="replace")).encode())
        except OSError as error:
            self.failure = _files.failure(error)

    def flush(self) -> None: ...

    def step(self, text: str) -> None:
        self._line(f"* {text}")

    def note(self, text: str) -> None:
        self._line(f"note: {text}")

    def warn(self, text: str) -> None:
        self._line(f"warning: {text}")

    def _line(self, text: str) -> None:
        self._lines.end()
        self.write(f"{text}\n".encode(errors="backslashreplace"))


class _CellLog(_Log):
    def phase(self, phase: str) -> None:
        self._line(f"* {phase}")

    def came(self, delivered: Delivered) -> None:
        error = delivered.error
        if error is None:
            self._line(f"* built: {delivered.path}")
            return
        self._line(f"error: {error.message}")
        if error.hint is not None:
            self._line(f"hint: {error.hint}")
