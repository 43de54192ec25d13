"""Emulators: what runs a target's Python on the machine that builds, and how one is chosen.

Each module answers with an :class:`Emulator`, which is data: the words that a command line begins
with, and the environment that it needs. Nothing here starts a process.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crosshook._plugins import EMULATORS, Plugin, find_plugins
from crosshook._types import Command
from crosshook.errors import EmulatorError, UsageError
from crosshook.machine import Machine
from crosshook.target.platforms import Platform

INTERPRETER = "{interpreter}"
"""In a command: the target's Python where it is installed."""
LINK = "{link}"
"""In a command: a symbolic link to it, in the virtual environment that it is to find."""
LAUNCHER = "{launcher}"
"""In a command: the script that runs this command; Python is told that this is its executable."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Emulator:
    """How to run a program of a target platform."""

    name: str
    """For messages: ``qemu-aarch64-static``, ``Wine``, ``this machine``."""
    python: Command
    """The command that runs the target's Python; arguments are appended. It holds
    :data:`INTERPRETER` or :data:`LINK`, and may hold :data:`LAUNCHER`."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that it needs."""
    unset: tuple[str, ...] = ()
    """Environment variables that it must not have."""
    state: Path | None = None
    """A directory that it keeps its state in, made by :attr:`first_run`."""
    first_run: tuple[Command, ...] = ()
    """Commands that make :attr:`state`."""

    def python_command(self, *, interpreter: str, link: str, launcher: str) -> Command:
        """Return the command that runs the target's Python, with the paths filled in."""
        paths = {INTERPRETER: interpreter, LINK: link, LAUNCHER: launcher}
        return tuple(paths.get(word, word) for word in self.python)


class EmulatorProvider(Protocol):
    """Another distribution's emulator: an entry point of the group ``crosshook.emulators``.

    It is asked where crosshook knows nothing that runs a platform's programs.
    """

    def serves(self, platform: Platform, machine: Machine) -> bool:
        """Tell whether it could run the platform's programs on a machine such as this."""

    def find(
        self, platform: Platform, interpreter: Path, prefix: Path, machine: Machine
    ) -> Emulator:
        """Return what runs a target's Python; parameters and errors as of :func:`choose`."""


def named(command: str, platform: Platform) -> Emulator:
    """Return the emulator that ``--emulator`` names: the first words of a command line.

    :raises UsageError: if it cannot be split into words.
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise UsageError(f"--emulator: {command!r}: {error}") from None
    if not words:
        raise UsageError(
            "--emulator: empty", hint=f"a command that runs a program for {platform.tag}"
        )
    return Emulator(name=words[0], python=(*words, LINK))


def choose(platform: Platform, interpreter: Path, prefix: Path, machine: Machine) -> Emulator:
    """Return what runs a target's Python here.

    :param interpreter: The target's Python.
    :param prefix: The directory that it was unpacked into.
    :raises EmulatorError: if it is not installed, or nothing can.
    """
    from crosshook.emulators import linux, wine

    why_not = _nothing_known_runs(platform, machine)
    if why_not is not None:
        offered = _offered(platform, machine)
        if offered is None:
            raise EmulatorError(f"{platform.tag}: {why_not}")
        plugin, provider = offered
        with plugin.blamed():
            return provider.find(platform, interpreter, prefix, machine)
    if wine.serves(platform, machine):
        return wine.find(platform, machine)
    if platform.system.libc is not None:
        return linux.find(platform, interpreter, prefix, machine)
    return Emulator(name="this machine", python=(LINK,))


def nothing_runs(platform: Platform, machine: Machine) -> str | None:
    """Return why nothing can run programs for a platform on a machine such as this, or None.

    :raises PluginError: if an emulator of another distribution is asked and cannot be used.
    """
    why_not = _nothing_known_runs(platform, machine)
    return why_not if why_not is not None and _offered(platform, machine) is None else None


def _offered(platform: Platform, machine: Machine) -> tuple[Plugin, EmulatorProvider] | None:
    """Return the first emulator of another distribution that serves a platform."""
    for plugin in find_plugins(EMULATORS, ()).values():
        provider: EmulatorProvider = plugin.load(("serves", "find"))
        with plugin.blamed():
            if provider.serves(platform, machine):
                return plugin, provider
    return None


def _nothing_known_runs(platform: Platform, machine: Machine) -> str | None:
    from crosshook.emulators import wine

    row, system = platform.row, platform.system.meson.system
    if machine.system == "windows":
        return "crosshook runs tests on Linux and macOS"
    if (machine.system, system) == ("linux", "windows"):
        if wine.serves(platform, machine):
            return None
        return f"Wine on {machine.arch} runs no Windows programs for {row.machine_name}"
    if machine.system != system:
        return f"nothing runs {system} programs on {machine.system}"
    if system == "darwin" and row.arch != machine.arch:
        return f"crosshook does not run {row.arch} programs on {machine.arch}"
    return None
