"""Make this process's ``sysconfig`` and extension suffixes those of another Python, and the paths
that packages answer with those of a target's packages.

Standard library only, and no other module of crosshook: a copy of this file runs in the child
processes of a build, where crosshook may not be importable.
"""

from __future__ import annotations

import functools
import importlib.machinery
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

Undo = Callable[[], None]


def install(overlay: Mapping[str, Any]) -> Undo:
    """Install an overlay, as ``crosshook.overlay.describe`` writes it; return what undoes it."""
    undo = [_config_vars(overlay["config_vars"]), _suffixes(overlay["extension_suffixes"])]
    undo += _forget_copies()
    undo.append(_replace("get_platform", lambda: overlay["platform"]))
    if overlay["include"]:
        undo += _include(overlay["include"])
    if overlay["packages"]:
        undo += _packages(**overlay["packages"])

    def restore() -> None:
        for step in reversed(undo):
            step()

    return restore


def _config_vars(target_vars: Mapping[str, str | int]) -> Undo:
    # get_config_vars() hands out the one dictionary that get_config_var() reads; both distutils
    # copies, and everything else, start from it.
    shared: dict[str, Any] = sysconfig.get_config_vars()
    before = dict(shared)
    kept = {name: before[name] for name in _needed_for_own_paths() if name in before}
    shared.clear()
    shared.update(target_vars)
    shared.update(kept)

    def restore() -> None:
        shared.clear()
        shared.update(before)

    return restore


def _needed_for_own_paths() -> set[str]:
    """Return the variables that the running Python expands its own install paths with."""
    names = {"prefix", "exec_prefix", "platlibdir", "projectbase", "srcdir", "py_version"}
    for scheme in sysconfig.get_scheme_names():
        for template in sysconfig.get_paths(scheme, expand=False).values():
            names |= set(re.findall(r"\{(\w+)\}", template))
    return names


def _forget_copies() -> list[Undo]:
    """Make distutils, if it is imported already, copy the variables anew."""
    undo: list[Undo] = []
    for name in ("distutils.sysconfig", "setuptools._distutils.sysconfig"):
        module: Any = sys.modules.get(name)
        if module is not None:
            undo.append(functools.partial(setattr, module, "_config_vars", module._config_vars))
            module._config_vars = None
    return undo


def _suffixes(suffixes: list[str]) -> Undo:
    # The import system made its own copy at start-up, so this changes what build backends are
    # told, not what this process can import.
    listed = importlib.machinery.EXTENSION_SUFFIXES
    before = list(listed)
    listed[:] = suffixes

    def restore() -> None:
        listed[:] = before

    return restore


def _replace(name: str, function: Callable[..., Any]) -> Undo:
    before = getattr(sysconfig, name)
    setattr(sysconfig, name, function)
    return lambda: setattr(sysconfig, name, before)


def _include(directory: str) -> list[Undo]:
    get_path, get_paths = sysconfig.get_path, sysconfig.get_paths
    headers = ("include", "platinclude")

    def target_path(name: str, *args: Any, **kwargs: Any) -> str:
        return directory if name in headers else get_path(name, *args, **kwargs)

    def target_paths(*args: Any, **kwargs: Any) -> dict[str, str]:
        return {**get_paths(*args, **kwargs), **dict.fromkeys(headers, directory)}

    return [
        _replace("get_path", target_path),
        _replace("get_paths", target_paths),
        _replace("get_config_h_filename", lambda: os.path.join(directory, "pyconfig.h")),
    ]


def _packages(directory: str, functions: Mapping[str, list[str]]) -> list[Undo]:
    """Make functions that answer with paths in a package answer with the target's copy of it."""
    undo: list[Undo] = []
    # Whoever imported a function by its name keeps it when the overlay goes.
    directories = [directory]

    def wrap(module: ModuleType) -> None:
        for name in functions[module.__name__]:
            own = getattr(module, name, None)
            if own is None:
                continue
            wrapped = _wrapped(own, module, directories)
            # Packages hand out what their modules define.
            for place in (module, sys.modules[module.__name__.partition(".")[0]]):
                handed_out = getattr(place, name, None)
                if own in (handed_out, getattr(handed_out, "__wrapped__", None)):
                    setattr(place, name, wrapped)
                    undo.append(functools.partial(setattr, place, name, own))

    for name in functions:
        if name in sys.modules:
            wrap(sys.modules[name])
    finder = _Finder(functions, wrap)
    sys.meta_path.insert(0, finder)

    def restore() -> None:
        sys.meta_path.remove(finder)
        directories.clear()
        for step in reversed(undo):
            step()

    return [restore]


class _Finder:
    """Finds modules as the others on ``sys.meta_path`` do, and does something once they ran."""

    def __init__(self, names: Mapping[str, Any], afterwards: Callable[[ModuleType], None]) -> None:
        self._names = names
        self._afterwards = afterwards

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in self._names:
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


def _wrapped(function: Callable[..., Any], module: ModuleType, directories: list[str]) -> Any:
    """Return a function that answers with paths in a directory, as long as one is listed."""
    top = sys.modules[module.__name__.partition(".")[0]]
    site = os.path.dirname(os.path.dirname(os.path.abspath(str(top.__file__))))

    def in_target(answer: Any) -> Any:
        if isinstance(answer, (list, tuple)):
            return type(answer)(map(in_target, answer))
        if not isinstance(answer, (str, os.PathLike)):
            return answer
        relative = os.path.relpath(answer, site)
        there = os.path.join(*directories, relative)
        if relative.startswith(os.pardir) or not Path(there).exists():
            return answer
        return there if isinstance(answer, str) else Path(there)

    @functools.wraps(function)
    def answers(*args: Any, **kwargs: Any) -> Any:
        answer = function(*args, **kwargs)
        return in_target(answer) if directories else answer

    return answers
