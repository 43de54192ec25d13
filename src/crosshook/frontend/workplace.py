"""The temporary directory of a run, by which all that it leaves can be found.

What a run unpacks, makes and installs is in it, and so is what the processes that it starts put
into their temporary directory. They have it in their environment, so that none outlives the run;
after a run that was killed, the next one ends them and removes the directory.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crosshook import _files, _processes
from crosshook.project import identity

_UNPACKED = "sdist"


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Make the directory of a run, having cleaned up after runs that were killed; remove it and
    end the processes that work for it afterwards."""
    clean_up()
    with _files.working_directory() as work, ended_processes(work):
        yield work


@contextlib.contextmanager
def building_place(tree: Path) -> Iterator[Path]:
    """Make the directory that a project is built in, which ends as :func:`workplace` does.

    It is the same one each time, wherever the source tree is, unless another run builds that
    project at this moment: some backends write the paths of a build into the wheel.
    """
    with _files.working_directory(of=identity(tree)) as place, ended_processes(place):
        yield place


def settle(tree: Path, fetched: Path, place: Path) -> Path:
    """Move a source tree that was unpacked for a run to where it is built; return where it is then.

    :param fetched: The directory that it was unpacked in.
    :param place: As :func:`building_place` made it.
    """
    if not tree.is_relative_to(fetched):
        return tree
    unpacked, *below = tree.relative_to(fetched).parts
    os.replace(fetched / unpacked, place / _UNPACKED)
    return place.joinpath(_UNPACKED, *below)


@contextlib.contextmanager
def ended_processes(directory: Path) -> Iterator[None]:
    """End the processes that work for a directory afterwards."""
    try:
        yield
    finally:
        _processes.end_all(directory)


@contextlib.contextmanager
def own_temporary_files(directory: Path) -> Iterator[None]:
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
