"""What is kept between builds: as it was made, or made anew.

A directory that is kept has a manifest, which is written last: the size and the SHA-256 of each
file. It is checked whenever the directory is taken. What was cut short has none, and so is never
found; what a cleaner, a partly restored cache or a bad disk did to it is made good.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from crosshook import _files
from crosshook.errors import CrosshookError

MANIFEST = "crosshook-manifest.json"
"""The file's name, in the directory that it is about."""

_FORMAT = 1
_BYTECODE = "__pycache__"
"""Python may write it, and nothing is compiled against it."""

Entries = dict[str, list[Any]]
"""By relative path: ``["file", SIZE, SHA-256, EXECUTABLE]`` or ``["link", TARGET]``."""


def keep_directory(
    directory: Path,
    make: Callable[[Path], None],
    *,
    note: Callable[[str], None],
    names: Sequence[str] = (),
) -> Path:
    """Return a directory that is kept, made now if it is not there, or not as it was made.

    :param make: Fills an empty directory, which is renamed when it is whole.
    :param note: Is told if something was made anew, and why.
    :param names: What has to be in it.
    """
    # What is as it was made, nobody makes anew: the lock, and what it takes to import, is for those
    # who do.
    if _lacks(directory, names) is None:
        return directory
    with locked(directory):
        problem = _lacks(directory, names)
        if problem is None:
            return directory
        if os.path.lexists(directory):
            note(f"{directory}: {problem}; made anew")
        with _files.draft_directory(directory.parent) as draft:
            make(draft)
            _write_manifest(draft)
            _files.replace(draft, directory)
    return directory


def _lacks(directory: Path, names: Sequence[str]) -> str | None:
    """Return why a directory cannot be taken as it is; None if it can."""
    missing = [name for name in names if not (directory / name).exists()]
    return what_is_wrong(directory) or (f"{missing[0]} is missing" if missing else None)


def is_kept(directory: Path) -> bool:
    """Tell whether a directory was finished once; :func:`what_is_wrong` says whether it fits."""
    return (directory / MANIFEST).is_file()


def kept_above(place: Path) -> tuple[Path, ...]:
    """Return the kept directories that a place is, or is right in."""
    return tuple(directory for directory in (place, place.parent) if is_kept(directory))


def what_is_wrong(directory: Path) -> str | None:
    """Return in what a directory is not as it was made; None if it is."""
    if directory.is_symlink() or not directory.is_dir():
        return "is not a directory" if os.path.lexists(directory) else "is not there"
    try:
        manifest = json.loads((directory / MANIFEST).read_bytes())
        entries = manifest["entries"] if manifest["format"] == _FORMAT else {}
        if not isinstance(entries, dict):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "has no manifest that can be read"
    try:
        found = _listed(directory)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    for name in sorted({*entries, *found}):
        if name not in found:
            return f"{name} is missing"
        if name not in entries:
            return f"{name} does not belong there"
        if found[name] != entries[name]:
            return f"{name} was changed"
    return None


def check_unchanged(directory: Path) -> None:
    """Check that a directory is still as it was made.

    :raises CrosshookError: if it is not.
    """
    problem = what_is_wrong(directory)
    if problem is not None:
        raise CrosshookError(
            f"{directory}: {problem}, since the build began: the wheel is not delivered",
            hint="run it again; nothing should remove or change files there meanwhile",
        )


@contextlib.contextmanager
def locked(place: Path) -> Iterator[None]:
    """Hold the lock of something that is kept; its drafts that nobody works on are removed."""
    _files.make_directory(place.parent)
    lock = place.parent / f"{place.name}.lock"
    if os.path.lexists(lock) and (lock.is_symlink() or not lock.is_file()):
        _files.remove(lock)
    # Not what the wrapper needs, nor a command that keeps nothing.
    import filelock

    with filelock.FileLock(str(lock)):
        _files.sweep(place.parent)
        yield


def _write_manifest(directory: Path) -> None:
    data = {"format": _FORMAT, "entries": _listed(directory)}
    _files.write_files(directory, {MANIFEST: json.dumps(data)})


def _listed(directory: Path) -> Entries:
    return dict(_entries(directory, ""))


def _entries(directory: Path, prefix: str) -> Iterator[tuple[str, list[Any]]]:
    for entry in os.scandir(directory):
        name = prefix + entry.name
        if entry.is_symlink():
            yield name, ["link", str(Path(entry.path).readlink())]
        elif entry.is_dir():
            if entry.name != _BYTECODE:
                yield from _entries(Path(entry.path), f"{name}/")
        elif name != MANIFEST:
            status = entry.stat()
            if not stat.S_ISREG(status.st_mode):
                yield name, ["other"]
                continue
            executable = os.name != "nt" and bool(status.st_mode & stat.S_IXUSR)
            yield name, ["file", status.st_size, _files.digest(Path(entry.path)), executable]
