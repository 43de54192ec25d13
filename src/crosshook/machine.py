"""The machine that builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """The build platform as it is; read once, at the edge, and passed down."""

    system: str
    """Meson's name of the operating system: ``linux``, ``darwin``, ``windows``."""
    arch: str
    """``platform.machine()``: ``x86_64``, ``aarch64``."""
    environ: Mapping[str, str]
    """The user's environment variables."""
    cache: Path
    """Where files are kept between builds."""
    root: Path = Path("/")

    @property
    def binfmt(self) -> Path:
        """Where a Linux kernel lists the foreign programs that it can start by itself."""
        return self.root / "proc" / "sys" / "fs" / "binfmt_misc"
