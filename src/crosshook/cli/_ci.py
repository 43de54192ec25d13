"""What is printed where a CI service folds its logs: what the build of a wheel printed is there,
folded, and GitHub shows warnings and errors beside the job."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Protocol

from crosshook._processes import Tail
from crosshook._types import Output
from crosshook.cli import _shown
from crosshook.cli._reporter import ConsoleReporter
from crosshook.frontend.reporters import CellName, CellReporter, Passing
from crosshook.frontend.request import Delivered

_ANNOTATIONS = ("warning", "error")
"""What GitHub shows beside the job."""


class Service(Protocol):
    """How a CI service wants to be told."""

    def folded(self, title: str, text: str) -> str:
        """Return lines that it shows as one line with a title, until that is opened."""

    def harmless(self, text: str) -> str:
        """Return lines that came from elsewhere so that it takes no commands from them."""

    def line(self, label: str, text: str) -> str:
        """Return a line that begins with a label, such as ``warning:``."""


class GitHub:
    """GitHub Actions, by its workflow commands."""

    def folded(self, title: str, text: str) -> str:
        return f"::group::{_escaped(title)}\n{self.harmless(text)}\n::endgroup::"

    def harmless(self, text: str) -> str:
        token = secrets.token_hex(16)
        return f"::stop-commands::{token}\n{text}\n::{token}::"

    def line(self, label: str, text: str) -> str:
        kind = label.removesuffix(":")
        return f"::{kind}::{_escaped(text)}" if kind in _ANNOTATIONS else f"{label} {text}"


class GitLab:
    """GitLab CI, by its section markers."""

    def folded(self, title: str, text: str) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", title).lower()
        now = int(time.time())
        return (
            f"\x1b[0Ksection_start:{now}:{name}[collapsed=true]\r\x1b[0K{title}\n"
            f"{text}\n\x1b[0Ksection_end:{now}:{name}\r\x1b[0K"
        )

    def harmless(self, text: str) -> str:
        return text

    def line(self, label: str, text: str) -> str:
        return f"{label} {text}"


def service(environ: Mapping[str, str]) -> Service | None:
    """Return the CI service that runs this, by the variables that it sets; None if it is none of
    those that fold their logs."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return GitHub()
    return GitLab() if environ.get("GITLAB_CI") == "true" else None


class FoldingReporter(ConsoleReporter):
    """Prints what each cell's backend and tests printed in one piece, folded, when it is done."""

    streams_hook_output = False
    streams_test_output = False

    def __init__(self, service: Service, verbosity: int, show_traceback: bool) -> None:
        super().__init__(verbosity, show_traceback)
        self._service = service

    def cell(self, cell: CellName) -> CellReporter:
        return _FoldedCell(super().cell(cell), cell, self)

    def fold(self, cell: CellName, printed: str) -> None:
        """Print what the build of a cell printed."""
        if printed and self._verbosity >= 0:
            self._print(("", ""), self._service.folded(str(cell), _shown.lines(printed)))

    def _plain(self, text: str) -> None:
        self._print(("", ""), self._service.harmless(_shown.lines(text)))

    def _line(self, label: str, style: str, text: str) -> None:
        self._print(("", ""), self._service.line(label, _shown.line(text)))


class _FoldedCell(Passing):
    def __init__(self, printed: CellReporter, cell: CellName, console: FoldingReporter) -> None:
        super().__init__(printed)
        self._printed = printed
        self._cell = cell
        self._console = console
        self._kept = Tail()
        self.log: Output = self._kept

    def came(self, delivered: Delivered) -> None:
        self._console.fold(self._cell, self._kept.text())
        self._printed.came(delivered)


def _escaped(text: str) -> str:
    """Return the text of a workflow command, as GitHub reads it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
