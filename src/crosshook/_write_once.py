"""Directories that another program fills, and never changes what it has put there.

A compiler's cache is such a one: it does not look at a file again that it wrote once, and whoever
links one that was cut short or emptied gets a library that lacks something. After each build what
is new there is written down; before each, what was written down is compared. A file that the file
system says was not touched is not read again, so this takes milliseconds.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crosshook import _files, _kept

_RECORD = "crosshook-record.json"
_FORMAT = 1

Entries = dict[str, list[Any]]
"""By relative path: the SHA-256, and what the file system said of the file then."""


def record(directory: Path) -> None:
    """Write down what is in a directory and was not written down before."""
    if not directory.is_dir():
        return
    with _kept.locked(directory):
        known = _read(directory) or {}
        new: Entries = {}
        for name, file in _found(directory):
            # Another process may just have replaced it.
            with contextlib.suppress(FileNotFoundError):
                if name not in known:
                    new[name] = _entry(file)
        if new:
            _write(directory, {**known, **new})


def what_is_wrong(directory: Path, *, thorough: bool = False) -> str | None:
    """Return what was changed in a directory since it was written down; None if nothing was.

    :param thorough: Read every file, even if it seems untouched.
    """
    if not os.path.lexists(_record_of(directory)):
        return None
    with _kept.locked(directory):
        known = _read(directory)
        if known is None:
            return "its record cannot be read"
        refreshed = dict(known)
        for name, entry in known.items():
            file = directory / name
            try:
                touched = thorough or _status(file) != entry[1:]
                if touched and _files.digest(file) != entry[0]:
                    return f"{name} was changed"
                if touched:
                    refreshed[name] = _entry(file)
            except OSError:
                return f"{name} is missing"
        if refreshed != known:
            # Copied or restored, and the same.
            _write(directory, refreshed)
    return None


def _read(directory: Path) -> Entries | None:
    """Return what was written down, nothing included; None if it cannot be read."""
    file = _record_of(directory)
    if not os.path.lexists(file):
        return {}
    try:
        data = json.loads(file.read_bytes())
        entries: Entries = data["entries"]
        if data["format"] != _FORMAT or not all(len(entry) == 5 for entry in entries.values()):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return entries


def _write(directory: Path, entries: Entries) -> None:
    text = json.dumps({"format": _FORMAT, "entries": entries})
    _files.write_kept({str(_record_of(directory)): text})


def _record_of(directory: Path) -> Path:
    return directory.parent / f"{directory.name}-{_RECORD}"


def _found(directory: Path) -> Iterator[tuple[str, Path]]:
    for place, _, names in os.walk(directory):
        for name in names:
            file = Path(place, name)
            if not file.is_symlink():
                yield file.relative_to(directory).as_posix(), file


def _entry(file: Path) -> list[Any]:
    return [_files.digest(file), *_status(file)]


def _status(file: Path) -> list[int]:
    """Return what changes when a file does: its times, of which one cannot be set, and its size."""
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
