"""Which platform and Python the project's own ``setup.py`` sees.

``setup.py`` files choose sources, libraries and flags by ``sys.platform``, ``os.name`` and
``platform.machine()``. In a cross build they mean the target. setuptools, the standard library and
every other package ask the same questions and mean the machine that they run on. So the answer
depends on who asks: modules of the project get a view of ``sys``, ``os`` and ``platform`` that
speaks of the target; all others get the real ones.

What a view changes: ``sys.platform``, ``sys.maxsize``, ``sys.byteorder``, the compiler's part of
``sys.version``, ``sys.getwindowsversion``; ``os.name``, ``os.uname``; ``platform.system``,
``machine``, ``uname``, ``platform``, ``architecture``, ``mac_ver`` and ``win32_ver``. Paths
(``os.sep``, ``os.path``) stay real. If the target Python is not the kind that runs:
``sys.version_info``, ``hexversion``, ``abiflags`` and ``_is_gil_enabled``;
``platform.python_version`` and ``python_version_tuple``.
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
from typing import Any, NamedTuple

from crosshook.target import Target
from crosshook.target.python_version import running_python


@contextlib.contextmanager
def installed(target: Target, project: Path) -> Iterator[None]:
    """Give the modules below a project's directory the view of a target, for a while."""
    views = _views(target)
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
def nothing(target: Target, project: Path) -> Iterator[None]:
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


def _views(target: Target) -> Mapping[str, ModuleType]:
    platform = target.platform
    version_in_sys, version_in_platform = _version_views(target)
    row, system = platform.row, platform.system
    bits = 8 * row.processor.pointer_size
    compiler = f"[crosshook {bits} bit ({row.platform_machine})]"
    uname = platform_module.uname()._replace(
        system=system.platform_system, machine=row.platform_machine
    )
    replaced_sys = {
        "platform": system.sys_platform,
        "maxsize": 2 ** (bits - 1) - 1,
        "byteorder": "big" if row.processor.big_endian else "little",
        "version": re.sub(r"\[.*\]", compiler, sys.version),
        **version_in_sys,
    }
    name = f"{system.platform_system}-{row.platform_machine}"
    replaced_platform = {
        "system": _always(system.platform_system),
        "machine": _always(row.platform_machine),
        "uname": _always(uname),
        "platform": _always(name),
        "architecture": _always((f"{bits}bit", system.executable_format)),
        **version_in_platform,
    }
    if system.sys_platform == "win32":
        replaced_sys["getwindowsversion"] = _always(_WINDOWS)
        numbers = f"{_WINDOWS.major}.{_WINDOWS.minor}.{_WINDOWS.build}"
        replaced_platform["win32_ver"] = _always((str(_WINDOWS.major), numbers, "SP0", ""))
    if platform.macos is not None:
        release = "{}.{}".format(*platform.macos)
        replaced_platform["mac_ver"] = _always((release, ("", "", ""), row.platform_machine))
        replaced_platform["platform"] = _always(f"macOS-{release}-{row.platform_machine}")
    return {
        "sys": _View(sys, replaced_sys),
        "os": _os_view(system.os_name, row.platform_machine),
        "platform": _View(platform_module, replaced_platform),
    }


class _WindowsVersion(NamedTuple):
    """As ``sys.getwindowsversion()`` answers, whose type only Windows has."""

    major: int
    minor: int
    build: int
    platform: int = 2
    service_pack: str = ""


_WINDOWS = _WindowsVersion(major=10, minor=0, build=19045)
"""Windows 10 22H2: CPython 3.13 is for Windows 10 and newer, as are all of win_arm64."""


class _VersionInfo(NamedTuple):
    """As ``sys.version_info``, of whose own type no further value can be made."""

    major: int
    minor: int
    micro: int
    releaselevel: str = "final"
    serial: int = 0


def _version_views(target: Target) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return what ``sys`` and ``platform`` say of the target Python, if it is of another kind."""
    version, running = target.python_version, running_python()
    in_sys: dict[str, Any] = {}
    if version.free_threaded != running.free_threaded:
        in_sys["abiflags"] = "".join(target.abi_flags)
        if version.numbers >= (3, 13):
            in_sys["_is_gil_enabled"] = _always(not version.free_threaded)
    if version.numbers == running.numbers:
        return in_sys, {}
    stated = target.python["implementation"].get("version", {})
    info = _VersionInfo(*version.numbers, stated.get("micro", 0))
    in_sys["version_info"] = info
    in_sys["hexversion"] = int.from_bytes((*info[:3], 0xF0), "big")
    numbers = tuple(map(str, info[:3]))
    return in_sys, {
        "python_version": _always(".".join(numbers)),
        "python_version_tuple": _always(numbers),
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
