"""How long cells took in earlier runs, which is kept to share out later ones.

A file for each project, in the directory of what is kept between builds. Nothing else depends on
it: what cannot be read counts as not there.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from packaging.utils import canonicalize_name

from crosshook import _files, _kept
from crosshook.frontend.request import Delivered

Cell = tuple[str, str]
"""A wheel platform tag, and a minor version of Python."""


def remembered(came: Generator[Delivered], cache: Path) -> Iterator[Delivered]:
    """Yield what came of cells; how long those took that were built is kept.

    :param cache: Where files are kept between builds.
    """
    with contextlib.closing(came):
        for delivered in came:
            if delivered.built is not None and delivered.error is None:
                project = delivered.built.wheel.path.name.partition("-")[0]
                _remember(cache, project, (delivered.target, delivered.python), delivered.seconds)
            yield delivered


def expected(cache: Path, project: str) -> Mapping[Cell, float]:
    """Return the seconds that cells of a project took when they were built last.

    :param project: Its name, in any spelling.
    """
    return {
        (target, python): seconds
        for target, pythons in _read(_file(cache, project)).items()
        for python, seconds in pythons.items()
    }


def _remember(cache: Path, project: str, cell: Cell, seconds: float) -> None:
    file = _file(cache, project)
    target, python = cell
    with _kept.locked(file):
        known = _read(file)
        known.setdefault(target, {})[python] = round(seconds, 1)
        _files.write_kept({str(file): json.dumps(known, indent=1, sort_keys=True)})


def _file(cache: Path, project: str) -> Path:
    return cache / "times" / f"{canonicalize_name(project)}.json"


def _read(file: Path) -> dict[str, dict[str, float]]:
    try:
        data = json.loads(file.read_bytes())
        return {
            str(target): {str(python): float(seconds) for python, seconds in pythons.items()}
            for target, pythons in data.items()
        }
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}
