"""A setuptools plugin for the time of one cross build; copied into the build, imports no crosshook.

setuptools calls :func:`finalize` for each ``Distribution``, through its entry point group
``setuptools.finalize_distribution_options``.
"""

from __future__ import annotations

import json
import os
from typing import Any


def finalize(dist: Any) -> None:
    """Have :func:`prepare` called when the extension modules of a distribution are known.

    They are not yet: setuptools reads pyproject.toml after this, and other plugins add some. The
    ``build_ext`` command is the first to need them.
    """
    run_command = dist.run_command

    def prepare_and_run(name: str) -> None:
        if name == "build_ext":
            prepare(dist)
        run_command(name)

    dist.run_command = prepare_and_run


def prepare(dist: Any) -> None:
    """Link Python's import library to each extension module, and note which were declared."""
    settings = _settings()
    for extension in dist.ext_modules or ():
        # setuptools also takes (name, options) pairs.
        if not hasattr(extension, "name"):
            continue
        stable_abi = getattr(extension, "py_limited_api", False)
        wanted = settings["stable_abi_link_objects" if stable_abi else "link_objects"]
        present = list(extension.extra_objects or ())
        extension.extra_objects = present + [path for path in wanted if path not in present]
        _note(os.path.join(os.path.dirname(__file__), settings["log"]), dist, extension)


def _settings() -> dict[str, Any]:
    file = os.path.splitext(os.path.abspath(__file__))[0] + ".json"
    with open(file, encoding="utf-8") as stream:
        settings: dict[str, Any] = json.load(stream)
    return settings


def _note(log: str, dist: Any, extension: Any) -> None:
    name = f"{dist.ext_package}.{extension.name}" if dist.ext_package else extension.name
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(json.dumps(name) + "\n")
