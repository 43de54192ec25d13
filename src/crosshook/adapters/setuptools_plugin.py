"""A setuptools plugin for the time of one cross build; copied into the build, imports no crosshook.

setuptools calls :func:`finalize` for each ``Distribution``, through its entry point group
``setuptools.finalize_distribution_options``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
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
    """Tell each extension module about the target Python, and note which were declared."""
    settings = _settings()
    build_ext = dist.get_command_obj("build_ext")
    if settings["link_objects"]:
        _adjust_libraries(build_ext)
    _shorten_stable_abi_suffix(build_ext)
    for extension in dist.ext_modules or ():
        # setuptools also takes (name, options) pairs.
        if not hasattr(extension, "name"):
            continue
        stable_abi = getattr(extension, "py_limited_api", False)
        wanted = settings["stable_abi_link_objects" if stable_abi else "link_objects"]
        present = list(extension.extra_objects or ())
        extension.extra_objects = present + [path for path in wanted if path not in present]
        macros = list(extension.define_macros or ())
        named = {macro[0] for macro in macros}
        extension.define_macros = macros + [
            (name, value) for name, value in settings["define_macros"] if name not in named
        ]
        module = extension.name.rpartition(".")[2]
        link_args = [argument.replace("{module}", module) for argument in settings["link_args"]]
        given = list(extension.extra_link_args or ())
        extension.extra_link_args = given + [word for word in link_args if word not in given]
        _note(os.path.join(os.path.dirname(__file__), settings["log"]), dist, extension)
    for extension in getattr(dist, "rust_extensions", None) or ():
        # setuptools-rust's: programs are among them.
        if getattr(extension.binding, "name", None) != "Exec":
            _note(os.path.join(os.path.dirname(__file__), settings["log"]), dist, extension)


def _adjust_libraries(build_ext: Any) -> None:
    """Take the import library of the Python that runs out of what is linked.

    And find libraries as Windows does, in any case: ``-lWs2_32`` means ``libws2_32.a``.
    """
    get_libraries = getattr(build_ext, "get_libraries", None)
    if get_libraries is None:
        # A command of the project's own, which is not setuptools'.
        return

    def adjusted(extension: Any) -> list[str]:
        directories = [*_library_dirs(extension), *_library_dirs(build_ext)]
        return [
            name if _is_library(name, directories) else name.lower()
            for name in get_libraries(extension)
            if not re.fullmatch(r"python3\d+t?(_d)?", name)
        ]

    build_ext.get_libraries = adjusted


def _shorten_stable_abi_suffix(build_ext: Any) -> None:
    """Name modules ``x.abi3.so`` where setuptools says ``x.abi3-aarch64-linux-gnu.so``.

    It does so for Python 3.15 and newer, which import both, whatever older Python the wheel's tag
    promises: those import only the short one.
    """
    get_ext_filename = getattr(build_ext, "get_ext_filename", None)
    if get_ext_filename is None:
        # A command of the project's own, which is not setuptools'.
        return

    def shortened(name: str) -> str:
        return re.sub(r"\.(abi3t?)-[\w-]+\.so$", r".\1.so", get_ext_filename(name))

    build_ext.get_ext_filename = shortened


def _library_dirs(settings: Any) -> list[str]:
    return list(getattr(settings, "library_dirs", None) or ())


def _is_library(name: str, directories: list[str]) -> bool:
    """Tell whether the project has a library that is called so, in this case."""
    files = (f"lib{name}.a", f"lib{name}.dll.a", f"{name}.lib", f"{name}.dll", f"lib{name}.dll")
    return any(Path(where, file).is_file() for where in directories for file in files)


def _settings() -> dict[str, Any]:
    file = os.path.splitext(os.path.abspath(__file__))[0] + ".json"
    with open(file, encoding="utf-8") as stream:
        settings: dict[str, Any] = json.load(stream)
    return settings


def _note(log: str, dist: Any, extension: Any) -> None:
    name = f"{dist.ext_package}.{extension.name}" if dist.ext_package else extension.name
    with open(log, "a", encoding="utf-8") as stream:
        stream.write(json.dumps(name) + "\n")
