"""The wrapper backend: the hooks of another backend, and ``cross_build_wheel`` as well.

In a project's pyproject.toml::

    [build-system]
    requires = ["crosshook", "setuptools>=77"]
    build-backend = "crosshook.backend"

    [tool.crosshook]
    build-backend = "setuptools.build_meta"

Every PEP 517 and PEP 660 hook is the delegate's own, handed out untouched: one that the delegate
lacks is missing here too. ``cross_build_wheel`` is there if the delegate has it, or if an adapter
speaks for the delegate.

A project can also wrap a backend in a module of its own; see :func:`wrap`.

The shape of the wrapper is a part of the proposal; what it knows of compilers and of backends comes
from :mod:`crosshook.adapters`.
"""

from __future__ import annotations

from typing import Any

from crosshook.backend.wrapper import Wrapper, wrap

__all__ = ["Wrapper", "wrap"]

_wrapper = Wrapper()


def __getattr__(name: str) -> Any:
    return getattr(_wrapper, name)
