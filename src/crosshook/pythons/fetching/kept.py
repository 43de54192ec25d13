"""Where fetched Pythons are kept."""

from __future__ import annotations

from pathlib import Path

from crosshook import _files, _kept
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_DIRECTORY = "fetched"


def place_of(source: str, platform: Platform, version: PythonVersion, cache: Path) -> Path:
    """Return where the Python of a source is kept.

    :param source: What ``--python-source`` calls it.
    """
    return cache / _DIRECTORY / f"{source}-{version}-{platform.row.plain_tag}"


def fetched_before(cache: Path) -> tuple[Path, ...]:
    """Return the directories of the Pythons that are in the cache already.

    What was cut short is none; whether one is as it was made is for who takes it to check.
    """
    kept = cache / _DIRECTORY
    entries = kept.iterdir() if kept.is_dir() else ()
    found = [p for p in entries if not p.name.startswith(_files.DRAFT) and _kept.is_kept(p)]
    return tuple(prefix_in(path) for path in sorted(found))


def prefix_in(kept: Path) -> Path:
    """Return where the Python is: python-build-standalone's full archives have more than that."""
    install = kept / "install"
    return install if install.is_dir() else kept
