"""How much memory builds take, so that no more of them run at once than there is room for.

Nobody knows it before the first build of a project. So that one runs alone, and what its processes
had in memory at most is what the others are expected to need; it is kept for later runs. Looking is
done a few times a second: what lasts shorter is not seen.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from crosshook import _files, _processes
from crosshook.errors import UsageError

_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*(?:([KMGT])(?:i?B)?)?", re.IGNORECASE | re.ASCII)
_UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

_MEMINFO = Path("proc/meminfo")
_CGROUP = Path("sys/fs/cgroup")


def parse_size(text: str, *, source: str) -> int:
    """Return how many bytes a text such as ``8G`` or ``512M`` says, by powers of 1024.

    :param source: Where the text came from, for the error.
    :raises UsageError: if it is none, or says nothing at all.
    """
    found = _SIZE.fullmatch(text.strip())
    size = float(found[1]) * _UNITS.get((found[2] or "").upper(), 1) if found else 0
    if size < 1:
        raise UsageError(f"{source}: {text!r} is not a size", hint="8G or 512M, for instance")
    return int(size)


def available(root: Path = Path("/")) -> int | None:
    """Return how many bytes of memory can still be taken; None where that is not known.

    The sources are Linux's ``MemAvailable`` and, in a container, what cgroup v2's limit leaves.
    """
    left: list[int] = []
    with contextlib.suppress(OSError, ValueError):
        text = (root / _MEMINFO).read_text(encoding="ascii")
        found = re.search(r"^MemAvailable:\s*(\d+) kB$", text, re.MULTILINE)
        left += [int(found[1]) << 10] if found else []
    with contextlib.suppress(OSError, ValueError):
        limit, used = (
            int((root / _CGROUP / name).read_text(encoding="ascii"))
            for name in ("memory.max", "memory.current")
        )
        left.append(max(limit - used, 0))
    return min(left, default=None)


class Cell(Protocol):
    """What has to be known of a cell."""

    @property
    def work(self) -> Path:
        """The directory that its processes work for."""

    @property
    def memory_file(self) -> Path:
        """Where it is kept how much its project needs."""


class Room:
    """How much room there is for other cells; used by one thread.

    :param limit: Bytes that all cells may take together.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._peaks: dict[Path, int] = {}
        self._expected: dict[Path, int | None] = {}

    def look(self, running: Collection[Cell]) -> None:
        """See how much the cells that run have in memory now."""
        used = _processes.resident(cell.work for cell in running)
        for work, size in used.items():
            self._peaks[work] = max(self._peaks.get(work, 0), size)

    def is_there(self, cell: Cell, running: Collection[Cell]) -> bool:
        """Tell whether another cell may begin; the only one always may."""
        if not running:
            return True
        needed = [self._needs(one) for one in (cell, *running)]
        known = [size for size in needed if size is not None]
        if len(known) < len(needed) or sum(known) > self._limit:
            return False
        free = available()
        # What those that run have taken is not free any more, what they will take still is.
        taken = sum(self._peaks.get(one.work, 0) for one in running)
        return free is None or sum(known) - taken <= free

    def _needs(self, cell: Cell) -> int | None:
        expected = self._read(cell.memory_file)
        return None if expected is None else max(expected, self._peaks.get(cell.work, 0))

    def done(self, cell: Cell, *, built: bool) -> None:
        """Be told that a cell has ended.

        :param built: Whether it was built to the end: another tells nothing about what is needed.
        """
        peak = self._peaks.pop(cell.work, 0)
        if not built:
            return
        before = self._read(cell.memory_file)
        if before is None or peak > before:
            self._expected[cell.memory_file] = peak
            with contextlib.suppress(OSError):
                _files.write_kept({str(cell.memory_file): f"{peak}\n"})

    def _read(self, file: Path) -> int | None:
        if file not in self._expected:
            self._expected[file] = None
            with contextlib.suppress(OSError, ValueError):
                self._expected[file] = int(file.read_text(encoding="ascii"))
        return self._expected[file]


def room(limit: int | None) -> Room | None:
    """Return what watches a limit; None if there is no limit.

    :raises UsageError: if this machine does not tell what processes take.
    """
    if limit is None:
        return None
    if not _processes.can_be_watched():
        raise UsageError("--memory: needs Linux's /proc", hint="-j N bounds what runs at once")
    return Room(limit)
