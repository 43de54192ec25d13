"""Paths of what is compiled against, which packages answer with, become those of the target."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from .imports import handed_out, when_imported
from .undo import Undo


def install(packages: Mapping[str, Any] | None) -> list[Undo]:
    """Make functions answer with a directory's copies of packages.

    :param packages: The ``directory``, and ``functions`` by module; nothing is done without.
    """
    if packages is None:
        return []
    functions: Mapping[str, Sequence[str]] = packages["functions"]
    # Whoever imported a function by its name keeps it when the overlay goes.
    directories = [packages["directory"]]

    def answer_with_the_targets(module: ModuleType) -> list[Undo]:
        undo = []
        for name in functions[module.__name__]:
            own = getattr(module, name, None)
            if own is not None:
                undo += handed_out(module, name, _answering(own, module, directories))
        return undo

    return [
        directories.clear,
        when_imported(dict.fromkeys(functions, answer_with_the_targets)),
    ]


def _answering(function: Callable[..., Any], module: ModuleType, directories: list[str]) -> Any:
    """Return a function that answers with paths in a directory, as long as one is listed."""
    from pathlib import Path

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
