"""Put crosshook's wrapper in front of a project's backend, in the text of its pyproject.toml.

Comments, order and whitespace stay: the text is edited with ``tomlkit``.
"""

from __future__ import annotations

import importlib.util
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from crosshook.errors import CrosshookError, ProjectError
from crosshook.project import LEGACY_BACKEND, WRAPPER

_MOVED = ("build-backend", "backend-path")
"""Keys of ``[build-system]`` that say which backend it is."""


def wrapped(text: str, *, file: Path) -> str:
    """Return the text of a pyproject.toml whose backend is wrapped; as it is, if it is already.

    :param file: Where it is from, for the error.
    :raises ProjectError: if it is no pyproject.toml.
    """
    document = _parsed(text, file)
    system = _table(document, "build-system", file)
    if _is_wrapper(system.get("build-backend")):
        return text
    requires = system.setdefault("requires", _array(["setuptools"]))
    if not any(_names_crosshook(item) for item in requires):
        if "\n" in requires.as_string():
            requires.insert(0, "crosshook")
        else:
            system["requires"] = _array(["crosshook", *requires])
    own = _own_table(document, file)
    own["build-backend"] = system.get("build-backend", LEGACY_BACKEND)
    if "backend-path" in system:
        own["backend-path"] = system.pop("backend-path")
    system["build-backend"] = WRAPPER
    return _dumped(document)


def unwrapped(text: str, *, file: Path) -> str:
    """Return the text of a pyproject.toml whose backend is its own again.

    :raises ProjectError: if it is no pyproject.toml, or does not say which backend it was.
    """
    document = _parsed(text, file)
    system = _table(document, "build-system", file)
    if not _is_wrapper(system.get("build-backend")):
        return text
    own = _table(_table(document, "tool", file), "crosshook", file)
    if "build-backend" not in own:
        raise ProjectError(f"{file}: tool.crosshook.build-backend: missing: it says what to undo")
    requires = system.get("requires", [])
    for item in [item for item in requires if _names_crosshook(item)]:
        requires.remove(item)
    if own["build-backend"] == LEGACY_BACKEND:
        del system["build-backend"], own["build-backend"]
    for key in _MOVED:
        if key in own:
            system[key] = own.pop(key)
    if not own:
        del document["tool"]["crosshook"]
        if not document["tool"]:
            del document["tool"]
    # A blank line stood before the table.
    return f"{_dumped(document).rstrip()}\n"


def _tomlkit() -> Any:
    """
    :raises CrosshookError: if it is not installed.
    """
    if importlib.util.find_spec("tomlkit") is None:
        raise CrosshookError("tomlkit is not installed", hint='pip install "crosshook[cli]"')
    return importlib.import_module("tomlkit")


def _parsed(text: str, file: Path) -> Any:
    try:
        return _tomlkit().parse(text)
    except ValueError as error:
        raise ProjectError(f"{file}: not valid TOML: {error}") from None


def _dumped(document: Any) -> str:
    return str(_tomlkit().dumps(document))


def _array(items: list[str]) -> Any:
    array = _tomlkit().array()
    array.extend(items)
    return array


def _table(parent: MutableMapping[str, Any], key: str, file: Path) -> Any:
    if key not in parent:
        parent[key] = _tomlkit().table()
    if not isinstance(parent[key], MutableMapping):
        raise ProjectError(f"{file}: {key}: not a table")
    return parent[key]


def _own_table(document: Any, file: Path) -> Any:
    """Return ``[tool.crosshook]``, made if it is not there."""
    if "tool" not in document:
        document["tool"] = _tomlkit().table(is_super_table=True)
    return _table(_table(document, "tool", file), "crosshook", file)


def _is_wrapper(backend: object) -> bool:
    return isinstance(backend, str) and backend.partition(":")[0] == WRAPPER


def _names_crosshook(requirement: object) -> bool:
    try:
        return Requirement(str(requirement)).name == "crosshook"
    except InvalidRequirement:
        return False
