"""Write what a backend offers, seen from within: ``describe_backend.py NAME ANSWER [PATH ...]``.

Standard library only: it runs where the backend is installed.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from pathlib import Path
from typing import Any

HOOKS = {
    "cross_build_wheel": ("wheel_directory", "target", "config_settings", "metadata_directory"),
    "get_requires_for_cross_build_wheel": ("target", "config_settings"),
}


def describe(name: str) -> dict[str, Any]:
    module, _, attributes = name.partition(":")
    backend: Any = importlib.import_module(module)
    for attribute in attributes.split(".") if attributes else ():
        backend = getattr(backend, attribute)
    refusal = getattr(backend, "UnsupportedTarget", None)
    answer: dict[str, Any] = {
        "UnsupportedTarget": isinstance(refusal, type) and issubclass(refusal, Exception)
    }
    for hook, names in HOOKS.items():
        function = getattr(backend, hook, None)
        answer[hook] = _signature(function, names) if callable(function) else None
    return answer


def _signature(function: Any, names: tuple[str, ...]) -> dict[str, Any]:
    signature = inspect.signature(function)
    required = 2 if names[0] == "wheel_directory" else 1

    def takes(arguments: tuple[str, ...]) -> bool:
        try:
            signature.bind(*arguments)
        except TypeError:
            return False
        return True

    return {
        "names": list(signature.parameters)[: len(names)] == list(names),
        "positions": all(takes(names[:count]) for count in range(required, len(names) + 1)),
    }


if __name__ == "__main__":
    sys.path[:0] = sys.argv[3:]
    Path(sys.argv[2]).write_text(json.dumps(describe(sys.argv[1])), encoding="utf-8")
