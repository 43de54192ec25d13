"""Starts the programs of a build: those of the target by what runs them on this machine, as
binfmt_misc would, and Pythons with the overlay.

A build compiles a generator, or a program that says how large something is, and starts it:
``setup.py`` itself, distutils' ``try_run``, a script that CMake runs. The kernel refuses what is
for another processor.

A build also starts a Python, or what starts one, with variables of its own: a ``PYTHONPATH`` with
its modules in place of the one that the overlay comes by, or none at all.
"""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .imports import when_imported
from .undo import Undo, replace

_ELF = b"\x7fELF"


def install(runner: str, python_path: str) -> Undo:
    """Have ``subprocess`` start what a build starts.

    :param runner: A program to put in front of what is for another processor. It is there if this
        machine has something that runs the target's.
    :param python_path: The directory that gives Pythons the overlay.
    """

    def change(module: ModuleType) -> list[Undo]:
        real = module.Popen.__init__

        @functools.wraps(real)
        def __init__(self: Any, args: Any, *others: Any, **named: Any) -> None:
            if not others[9:]:
                named["env"] = _with_overlay(named.get("env"), python_path)
            try:
                real(self, args, *others, **named)
            except OSError as error:
                if error.errno != errno.ENOEXEC or not os.access(runner, os.X_OK):
                    raise
                words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
                if others[1:] or not _is_elf(named.get("executable") or words[0], named):
                    raise
                words[0] = named.pop("executable", None) or words[0]
                real(self, [runner, *words], *others, **named)

        return [replace(module.Popen, "__init__", __init__)]

    return when_imported({"subprocess": change})


def _with_overlay(env: Mapping[Any, Any] | None, python_path: str) -> Mapping[Any, Any] | None:
    """Return the variables of a child: as they are, where a Python finds the overlay by them."""
    variables = dict(os.environ if env is None else env)
    name = b"PYTHONPATH" if b"PYTHONPATH" in variables else "PYTHONPATH"
    said = os.fsdecode(variables.get(name, ""))
    if python_path in said.split(os.pathsep):
        return env
    return {**variables, name: os.pathsep.join(filter(None, [python_path, said]))}


def _is_elf(program: Any, named: Mapping[str, Any]) -> bool:
    """Tell whether a program is a file of the kind that every emulator here is for.

    Without, it is a script whose first line names no interpreter.

    :param named: What ``Popen`` is told.
    """
    import shutil

    name = os.fsdecode(program)
    directory = os.fsdecode(named.get("cwd") or "")
    if os.path.dirname(name):
        found: str | None = os.path.join(directory, name)
    else:
        path = os.pathsep.join(os.get_exec_path(named.get("env")))
        found = shutil.which(name, path=path)
    if found is None:
        return False
    with open(found, "rb") as stream:
        return stream.read(len(_ELF)) == _ELF
