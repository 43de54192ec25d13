"""Make the files of a toolchain that its own tools make."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from crosshook._processes import run_tool


def make_files(commands: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> None:
    """Make files that are not there by running commands; each appears whole or not at all.

    :param commands: By absolute path; a command's last argument is where it is told to write.
    """
    for name, command in commands.items():
        file = Path(name)
        if file.is_file():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as draft:
            made = Path(draft) / file.name
            run_tool((*command[:-1], str(made)), Path(draft), {**os.environ, **environ})
            os.replace(made, file)
