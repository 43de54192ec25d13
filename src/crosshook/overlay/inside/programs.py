"""Starts the programs of a build: those of the target by what runs them on this machine, as
binfmt_misc would, and Pythons with the overlay.

A build compiles a generator, or a program that says how large something is, and starts it:
``setup.py`` itself, distutils' ``try_run``, a script that CMake runs. The kernel refuses what is
for another machine.

A build also starts a Python, or what starts one, with variables of its own: a ``PYTHONPATH`` with
its modules in place of the one that the overlay comes by, or none at all.
"""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from .imports import when_imported
from .undo import Undo, in_reverse, replace

_REFUSED = (errno.ENOEXEC, errno.EACCES, errno.ENOENT)
"""For another processor; a file for Windows, which nobody has to mark as a program; and one that is
called without its ``.exe``."""


def install(runner: str, python_path: str) -> Undo:
    """Have ``subprocess`` and ``os.system`` start what a build starts.

    :param runner: A program to put in front of what is for another machine. It is there if this
        machine has something that runs the target's.
    :param python_path: The directory that gives Pythons the overlay.
    """
    system = os.system

    def change(module: ModuleType) -> list[Undo]:
        real = module.Popen.__init__

        @functools.wraps(real)
        def __init__(self: Any, args: Any, *others: Any, **named: Any) -> None:
            if not others[9:]:
                named["env"] = _with_overlay(named.get("env"), python_path)
            if named.get("shell"):
                args = _in_shell(args, runner, named.get("cwd"))
            try:
                real(self, args, *others, **named)
            except OSError as error:
                if error.errno not in _REFUSED or not os.access(runner, os.X_OK):
                    raise
                words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
                program = _program(named.pop("executable", None) or words[0], named)
                if others[1:] or program is None:
                    raise
                real(self, [runner, program, *words[1:]], *others, **named)

        return [replace(module.Popen, "__init__", __init__)]

    return in_reverse(
        [
            when_imported({"subprocess": change}),
            replace(os, "system", lambda command: system(_in_shell(command, runner, None))),
        ]
    )


def _with_overlay(env: Mapping[Any, Any] | None, python_path: str) -> Mapping[Any, Any] | None:
    """Return the variables of a child: as they are, where a Python finds the overlay by them."""
    variables = dict(os.environ if env is None else env)
    name = b"PYTHONPATH" if b"PYTHONPATH" in variables else "PYTHONPATH"
    said = os.fsdecode(variables.get(name, ""))
    if python_path in said.split(os.pathsep):
        return env
    return {**variables, name: os.pathsep.join(filter(None, [python_path, said]))}


def _program(program: Any, named: Mapping[str, Any]) -> str | None:
    """Return a program of another machine, by a name that what runs it finds it by.

    Without one, it is a script whose first line names no interpreter.

    :param named: What ``Popen`` is told.
    """
    import shutil

    name = os.fsdecode(program)
    for whole in (name, f"{name}.exe"):
        if os.path.dirname(name):
            found, file = whole, os.path.join(os.fsdecode(named.get("cwd") or ""), whole)
        else:
            path = os.pathsep.join(os.get_exec_path(named.get("env")))
            found = file = shutil.which(whole, path=path) or ""
        if _is_of_another_machine(file):
            return found
    return None


def _in_shell(command: Any, runner: str, directory: Any) -> Any:
    """Return a shell's command, what runs it in front of a program of the target.

    It is one if it is of another machine than this Python; the shell's own error says no more
    than that it was not to be started, and many who call a shell do not look.

    :param directory: Where the shell runs; None for the current one.
    """
    import shlex

    if not isinstance(command, (str, bytes)) or not os.access(runner, os.X_OK):
        return command
    text = os.fsdecode(command)
    try:
        name = next(iter(shlex.split(text)), "")
    except ValueError:
        return command
    if "/" in name and _is_of_another_machine(os.path.join(os.fsdecode(directory or ""), name)):
        return f"{shlex.quote(runner)} {text}"
    return command


def _is_of_another_machine(file: str) -> bool:
    return _machine(file) not in (None, _machine(sys.executable))


def _machine(file: str) -> bytes | None:
    """Return what a program says of the machine that it is for; None of other files."""
    try:
        with open(file, "rb") as stream:
            header = stream.read(20)
    except OSError:
        return None
    if header.startswith(b"\x7fELF"):
        return header[4:6] + header[18:]
    return header[:2] if header.startswith(b"MZ") else None
