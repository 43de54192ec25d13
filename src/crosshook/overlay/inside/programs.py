"""Starts programs of the target by what runs them on this machine, as binfmt_misc would.

A build compiles a generator, or a program that says how large something is, and starts it:
``setup.py`` itself, distutils' ``try_run``, a script that CMake runs. The kernel refuses what is
for another machine.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
from types import ModuleType
from typing import Any

from .imports import when_imported
from .undo import Undo, replace

_REFUSED = (errno.ENOEXEC, errno.EACCES, errno.ENOENT)
"""For another processor; a file for Windows, which nobody has to mark as a program; and one that is
called without its ``.exe``."""

_MAGIC = (b"\x7fELF", b"MZ")
"""How programs for Linux and for Windows begin."""


def install(runner: str) -> Undo:
    """Have ``subprocess`` put a program in front of what is for another machine.

    :param runner: Its file, which is there if this machine has something that runs the target's.
    """

    def change(module: ModuleType) -> list[Undo]:
        real = module.Popen.__init__

        @functools.wraps(real)
        def __init__(self: Any, args: Any, *others: Any, **named: Any) -> None:
            try:
                real(self, args, *others, **named)
            except OSError as error:
                if error.errno not in _REFUSED or not os.access(runner, os.X_OK):
                    raise
                if others[1:] or named.get("executable"):
                    raise
                words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
                program = _program(os.fsdecode(words[0]), named.get("cwd"))
                if program is None:
                    raise
                real(self, [runner, program, *words[1:]], *others, **named)

        return [replace(module.Popen, "__init__", __init__)]

    return when_imported({"subprocess": change})


def _program(name: str, directory: Any) -> str | None:
    """Return the name of a program for Linux or Windows; None where it is something else, such as a
    script whose first line names no interpreter.

    :param directory: What a relative path is relative to; None for the current directory.
    """
    import shutil

    for whole in (name, f"{name}.exe"):
        place = os.path.join(directory or "", whole) if os.path.dirname(name) else None
        path = place or shutil.which(whole)
        with contextlib.suppress(OSError), open(path or "", "rb") as stream:
            return whole if stream.read(4).startswith(_MAGIC) else None
    return None
