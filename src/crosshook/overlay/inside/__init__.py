"""What runs inside the processes of a build and makes them speak of the target.

Standard library only, and no other module of crosshook: a copy of this package runs in the child
processes of a build, where crosshook may not be importable. What it is told is plain JSON, see
:func:`crosshook.overlay.describe`. Each of these processes waits for it: what takes long to import
is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import asked, packages, paths, programs, variables, view
from .undo import Undo, in_reverse


def install(overlay: Mapping[str, Any], asked_log: str | None) -> Undo:
    """Install an overlay in this process; return what undoes it.

    :param asked_log: A file for :mod:`asked <crosshook.overlay.inside.asked>`; None for no such.
    """
    project = overlay["project"]
    seen = None
    if project is not None:
        seen = view.View(
            project["root"], project["sees"], tools=project["tools"], hooks=project["hooks"]
        )
    undo = variables.install(overlay)
    undo += paths.install(overlay["packages"])
    undo += packages.install(overlay["target"], seen)
    undo.append(programs.install(overlay["runner"], overlay["python_path"]))
    if seen is not None:
        undo.append(seen.install())
    if seen is not None and asked_log is not None:
        undo.append(asked.install(asked_log))
    return in_reverse(undo)
