"""Which targets have an unpacked Python, named by the user or fetched."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from crosshook import pythons
from crosshook._types import Reporter
from crosshook.frontend.resolve._python import assign_prefixes
from crosshook.frontend.resolve.machine import Machine
from crosshook.frontend.resolve.wanted import Wanted
from crosshook.pythons.debian import debian_python
from crosshook.pythons.fetching.uv import uv_python
from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

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
    :param source: ``--python-source``; None for what the environment says.
    :raises CrosshookError: if one that is named is no Python, or one cannot be had.
    """
    find = _finder(source, machine, reporter)
    paths = [Path(path).absolute() for path in named]
    prefixes = assign_prefixes(paths, wanted, machine, reporter)
    found = {
        target: find(target.platform, target.python) for target in wanted if target not in prefixes
    }
    return {**prefixes, **{target: path for target, path in found.items() if path is not None}}


_Find = Callable[[Platform, PythonVersion], Path | None]


def _finder(named: str | None, machine: Machine, reporter: Reporter) -> _Find:
    """Return what finds an unpacked Python, or None where one is to be composed.

    :raises UsageError: if the source that the user names is unknown.
    """
    source = named or machine.environ.get(_VARIABLE) or pythons.SOURCES[0]
    if source == "composed":
        return lambda platform, version: None
    cache, environ = machine.cache, machine.environ
    if source == "uv":
        return _of_cpython(functools.partial(uv_python, machine=machine, reporter=reporter))
    if source == "debian":
        return functools.partial(debian_python, machine=machine, reporter=reporter)
    if source == "fetch":
        from crosshook.pythons.fetching.fetch import fetched_python

        return _of_cpython(
            functools.partial(fetched_python, cache=cache, environ=environ, reporter=reporter)
        )
    plugin = pythons.find_provider(source, source="--python-source" if named else _VARIABLE)
    return functools.partial(pythons.offered, plugin, cache=cache, environ=environ)


def _of_cpython(find: _Find) -> _Find:
    """Return what finds CPythons, and nothing of another implementation."""
    return lambda platform, version: (
        find(platform, version) if version.implementation is CPYTHON else None
    )
