"""Make the files of a target Python on disk."""

from __future__ import annotations

import shutil
from pathlib import Path

from crosshook._files import write_files
from crosshook._processes import run_tool
from crosshook.pythons.composed import Composition


def realise(composition: Composition, directory: Path) -> None:
    """Make the files of a composition in an empty directory."""
    for name, source in composition.trees.items():
        shutil.copytree(source, directory / name, dirs_exist_ok=True)
    write_files(directory, composition.files)
    for command in composition.commands:
        run_tool(command, directory)
