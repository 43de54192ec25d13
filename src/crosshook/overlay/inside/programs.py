"""Starts programs of the target by what runs them on this machine, as binfmt_misc would.

A build compiles a generator, or a program that says how large something is, and starts it:
``setup.py`` itself, distutils' ``try_run``, a script that CMake runs. The kernel refuses what is
for another processor.
"""

from __future__ import annotations

import errno
import functools
import os
from types import ModuleType
from typing import Any

from .imports import when_imported
from .undo import Undo, replace

_ELF = b"\x7fELF"


def install(runner: str) -> Undo:
    """Have ``subprocess`` put a program in front of what is for another processor.

    :param runner: Its file, which is there if this machine has something that runs the target's.
    """

    def change(module: ModuleType) -> list[Undo]:
        real = module.Popen.__init__

        @functools.wraps(real)
        def __init__(self: Any, args: Any, *others: Any, **named: Any) -> None:
            try:
                real(self, args, *others, **named)
            except OSError as error:
                if error.errno != errno.ENOEXEC or not os.access(runner, os.X_OK):
                    raise
                words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
                if others[1:] or named.get("executable") or not _is_elf(words[0], named.get("cwd")):
                    raise
                real(self, [runner, *words], *others, **named)

        return [replace(module.Popen, "__init__", __init__)]

    return when_imported({"subprocess": change})


def _is_elf(program: Any, directory: Any) -> bool:
    """Tell whether a program is a file of the kind that every emulator here is for.

    Without, it is a script whose first line names no interpreter.
    """
    import shutil

    name = os.fsdecode(program)
    path = os.path.join(directory or "", name) if os.path.dirname(name) else shutil.which(name)
    if path is None:
        return False
    with open(path, "rb") as stream:
        return stream.read(len(_ELF)) == _ELF
