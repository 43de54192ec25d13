"""What ``subprocess`` has on Windows alone: the project's code uses it, and starts programs here.

``git.cmd`` is a program that only Windows calls so, and a window that is to be hidden is none here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

_SUFFIXES = (".bat", ".cmd", ".com", ".exe")

_NUMBERS: Mapping[str, int] = {
    "ABOVE_NORMAL_PRIORITY_CLASS": 0x8000,
    "BELOW_NORMAL_PRIORITY_CLASS": 0x4000,
    "CREATE_BREAKAWAY_FROM_JOB": 0x01000000,
    "CREATE_DEFAULT_ERROR_MODE": 0x04000000,
    "CREATE_NEW_CONSOLE": 0x10,
    "CREATE_NEW_PROCESS_GROUP": 0x200,
    "CREATE_NO_WINDOW": 0x08000000,
    "DETACHED_PROCESS": 0x8,
    "HIGH_PRIORITY_CLASS": 0x80,
    "IDLE_PRIORITY_CLASS": 0x40,
    "NORMAL_PRIORITY_CLASS": 0x20,
    "STARTF_USESHOWWINDOW": 0x1,
    "STARTF_USESTDHANDLES": 0x100,
    "SW_HIDE": 0,
}
"""As the documentation of ``subprocess`` names them, and Windows numbers them."""


class _StartupInfo:
    """Takes what it is told; nothing reads it."""

    def __init__(self, **told: Any) -> None:
        self.dwFlags = self.wShowWindow = 0
        self.__dict__.update(told)


def answers(real: Any) -> dict[str, Any]:
    """Return what stands in place of attributes of the real ``subprocess``."""

    class Popen(real.Popen):  # type: ignore[misc]
        def __init__(self, args: Any, *others: Any, **named: Any) -> None:
            super().__init__(_as_here(args, named), *others, **_here(named))

    def starting(function: Callable[..., Any]) -> Callable[..., Any]:
        return lambda args, *others, **named: function(
            _as_here(args, named), *others, **_here(named)
        )

    names = ("run", "call", "check_call", "check_output")
    return {
        **_NUMBERS,
        "STARTUPINFO": _StartupInfo,
        **{name: starting(getattr(real, name)) for name in names},
        "Popen": Popen,
    }


def _as_here(command: Any, named: Mapping[str, Any]) -> Any:
    """Return a command with the program's name on this machine, if it has another one.

    Windows starts what a text says, without a shell.
    """
    import shlex
    import shutil
    from pathlib import Path

    if isinstance(command, str) and not named.get("shell") and not Path(command).exists():
        command = shlex.split(command)
    if isinstance(command, (str, bytes, os.PathLike)):
        return command
    words = list(command)
    stem, suffix = os.path.splitext(os.fsdecode(words[0])) if words else ("", "")
    if suffix.lower() in _SUFFIXES and not shutil.which(words[0]) and shutil.which(stem):
        words[0] = stem
    return words


def _here(named: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v for k, v in named.items() if k not in ("creationflags", "startupinfo")}
