"""Make the files of a target Python on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from crosshook._files import write_files
from crosshook._processes import run_tool
from crosshook.pythons.composed import Composition


def realise(composition: Composition, directory: Path) -> None:
    """Make a composition's directory; it appears whole or not at all."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{directory.name}-", dir=directory.parent))
    try:
        for name, source in composition.trees.items():
            shutil.copytree(source, draft / name, dirs_exist_ok=True)
        write_files(draft, composition.files)
        for command in composition.commands:
            run_tool(command, draft)
        draft.chmod(0o755)
        os.replace(draft, directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
