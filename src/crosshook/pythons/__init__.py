"""Target Pythons: where the headers, import libraries and sysconfig data of one come from.

:mod:`~crosshook.pythons.prefix` reads an unpacked Python; :mod:`~crosshook.pythons.composed` makes
the files from the headers of a CPython on this machine and the facts in ``data``. Nothing here
writes a file or starts a process.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from crosshook._plugins import PYTHONS, Plugin, find_plugins
from crosshook.errors import UsageError
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

SOURCES = ("composed", "uv", "debian", "fetch")
"""What ``--python-source`` takes, beside the names of :class:`PythonProvider`."""


class PythonProvider(Protocol):
    """Another distribution's Pythons: an entry point of the group ``crosshook.pythons``."""

    def unpacked(
        self,
        platform: Platform,
        version: PythonVersion,
        *,
        environ: Mapping[str, str],
        cache: Path,
    ) -> Path | None:
        """Return an unpacked Python, or the ``build-details.json`` of one; None for a composed one.

        :param environ: The user's environment variables.
        :param cache: Where files may be kept between builds.
        :raises TargetPythonError: if it cannot be had.
        """


def find_provider(name: str, *, source: str) -> Plugin:
    """Return what another distribution offers under a name.

    :param source: Where the name came from, for the error.
    :raises UsageError: if none offers that.
    """
    plugins = find_plugins(PYTHONS, SOURCES)
    if name not in plugins:
        raise UsageError(
            f"{source}: {name!r} is none of {', '.join([*SOURCES, *plugins])}",
            hint="composed, which is what is done without it, makes the files of a Python here; "
            "the others bring one",
        )
    return plugins[name]


def offered(
    plugin: Plugin,
    platform: Platform,
    version: PythonVersion,
    *,
    environ: Mapping[str, str],
    cache: Path,
) -> Path | None:
    """Return the Python that another distribution offers; None for a composed one.

    :raises PluginError: if it cannot be used.
    """
    provider: PythonProvider = plugin.load(("unpacked",))
    with plugin.blamed():
        return provider.unpacked(platform, version, environ=environ, cache=cache)
