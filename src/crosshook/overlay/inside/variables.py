"""This process's ``sysconfig`` and extension suffixes become those of another Python."""

from __future__ import annotations

import functools
import importlib.machinery
import os
import re
import sys
import sysconfig
from collections.abc import Mapping
from typing import Any

from .undo import Undo, replace

_OF_THIS_MACHINE = ("TZPATH", "WHEEL_PKG_DIR")
"""Paths that the standard library reads here and uses at once: ``zoneinfo`` and ``ensurepip``."""


_TOOLS: Mapping[str, tuple[str, ...]] = {
    "CC": ("BLDSHARED", "CPP", "LDSHARED", "LINKCC"),
    "CXX": ("LDCXXSHARED",),
    "AR": (),
}
"""By the variable of a tool: others, whose command lines begin with it."""


def install(overlay: Mapping[str, Any]) -> list[Undo]:
    """Make ``sysconfig`` answer with ``config_vars``, ``platform`` and ``include``."""
    told = {**overlay["config_vars"], **_of_tools(overlay["config_vars"])}
    undo = [_config_vars(told), _suffixes(overlay["extension_suffixes"])]
    undo += _forget_copies()
    undo.append(replace(sysconfig, "get_platform", lambda: overlay["platform"]))
    if overlay["include"]:
        undo += _include(overlay["include"])
    return undo


def _of_tools(target_vars: Mapping[str, str | int]) -> Mapping[str, str]:
    """Return the variables that name a tool, by which the target Python was built where it was.

    Who starts what they say, as a build hook does, would start this machine's compiler. The tool
    that the environment names is for the target.
    """
    told = {}
    for tool, others in _TOOLS.items():
        command, before = os.environ.get(tool), target_vars.get(tool)
        if not command or not isinstance(before, str):
            continue
        told[tool] = command
        for name in others:
            value = target_vars.get(name)
            if isinstance(value, str) and value.startswith(before):
                told[name] = command + value[len(before) :]
    return told


def _config_vars(target_vars: Mapping[str, str | int]) -> Undo:
    # get_config_vars() hands out the one dictionary that get_config_var() reads; both distutils
    # copies, and everything else, start from it.
    shared: dict[str, Any] = sysconfig.get_config_vars()
    before = dict(shared)
    kept = {name: before[name] for name in needed_for_own_paths() if name in before}
    shared.clear()
    shared.update(target_vars)
    shared.update(kept)
    if "HOST_GNU_TYPE" in target_vars and "HOST_GNU_TYPE" in before:
        # As in a target Python that was cross-built here: autoconf takes a build for the machine
        # that it runs on as one whose programs it can run.
        shared["BUILD_GNU_TYPE"] = before["HOST_GNU_TYPE"]

    def restore() -> None:
        shared.clear()
        shared.update(before)

    return restore


def needed_for_own_paths() -> set[str]:
    """Return the variables that the running Python finds its own files with."""
    names = {"prefix", "exec_prefix", "platlibdir", "projectbase", "srcdir", "py_version"}
    names |= set(_OF_THIS_MACHINE)
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


def _include(directory: str) -> list[Undo]:
    get_path, get_paths = sysconfig.get_path, sysconfig.get_paths
    headers = ("include", "platinclude")

    def target_path(name: str, *args: Any, **kwargs: Any) -> str:
        return directory if name in headers else get_path(name, *args, **kwargs)

    def target_paths(*args: Any, **kwargs: Any) -> dict[str, str]:
        return {**get_paths(*args, **kwargs), **dict.fromkeys(headers, directory)}

    return [
        replace(sysconfig, "get_path", target_path),
        replace(sysconfig, "get_paths", target_paths),
        replace(sysconfig, "get_config_h_filename", lambda: os.path.join(directory, "pyconfig.h")),
    ]
