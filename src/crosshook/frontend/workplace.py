"""The temporary directory of a run, by which all that it leaves can be found.

What a run unpacks, makes and installs is in it, and so is what the processes that it starts put
into their temporary directory. They have it in their environment, so that none outlives the run;
after a run that was killed, the next one ends them and removes the directory.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crosshook import _files, _processes


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Make the directory of a run, having cleaned up after runs that were killed; remove it and
    end the processes that work for it afterwards."""
    clean_up()
    with _files.working_directory() as work, ended_processes(work), _own_temporary_files(work):
        yield work


@contextlib.contextmanager
def ended_processes(directory: Path) -> Iterator[None]:
    """End the processes that work for a directory afterwards."""
    try:
        yield
    finally:
        _processes.end_all(directory)


@contextlib.contextmanager
def _own_temporary_files(directory: Path) -> Iterator[None]:
    """Have what this process's libraries put into temporary files in a directory meanwhile."""
    before = tempfile.tempdir
    tempfile.tempdir = environ_of(directory)["TMPDIR"]
    try:
        yield
    finally:
        tempfile.tempdir = before


def clean_up() -> tuple[Path, ...]:
    """Remove what runs that are no more have left, and end their processes; return what it was."""
    abandoned = _files.sweep(Path(tempfile.gettempdir()), _files.RUN)
    for directory in abandoned:
        _processes.end_all(directory.resolve())
        # Such a process may have written to it meanwhile.
        _files.remove(directory)
    return abandoned


def environ_of(directory: Path) -> dict[str, str]:
    """Return the environment variables of processes that work for a directory, and make the
    temporary directory that they are given."""
    temporary = directory / "tmp"
    _files.make_directory(temporary)
    names = ("TMPDIR", "TEMP", "TMP")
    return {_processes.RUN_VARIABLE: str(directory), **dict.fromkeys(names, str(temporary))}
