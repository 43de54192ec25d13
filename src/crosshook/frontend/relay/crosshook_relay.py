"""A build backend that calls any hook of another one; runs inside the build environment.

``pyproject_hooks`` calls the hooks that it knows by name and refuses others. This module is the
backend that it is given. Of the known hooks it has one, ``get_requires_for_build_wheel``, because
its argument and its result may be any JSON: the argument says which hook of which backend to call
with what, the result says what came of it. Only the public interface of ``pyproject_hooks`` is
used, so its releases may change the rest.

Standard library only: crosshook itself need not be importable here.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection


def get_requires_for_build_wheel(config_settings: dict[str, Any]) -> dict[str, Any]:
    """Carry out a request and return the outcome; ``crosshook.frontend.hooks`` has both ends."""
    _forget_this_directory()
    request = config_settings
    sys.path[:0] = request["backend_path"]
    call, names = _chosen(request["calls"], ()), []
    try:
        backend = _load(request["backend"], request["backend_path"])
    except (Exception, SystemExit):
        outcome = {"outcome": "unavailable", "traceback": traceback.format_exc()}
    else:
        try:
            names = [name for name in request["names"] if _has(backend, name)]
            call = _chosen(request["calls"], names)
            value = getattr(backend, call["hook"])(*call["arguments"]) if call else None
            outcome = _returned(value)
        except SystemExit as error:
            outcome = {"outcome": "exited", "code": str(error.code)}
        except Exception as error:
            outcome = _raised(backend, error)
    return {**outcome, "names": names, "hook": call and call["hook"]}


def _chosen(calls: list[dict[str, Any]], names: Collection[str]) -> dict[str, Any] | None:
    """Return the first call that is for a hook of the backend, or for none; None if there is none,
    or the backend lacks what is to be called."""
    for call in calls:
        if call["for"] is None:
            return call
        if call["for"] in names:
            return call if call["hook"] in names else None
    return None


def _forget_this_directory() -> None:
    # It is there for this module alone: neither the backend nor its children should see it.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != here]
    rest = [e for e in os.environ.get("PYTHONPATH", "").split(os.pathsep) if e and e != here]
    if rest:
        os.environ["PYTHONPATH"] = os.pathsep.join(rest)
    else:
        os.environ.pop("PYTHONPATH", None)


def _load(name: str, path: list[str]) -> Any:
    module, _, attributes = name.partition(":")
    backend: Any = importlib.import_module(module)
    if path:
        # PEP 517: a backend that has a backend-path must be loaded from there.
        file = os.path.realpath(sys.modules[module.partition(".")[0]].__file__ or os.devnull)
        if not any(file.startswith(os.path.join(os.path.realpath(p), "")) for p in path):
            raise ImportError(f"{module} is not in backend-path, but {file}")
    for attribute in attributes.split(".") if attributes else ():
        backend = getattr(backend, attribute)
    return backend


def _has(backend: Any, name: str) -> bool:
    return callable(getattr(backend, name, None))


def _returned(value: Any) -> dict[str, Any]:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return {"outcome": "returned", "value": None, "repr": repr(value)}
    return {"outcome": "returned", "value": value}


def _raised(backend: Any, error: Exception) -> dict[str, Any]:
    try:
        refused = isinstance(error, backend.UnsupportedTarget)
    except Exception:  # It has none, or no class of that name, or answers with an error.
        refused = False
    hint = getattr(error, "hint", None)
    return {
        "outcome": "unsupported" if refused else "raised",
        "type": type(error).__name__,
        "message": str(error),
        "hint": hint if isinstance(hint, str) else None,
        "traceback": traceback.format_exc(),
    }
