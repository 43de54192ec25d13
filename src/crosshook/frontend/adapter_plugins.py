"""Other distributions' adapters, in a build environment: the wrapper looks for them there.

They are copied out of the environment that runs crosshook, as crosshook itself is: a checkout has
no release that an installer could fetch.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from crosshook._plugins import ADAPTERS, Plugin, find_plugins
from crosshook.adapters import OWN_NAMES
from crosshook.errors import PluginError


def adapter_plugins() -> tuple[Plugin, ...]:
    """Return the adapters of other distributions that are installed here.

    :raises PluginError: if two have one name.
    """
    return tuple(find_plugins(ADAPTERS, OWN_NAMES).values())


def requirements(plugins: Collection[Plugin]) -> tuple[str, ...]:
    """Return what the distributions of adapters require, but for crosshook itself."""
    texts = [
        text
        for plugin in plugins
        for text in importlib.metadata.requires(plugin.distribution) or ()
    ]
    parsed = [Requirement(text) for text in texts]
    return tuple(
        str(requirement)
        for requirement in parsed
        if canonicalize_name(requirement.name) != "crosshook"
        and "extra ==" not in str(requirement.marker)
    )


def copy_into(directory: Path, plugins: Collection[Plugin]) -> None:
    """Copy adapters, and what tells their names, into a ``site-packages`` directory.

    :raises PluginError: if one is not where its entry point says.
    """
    for plugin in plugins:
        source, parts = _package(plugin)
        target = directory.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target.with_name(source.name))
        info = directory / f"{plugin.distribution}-{plugin.version}.dist-info"
        info.mkdir(exist_ok=True)
        for name, text in _metadata(plugin):
            (info / name).write_text(text, encoding="utf-8")


def _package(plugin: Plugin) -> tuple[Path, tuple[str, ...]]:
    """Return the package or module that holds an adapter, and its dotted name's parts.

    Of a namespace, which many distributions share, only the part that is this one's.
    """
    parts = plugin.entry_point.module.split(".")
    with plugin.blamed():
        for count in range(1, len(parts) + 1):
            spec = importlib.util.find_spec(".".join(parts[:count]))
            if spec is None:
                break
            if spec.origin is not None:
                file = Path(spec.origin)
                return (file.parent if file.name == "__init__.py" else file), tuple(parts[:count])
    raise PluginError(f"{plugin}: there is no module {plugin.entry_point.module}")


def _metadata(plugin: Plugin) -> Iterator[tuple[str, str]]:
    distribution = importlib.metadata.distribution(plugin.distribution)
    for name in ("METADATA", "entry_points.txt"):
        text = distribution.read_text(name)
        if text is not None:
            yield name, text
