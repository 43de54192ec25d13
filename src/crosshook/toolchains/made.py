"""Make the files of a toolchain that its own tools make."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crosshook import _kept
from crosshook._processes import run_tool


def make_files(
    commands: Mapping[str, Sequence[str]],
    environ: Mapping[str, str],
    *,
    note: Callable[[str], None],
) -> None:
    """Make files by running commands, unless they are there as they were made.

    :param commands: By absolute path; a command's last argument is where it is told to write. What
        is in one directory is made together.
    :param note: Is told if something was made anew, and why.
    """
    for directory in dict.fromkeys(Path(name).parent for name in commands):
        own = [Path(name) for name in commands if Path(name).parent == directory]

        def make(draft: Path, own: Sequence[Path] = own) -> None:
            for file in own:
                command = commands[str(file)]
                run_tool((*command[:-1], str(draft / file.name)), draft, {**os.environ, **environ})

        _kept.keep_directory(directory, make, note=note, names=[file.name for file in own])
