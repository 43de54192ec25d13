"""Which platform and Python the project's own ``setup.py`` sees.

``setup.py`` files choose sources, libraries and flags by ``sys.platform``, ``os.name`` and
``platform.machine()``. In a cross build they mean the target. setuptools, the standard library and
every other package ask the same questions and mean the machine that they run on. So the answer
depends on who asks: modules of the project get a view of ``sys``, ``os``, ``platform`` and others
that speaks of the target; all others get the real ones.

What is answered is in :mod:`crosshook.overlay.questions`.
"""

from __future__ import annotations

import builtins
import functools
import os
import re
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from types import FrameType, ModuleType
from typing import Any

from . import windows_modules
from .seen_modules import MAKERS
from .undo import Undo, add, in_reverse, replace

_NOT_THE_PROJECTS = {"site-packages", "dist-packages", ".eggs"}
"""Directories of what is installed, which may be inside the project."""


class View:
    """What modules below a project's directory see, and who is one."""

    def __init__(
        self,
        root: str,
        sees: Mapping[str, Any],
        *,
        tools: Sequence[str] = (),
        hooks: Sequence[str] = (),
    ) -> None:
        """
        :param root: The project's directory.
        :param sees: What the target answers, as :mod:`crosshook.overlay.facts` has it.
        :param tools: Directories in the project with what is not of the project.
        :param hooks: Packages and modules elsewhere that see what the project sees.
        """
        self._root = os.path.join(os.path.realpath(root), "")
        others = (os.path.join(os.path.realpath(tool), "") for tool in tools)
        self._not_the_projects = (*others, _stdlib())
        self._hooks = tuple(map(os.path.realpath, hooks))
        self._in_hooks = tuple(os.path.join(hook, "") for hook in self._hooks)
        self._sees = sees
        self._made: dict[str, ModuleType] = {}
        self._is_in_project = functools.cache(self._is_in_project_uncached)

    def module(self, name: str) -> ModuleType:
        """Return the view of a module that there is one of."""
        if name not in self._made:
            self._made[name] = MAKERS[name](sys.modules[name], self._sees, self)
        return self._made[name]

    def is_project(self, frame: FrameType | None) -> bool:
        """Tell whether code that runs is of the project.

        What ``exec`` runs may have no file: who runs it counts. Code on the command line of a
        Python, or on its stdin, is of the project, whoever starts it: Meson's ``run_command``,
        CMake, ``make`` or a shell. Other packages start files, or modules by their names.
        """
        while frame is not None:
            file = _file(frame.f_globals)
            if file is not None:
                return self.is_file_of_project(file)
            if frame.f_back is None:
                return frame.f_globals.get("__name__") == "__main__"
            frame = frame.f_back
        return False

    def is_file_of_project(self, file: str) -> bool:
        """Tell whether a file is the project's own."""
        return self._is_in_project(os.path.abspath(file))

    def _is_in_project_uncached(self, file: str) -> bool:
        path = os.path.realpath(file)
        if path in self._hooks or path.startswith(self._in_hooks):
            return True
        if not path.startswith(self._root) or path.startswith(self._not_the_projects):
            return False
        return _NOT_THE_PROJECTS.isdisjoint(re.split(r"[\\/]", path[len(self._root) :]))

    def get(self, name: str, found: Callable[[], Any]) -> Any:
        """Return what a module of the project gets for the name of a module without dots.

        :param found: Returns the real one.
        :raises ModuleNotFoundError: if a Python of the target has no such module.
        """
        if name in self._sees["absent_modules"]:
            told = self._sees["sys"]["platform"]
            raise ModuleNotFoundError(f"No module named {name!r} on {told}", name=name)
        if name in windows_modules.MADE_UP and self._sees["sys"]["platform"] == "win32":
            return self._made.setdefault(name, windows_modules.MADE_UP[name]())
        real = found()
        return self.module(name) if name in MAKERS else real

    def install(self) -> Undo:
        """Make the import statement give modules of the project the views."""
        real = builtins.__import__
        concerned = {*MAKERS, *windows_modules.MADE_UP, *self._sees["absent_modules"]}

        def import_(
            name: str,
            globals: Mapping[str, Any] | None = None,
            locals: Mapping[str, Any] | None = None,
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            # What an import statement gets is the module of the first part of the name, unless
            # there is a list of names to take from the last.
            got = name if fromlist else name.partition(".")[0]
            if level == 0 and got in concerned:
                file = _file(globals or {})
                if (
                    self.is_file_of_project(file)
                    if file is not None
                    else self.is_project(sys._getframe(1))
                ):
                    return self.get(got, lambda: real(name, globals, locals, fromlist, level))
            return real(name, globals, locals, fromlist, level)

        undo = [self._import_anew(), replace(builtins, "__import__", import_)]
        if self._sees["sys"]["platform"] == "win32" and not hasattr(builtins, "WindowsError"):
            undo.append(add(builtins, "WindowsError", OSError))
        return in_reverse(undo)

    def _import_anew(self) -> Undo:
        """Have modules of the project imported again that have been: what they asked at their top
        was answered by this machine."""
        before = self._pop_project_modules()

        def restore() -> None:
            self._pop_project_modules()
            sys.modules.update(before)

        return restore

    def _pop_project_modules(self) -> dict[str, ModuleType]:
        # This package may be built with itself.
        kept = {"__main__", __name__.partition(".")[0]}
        found = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.partition(".")[0] in kept or not isinstance(file, str):
                continue
            if self.is_file_of_project(file):
                found[name] = sys.modules.pop(name)
        return found


def _file(names: Mapping[str, Any]) -> str | None:
    """Return the file of code that has these global names; None where it is of no file."""
    file = names.get("__file__")
    return file if isinstance(file, str) and file != "<stdin>" else None


@functools.cache
def _stdlib() -> str:
    return os.path.join(os.path.realpath(sysconfig.get_path("stdlib")), "")
