"""Pythons that are installed on this machine: to run a backend, or for their headers.

They are looked for where virtualenv and tox look (:mod:`python_discovery`: ``PATH``, uv's, the
registry and the ``py`` launcher on Windows), and where pyenv keeps them.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crosshook.target.python_version import PythonVersion

if TYPE_CHECKING:
    from python_discovery import PythonInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class InstalledPython:
    """A Python of this machine."""

    executable: Path
    """Outside any virtual environment."""
    version: PythonVersion
    headers: Path
    """Its include directory, which need not be there."""


def find_python(
    version: PythonVersion, *, environ: Mapping[str, str], cache: Path
) -> InstalledPython | None:
    """Return an installed Python of a minor version, free-threaded or not as the version is.

    :param cache: A directory to keep what interpreters say of themselves in.
    """
    return _find(version, environ, cache, lambda found: True)


def find_headers(
    version: PythonVersion, *, environ: Mapping[str, str], cache: Path
) -> InstalledPython | None:
    """Return an installed CPython that has the headers of a minor version.

    Those of a free-threaded build and of one with the GIL differ in pyconfig.h alone, so either
    will do.
    """
    for free_threaded in (version.free_threaded, not version.free_threaded):
        if free_threaded and version.numbers < (3, 13):
            continue
        wanted = PythonVersion(
            major=version.major, minor=version.minor, free_threaded=free_threaded
        )
        found = _find(wanted, environ, cache, _has_headers)
        if found is not None:
            return found
    return None


def _find(
    version: PythonVersion,
    environ: Mapping[str, str],
    cache: Path,
    predicate: Callable[[PythonInfo], bool],
) -> InstalledPython | None:
    # Imported when it is needed: often the Python that runs this has the headers.
    from python_discovery import DiskCache, get_interpreter

    def suits(found: PythonInfo) -> bool:
        same = bool(found.free_threaded) == version.free_threaded
        implementation = version.implementation.title
        return found.implementation == implementation and same and predicate(found)

    # It warns of interpreters that it cannot ask; there is nobody whom that concerns here.
    logging.getLogger("python_discovery").addHandler(logging.NullHandler())
    found = None
    for first in (_pyenv(version, environ), []):
        # It raises for one of these that is broken, or too old to be asked.
        with contextlib.suppress(RuntimeError, OSError, ValueError):
            found = get_interpreter(
                f"{version.implementation.name}{version.dotted}{version.threads}",
                try_first_with=first,
                cache=DiskCache(cache / "interpreters"),
                env=environ,
                predicate=suits,
            )
            break
    if found is None:
        return None
    return InstalledPython(
        executable=Path(found.system_executable or found.executable),
        version=version,
        headers=_headers(found),
    )


def _pyenv(version: PythonVersion, environ: Mapping[str, str]) -> list[str]:
    root = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return sorted(map(str, root.glob(f"versions/{version.dotted}.*/bin/{version.program}")))[::-1]


def _headers(found: PythonInfo) -> Path:
    return Path(found.sysconfig_path("include"))


def _has_headers(found: PythonInfo) -> bool:
    return (_headers(found) / "Python.h").is_file()
