"""What other distributions add, found by entry points: adapters, toolchains, Pythons, libraries,
emulators.

The name of an entry point is the name that a user types. It refers to an object, or to a class that
is called without arguments. Nothing is imported before it is needed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crosshook.errors import CrosshookError, PluginError

ADAPTERS = "crosshook.adapters"
"""Entry points that are a :class:`crosshook.adapters.Adapter`."""
TOOLCHAINS = "crosshook.toolchains"
"""Entry points that are a :class:`crosshook.toolchains.ToolchainProvider`."""
PYTHONS = "crosshook.pythons"
"""Entry points that are a :class:`crosshook.pythons.PythonProvider`."""
LIBRARIES = "crosshook.libraries"
"""Entry points that are a :class:`crosshook.libraries.LibraryProvider`."""
EMULATORS = "crosshook.emulators"
"""Entry points that are a :class:`crosshook.emulators.EmulatorProvider`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Plugin:
    """What a distribution offers under a name; not imported yet."""

    group: str
    name: str
    distribution: str
    """Its name: ``crosshook-example``."""
    version: str
    entry_point: importlib.metadata.EntryPoint = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} of {self.distribution} {self.version} ({self.group})"

    def load(self, needed: Sequence[str]) -> Any:
        """Return the object that is offered.

        :param needed: The attributes that it must have.
        :raises PluginError: if it cannot be imported, or lacks one.
        """
        with self.blamed():
            loaded = self.entry_point.load()
            offered = loaded() if isinstance(loaded, type) else loaded
        missing = [name for name in needed if not hasattr(offered, name)]
        if missing:
            raise self._error(f"{self.entry_point.value} has no {', '.join(missing)}")
        return offered

    @contextlib.contextmanager
    def blamed(self) -> Iterator[None]:
        """Make what goes wrong inside it an error that names the distribution.

        :raises PluginError: in place of any error but those that are raised on purpose.
        """
        try:
            yield
        except CrosshookError:
            raise
        except Exception as error:
            raise self._error(f"{type(error).__name__}: {error}") from error

    def _error(self, what: str) -> PluginError:
        return PluginError(
            f"{self}: {what}",
            hint=f"install another release of it, or: pip uninstall {self.distribution}",
        )


def find_plugins(group: str, own: Collection[str]) -> Mapping[str, Plugin]:
    """Return what is installed for a group, by name.

    :param own: The names that crosshook itself has there.
    :raises PluginError: if a name is taken, by crosshook or by another distribution.
    """
    found: dict[str, Plugin] = {}
    for entry_point in importlib.metadata.entry_points(group=group):
        distribution = entry_point.dist
        plugin = Plugin(
            group=group,
            name=entry_point.name,
            distribution=distribution.name if distribution is not None else "an unknown package",
            version=distribution.version if distribution is not None else "",
            entry_point=entry_point,
        )
        taken = "crosshook has one of that name" if plugin.name in own else None
        if plugin.name in found:
            taken = f"{found[plugin.name].distribution} has one of that name as well"
        if taken is not None:
            raise PluginError(f"{plugin}: {taken}", hint=f"pip uninstall {plugin.distribution}")
        found[plugin.name] = plugin
    return found
