"""The machine that builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosshook.pythons.installed import InstalledPython


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The build machine; read once, at the edge."""

    system: str
    """Meson's name of the operating system: ``linux``, ``darwin``, ``windows``."""
    arch: str
    """``platform.machine()``."""
    environ: Mapping[str, str]
    python: InstalledPython
    """The Python that runs crosshook."""
    cache: Path
    """Where files are kept between builds."""
    unpacked: tuple[Path, ...] = ()
    """Pythons for other platforms, whose headers serve all."""
