"""Which platform the project's own ``setup.py`` sees.

``setup.py`` files choose sources, libraries and flags by ``sys.platform``, ``os.name`` and
``platform.machine()``. In a cross build they mean the target. setuptools, the standard library and
every other package ask the same questions and mean the machine that they run on. So the answer
depends on who asks: modules of the project get a view of ``sys``, ``os`` and ``platform`` that
speaks of the target; all others get the real ones.

What a view changes: ``sys.platform``, ``sys.maxsize``, the compiler's part of ``sys.version``;
``os.name``, ``os.uname``; ``platform.system``, ``machine``, ``uname``, ``platform`` and
``architecture``. Paths (``os.sep``, ``os.path``) stay real.
"""

from __future__ import annotations

import builtins
import contextlib
import os
import platform as platform_module
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from crosshook.platforms import SYSTEMS, Platform


@contextlib.contextmanager
def installed(platform: Platform, project: Path) -> Iterator[None]:
    """Give the modules below a project's directory the view of a platform, for a while."""
    views = _views(platform)
    real = builtins.__import__
    root = os.path.join(os.path.realpath(project), "")

    def import_(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        module = real(name, globals, locals, fromlist, level)
        # What an import statement gets is the module of the first part of the name, unless there
        # is a list of names to take from the last.
        got = name if fromlist else name.partition(".")[0]
        if level == 0 and got in views and _is_of_project(globals, root):
            return views[got]
        return module

    builtins.__import__ = import_
    try:
        yield
    finally:
        builtins.__import__ = real


@contextlib.contextmanager
def nothing(platform: Platform, project: Path) -> Iterator[None]:
    """Leave every module the real view."""
    yield


def _is_of_project(importer: Mapping[str, Any] | None, root: str) -> bool:
    file = (importer or {}).get("__file__")
    if not isinstance(file, str):
        return False
    path = os.path.realpath(file)
    # A virtual environment may be inside the project.
    return path.startswith(root) and "site-packages" not in Path(path).parts


class _View(ModuleType):
    """A module with some of its attributes replaced; writes go to the real one."""

    def __init__(self, real: ModuleType, replaced: Mapping[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(_real=real, **replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._real, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._real)


def _views(platform: Platform) -> Mapping[str, ModuleType]:
    row, system = platform.row, SYSTEMS[platform.row.system]
    bits = 8 * row.pointer_size
    compiler = f"[crosshook {bits} bit ({row.platform_machine})]"
    uname = platform_module.uname()._replace(
        system=system.platform_system, machine=row.platform_machine
    )
    replaced_sys = {
        "platform": system.sys_platform,
        "maxsize": 2 ** (bits - 1) - 1,
        "version": re.sub(r"\[.*\]", compiler, sys.version),
    }
    name = f"{system.platform_system}-{row.platform_machine}"
    file_format = "WindowsPE" if system.os_name == "nt" else "ELF"
    replaced_platform = {
        "system": _always(system.platform_system),
        "machine": _always(row.platform_machine),
        "uname": _always(uname),
        "platform": _always(name),
        "architecture": _always((f"{bits}bit", file_format)),
    }
    return {
        "sys": _View(sys, replaced_sys),
        "os": _os_view(system.os_name, row.platform_machine),
        "platform": _View(platform_module, replaced_platform),
    }


def _always(answer: Any) -> Callable[..., Any]:
    """Return a function that gives one answer, whatever it is asked."""
    return lambda *args, **kwargs: answer


def _os_view(name: str, machine: str) -> ModuleType:
    if name == "posix" and hasattr(os, "uname"):
        real = os.uname()
        uname = os.uname_result((real[0], real[1], real[2], real[3], machine))
        return _View(os, {"name": name, "uname": _always(uname)})
    return _OsWithoutUname(os, {"name": name})


class _OsWithoutUname(_View):
    """``os`` has no ``uname`` on Windows, and code asks by catching the AttributeError."""

    def __getattr__(self, name: str) -> Any:
        if name == "uname":
            raise AttributeError(name)
        return super().__getattr__(name)
