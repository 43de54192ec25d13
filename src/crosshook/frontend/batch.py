"""A batch: the cells of one source, and what all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from crosshook.frontend.build_environments import BuildEnvironments
from crosshook.frontend.outbox import Outbox
from crosshook.frontend.request import Request
from crosshook.frontend.resolve import Machine
from crosshook.project import Project


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What every cell of a source is built with."""

    project: Project
    request: Request
    machine: Machine
    place: Path
    """The directory that the project is built in, which all processes of its cells work for."""
    environments: BuildEnvironments
    outbox: Outbox
    source: str = ""
    """Where several sources are built: this one, as the user named it, without credentials."""
