"""C libraries for the target: what is in a directory of them, and where they come from.

A build is told of *prefixes*: directories with ``include``, ``lib`` and ``lib/pkgconfig``, as
``make install`` makes them. :mod:`~crosshook.libraries.layout` finds them in what a user names,
:mod:`~crosshook.libraries.prefix` says what is in one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from crosshook._plugins import LIBRARIES, Plugin, find_plugins
from crosshook.target.platforms import Platform

SOURCES = ("dir", "debian", "conda", "pypi")
"""What may stand before a colon in ``--libraries``, beside the names of :class:`LibraryProvider`.
"""


class LibraryProvider(Protocol):
    """Another distribution's libraries: an entry point of the group ``crosshook.libraries``."""

    def provide(
        self,
        wanted: str,
        platform: Platform,
        *,
        environ: Mapping[str, str],
        cache: Path,
        note: Callable[[str], None],
    ) -> Path:
        """Return a directory of libraries, in any layout that :mod:`~crosshook.libraries.layout`
        knows.

        :param wanted: What stands behind the name and a colon in ``--libraries NAME:WANTED``.
        :param environ: The user's environment variables.
        :param cache: Where files may be kept between builds.
        :param note: Is told what the user should know.
        :raises CrosshookError: if they cannot be had.
        """


def providers() -> Mapping[str, Plugin]:
    """Return what other distributions offer, by name.

    :raises PluginError: if a name is taken.
    """
    return find_plugins(LIBRARIES, SOURCES)
