"""``--libraries pypi:NAME,...``: C libraries that come as wheels, such as ``scipy-openblas64``.

pip chooses and unpacks them for the target, as a pip that runs there would. It is the frontend's,
and so this provider is not among those of :mod:`crosshook.libraries`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from crosshook import _files, _kept
from crosshook.errors import CrosshookError, LibraryError, UsageError
from crosshook.frontend import pip_for_target
from crosshook.frontend.pip_for_target import TargetSite
from crosshook.frontend.resolve.machine import Machine
from crosshook.libraries.names import split_names
from crosshook.project import check_requirement
from crosshook.target import Target
from crosshook.target.markers import environment_markers
from crosshook.target.tags import installable_tags

_FORMAT = "1"
"""Of what is kept."""

_WORK = "crosshook-pip"
"""Beside what is unpacked, until it is whole."""


def provide(
    wanted: str,
    target: Target,
    *,
    machine: Machine,
    note: Callable[[str], None],
    source: str,
) -> Path:
    """Return a directory with wheels, and all that they require, unpacked as pip does.

    :param wanted: PEP 508 requirements, with commas between.
    :param note: Is told if something was made anew, and why.
    :param source: What named it, for errors.
    :raises UsageError: if that is no requirement.
    :raises LibraryError: if there is no wheel for what the target's tag promises.
    """
    requirements = split_names(wanted)
    problem = next(filter(None, map(check_requirement, requirements)), None)
    if problem is not None or not requirements:
        raise UsageError(
            f"{source}: pypi:{wanted!r}: {problem or 'names nothing'}",
            hint="pypi:scipy-openblas64, or pypi:cmeel-libomp==21.1.8, for one",
        )
    tag, version = target.platform.tag, str(target.python_version)
    key = hashlib.sha256(json.dumps([_FORMAT, version, *requirements]).encode()).hexdigest()[:12]

    def make(draft: Path) -> None:
        site = TargetSite(
            directory=draft,
            python_version=target.python_version.dotted,
            tags=installable_tags(target, None),
            markers=environment_markers(target),
        )
        work = draft / _WORK
        _files.make_directory(work)
        pip_for_target.install(site, requirements, environ=machine.environ, work=work)
        _files.remove(work)

    place = machine.cache / "libraries" / f"pypi-{tag}-{key}"
    try:
        return _kept.keep_directory(place, make, note=note)
    except CrosshookError as error:
        raise LibraryError(
            f"{source}: pypi:{wanted}: {error.message}", hint=error.hint, detail=error.detail
        ) from None
