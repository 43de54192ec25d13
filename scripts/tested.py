"""What came of test suites that were run on a target: read from what pytest printed, and as the
tables of the documents have it."""

from __future__ import annotations

import re
from dataclasses import dataclass

TABLE_HEAD = ("| sdist | target | run by | outcome | failed |", "|---|---|---|---|---|")

PYTEST_OPTIONS = "-q -rfE --tb=short -p no:cacheprovider"
"""With which it prints a line for each test that failed, and leaves nothing in the project."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    requirement: str
    target: str
    emulator: str
    counts: str
    failed: tuple[str, ...]
    seconds: float

    def markdown(self) -> str:
        failed = ", ".join(f"`{name}`" for name in self.failed)
        return (
            f"| {self.requirement} | {self.target} | {self.emulator} | {self.counts} | {failed} |"
        )


def pytest_counts(printed: str) -> list[str]:
    """Return the summary of each run: ``79 passed, 1 skipped``."""
    return re.findall(r"^(?:=+ )?(\d+ .*(?:passed|failed|error).*) in [\d.:s() ]+", printed, re.M)


def pytest_failed(printed: str) -> tuple[str, ...]:
    """Return the names of the tests that failed, without directories."""
    return tuple(re.findall(r"^(?:FAILED|ERROR) .*?([^/\\:][^/\\]*?)(?: - .*)?$", printed, re.M))
