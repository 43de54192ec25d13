"""Which platform and version an unpacked Python is for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from crosshook.errors import TargetPythonError
from crosshook.pythons.build_details import read_build_details
from crosshook.pythons.prefix import read_prefix
from crosshook.target.implementations import PYPY
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion
from crosshook.target.systems import ROWS

_MINORS = range(8, 20)


def check_fit(named: Path, platform: Platform, version: PythonVersion) -> None:
    """Check that an unpacked Python, or the ``build-details.json`` of one, is for a target.

    :raises UsageError: if it is not there.
    :raises TargetPythonError: if it is for another, or no Python.
    """
    if named.is_file():
        read_build_details(named, platform, version)
    else:
        read_prefix(named, platform, version, directory=Path())


def identify(named: Path) -> str | None:
    """Return what an unpacked Python is, such as ``Python 3.13 for win_arm64`` or
    ``PyPy 3.11 for linux_aarch64``.

    None if it is not one for a platform that is known.
    """
    for platform, version in _targets():
        with contextlib.suppress(TargetPythonError):
            check_fit(named, platform, version)
            return f"{version.title} for {platform.row.plain_tag}"
    return None


def _targets() -> Iterator[tuple[Platform, PythonVersion]]:
    for row in ROWS:
        platform = parse_platform(row.plain_tag, source="identify")
        for minor in _MINORS:
            for free_threaded in (False, True):
                yield platform, PythonVersion(major=3, minor=minor, free_threaded=free_threaded)
            yield platform, PythonVersion(major=3, minor=minor, implementation=PYPY)
