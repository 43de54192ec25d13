"""A virtual environment for a Python that runs under an emulator.

It is what ``python -m venv`` makes (:pep:`405`: ``pyvenv.cfg``, ``site-packages``, a link to the
interpreter), made without running that Python, and with a directory of launchers for ``PATH``:
shell scripts that start the emulator.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from crosshook.emulators import Emulator
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_ELF, _PE = b"\x7fELF", b"MZ"

# Wine 8 lacks what the standard library's _wmi module calls, and ends the process; platform.py
# does without if it cannot be imported.
_WITHOUT_WMI = 'import sys; sys.modules.setdefault("_wmi", None)\n'


@dataclass(frozen=True, kw_only=True, slots=True)
class Venv:
    """Where the parts of a virtual environment are, and what has to be written."""

    root: Path
    launchers: Path
    """The directory for ``PATH``."""
    python: Path
    """The launcher of the target's Python."""
    python_command: tuple[str, ...]
    """What it runs."""
    site_packages: Path
    files: Mapping[str, str]
    """Text by path relative to :attr:`root`."""
    scripts: Mapping[str, str]
    """Text of executable files, by absolute path."""
    links: Mapping[str, str]
    """Targets of symbolic links, by path relative to :attr:`root`."""


def plan(
    root: Path,
    *,
    interpreter: Path,
    version: PythonVersion,
    platform: Platform,
    emulator: Emulator,
) -> Venv:
    """Return the virtual environment to make in a directory.

    :param interpreter: The target's Python, where it is installed.
    """
    windows = platform.system.links_python
    layout = platform.system.layout
    binaries = layout.scripts
    site_packages = Path(layout.site_packages.format(version=version))
    launchers = root / "launchers"
    python = launchers / "python"
    names = {interpreter.name: str(interpreter)}
    if windows:
        # python.exe loads them from beside itself.
        names |= {dll.name: str(dll) for dll in sorted(interpreter.parent.glob("*.dll"))}
    home = str(interpreter.parent)
    command = emulator.python_command(
        interpreter=str(interpreter),
        link=str(root / binaries / interpreter.name),
        launcher=str(python),
    )
    text = _script(command)
    return Venv(
        root=root,
        launchers=launchers,
        python=python,
        python_command=command,
        site_packages=root / site_packages,
        files={
            "pyvenv.cfg": f"home = {windows_path(home) if windows else home}\n"
            f"include-system-site-packages = false\nversion = {version.dotted}\n",
            **({str(site_packages / "crosshook_wine.pth"): _WITHOUT_WMI} if windows else {}),
        },
        scripts={str(launchers / name): text for name in ("python", "python3", version.program)},
        links={f"{binaries}/{name}": target for name, target in names.items()},
    )


def windows_path(path: str) -> str:
    """Return a path of this machine as Wine shows it to Windows programs, on drive ``Z:``."""
    return str(PureWindowsPath("Z:", path))


def program_launchers(venv: Venv) -> Mapping[str, str]:
    """Return the launchers of the programs that packages brought, as text by absolute path.

    pip's ``--target`` puts them into ``bin`` there: Python scripts that begin with the line of the
    Python that ran pip, and programs for the target.
    """
    directory = venv.site_packages / "bin"
    launchers = {}
    for file in sorted(directory.iterdir()) if directory.is_dir() else ():
        with file.open("rb") as stream:
            head = stream.read(64)
        if head.startswith((_ELF, _PE)):
            before = venv.python_command[:-1]
            launchers[str(venv.launchers / file.stem)] = _script((*before, str(file)))
        elif head.startswith(b"#!") and b"python" in head.splitlines()[0]:
            launchers[str(venv.launchers / file.name)] = _script((str(venv.python), str(file)))
        else:
            launchers[str(venv.launchers / file.name)] = _script((str(file),))
    return launchers


def _script(command: tuple[str, ...]) -> str:
    return f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
