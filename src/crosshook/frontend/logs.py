"""What failed builds printed, kept where it can be looked at afterwards."""

from __future__ import annotations

import contextlib
from pathlib import Path

from crosshook import _files
from crosshook._redact import redact
from crosshook.errors import CrosshookError
from crosshook.frontend.resolve import Machine, Wanted
from crosshook.project import Project


def place_of(target: Wanted, project: Project, machine: Machine) -> Path:
    """Return the file for what a build printed; a later one of the same writes it anew."""
    name = project.name or project.root.name
    return machine.cache / "logs" / f"{name}-{target.platform.tag}-{target.python}.log"


def keep(error: CrosshookError, log: Path) -> None:
    """Write what a failed build printed, if it did, and say in the error where it is."""
    if error.output is None:
        return
    # The build failed in any case, and says why.
    with contextlib.suppress(OSError, CrosshookError):
        _files.write_kept({str(log): f"{redact(error.output)}\n"})
        error.log = str(log)
