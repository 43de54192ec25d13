"""Which targets have an unpacked Python, named by the user or fetched."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from crosshook._types import Reporter
from crosshook.errors import UsageError
from crosshook.frontend.request import PYTHON_SOURCES
from crosshook.frontend.resolve._python import assign_prefixes
from crosshook.frontend.resolve.machine import Machine
from crosshook.frontend.resolve.wanted import Wanted

_VARIABLE = "CROSSHOOK_PYTHON_SOURCE"


def unpacked_pythons(
    wanted: Sequence[Wanted],
    named: Sequence[str | os.PathLike[str]],
    *,
    source: str | None,
    machine: Machine,
    reporter: Reporter,
) -> Mapping[Wanted, Path]:
    """Return which targets have an unpacked Python: named by the user, or fetched if that is
    allowed.

    :param named: ``--target-python``.
    :param source: ``--python-source``, one of :data:`PYTHON_SOURCES`; None for what the environment
        says.
    :raises CrosshookError: if one that is named serves no target, or one cannot be fetched.
    """
    source = source or machine.environ.get(_VARIABLE) or PYTHON_SOURCES[0]
    if source not in PYTHON_SOURCES:
        raise UsageError(f"{_VARIABLE}: {source!r} is none of {', '.join(PYTHON_SOURCES)}")
    paths = [Path(path).absolute() for path in named]
    prefixes = assign_prefixes(paths, wanted, machine)
    for path in set(paths) - set(prefixes.values()):
        reporter.note(f"{path}: for none of the targets; its headers are taken, and nothing else")
    if source != "fetch":
        return prefixes
    from crosshook.pythons.fetching.fetch import fetched_python

    fetched = {
        target: fetched_python(
            target.platform,
            target.python,
            cache=machine.cache,
            environ=machine.environ,
            reporter=reporter,
        )
        for target in wanted
        if target not in prefixes
    }
    return {**prefixes, **fetched}
