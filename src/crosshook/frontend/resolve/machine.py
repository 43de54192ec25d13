"""What the frontend knows of the machine that builds, beside what every part of it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crosshook import machine
from crosshook.pythons.installed import InstalledPython


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine(machine.Machine):
    """The build platform, and the Pythons on it."""

    python: InstalledPython
    """The Python that runs crosshook."""
    unpacked: tuple[Path, ...] = ()
    """Pythons for other platforms, whose headers serve all."""
