"""Doing something to a module once it is imported, or at once if it is already."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .undo import Undo, in_reverse

Change = Callable[[ModuleType], "list[Undo]"]
"""Changes a module that has just run, and returns what undoes it."""


def when_imported(changes: Mapping[str, Change]) -> Undo:
    """Change modules, by their names, after they ran.

    A name that begins with ``*.`` stands for the module and for every copy that another package
    has of it: ``*.packaging.tags`` is ``packaging.tags`` and ``setuptools._vendor.packaging.tags``.
    """
    undo: list[Undo] = []

    def change(module: ModuleType) -> None:
        found = _change_for(module.__name__, changes)
        if found is not None:
            undo.extend(found(module))

    for name, module in list(sys.modules.items()):
        if module is not None and getattr(module, "__name__", None) == name:
            change(module)
    finder = _Finder(changes, change)
    sys.meta_path.insert(0, finder)

    def restore() -> None:
        sys.meta_path.remove(finder)
        in_reverse(undo)()

    return restore


def handed_out(module: ModuleType, name: str, value: Any) -> list[Undo]:
    """Replace what a module defines, there and where its packages hand it out."""
    undo: list[Undo] = []
    own = getattr(module, name)
    parts = module.__name__.split(".")
    for end in range(1, len(parts) + 1):
        place = sys.modules[".".join(parts[:end])]
        found = getattr(place, name, None)
        if own in (found, getattr(found, "__wrapped__", None)):
            setattr(place, name, value)
            undo.append(functools.partial(setattr, place, name, own))
    return undo


def _change_for(name: str, changes: Mapping[str, Change]) -> Change | None:
    if name in changes:
        return changes[name]
    parts = name.split(".")
    tails = (".".join(["*", *parts[start:]]) for start in range(len(parts)))
    return next((changes[tail] for tail in tails if tail in changes), None)


class _Finder:
    """Finds modules as the others on ``sys.meta_path`` do, and does something once they ran."""

    def __init__(
        self, changes: Mapping[str, Change], afterwards: Callable[[ModuleType], None]
    ) -> None:
        self._changes = changes
        self._afterwards = afterwards

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if _change_for(name, self._changes) is None:
            return None
        behind = sys.meta_path[sys.meta_path.index(self) + 1 :]
        for finder in behind:
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                self._extend(spec.loader)
                return spec
        return None

    def _extend(self, loader: Any) -> None:
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            self._afterwards(module)

        loader.exec_module = exec_module
