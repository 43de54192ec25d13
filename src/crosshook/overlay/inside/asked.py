"""Writes down who asks this machine's processor what it is, where nothing can answer for another.

A file or a program says it, and what is told is taken for the target's. Requests that an overlay
answers never come to that.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import sysconfig
from types import FrameType
from typing import Any

from .undo import Undo

_FILES = ("/proc/cpuinfo", "/proc/self/auxv", "/sys/devices/system/cpu")
_PROGRAMS = ("arch", "cpuid", "cpuinfo", "lscpu", "sysctl", "uname", "wmic")
_ANSWERED = ("arch", "uname")
"""Whoever does not say where they are gets the scripts that answer for the target."""


def install(log: str) -> Undo:
    """Append a JSON line to a file for each question: what was asked, and whose code asked."""
    listening = [True]
    scratch = os.path.dirname(log)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if not listening:
            return
        if event == "open":
            what = _file(arguments[0])
        elif event == "subprocess.Popen":
            what = _program(arguments[1], scratch)
        elif event == "os.system":
            what = _program(arguments[0], scratch)
        else:
            return
        who = what and _asker(sys._getframe(1))
        if who:
            listening.clear()
            # A process may outlive the build, and the directory of the log.
            with contextlib.suppress(OSError), open(log, "a", encoding="utf-8") as stream:
                stream.write(json.dumps({"what": what, "who": who}) + "\n")
            listening.append(True)

    # It cannot be taken out again; it can stop listening.
    sys.addaudithook(hear)
    return listening.clear


def _file(path: object) -> str | None:
    return path if isinstance(path, str) and path.startswith(_FILES) else None


def _program(command: Any, scratch: str) -> str | None:
    """Return the name of a program that says what the processor is; None of all others.

    :param command: Text for a shell, or words.
    :param scratch: The directory that has the scripts which answer.
    """
    from pathlib import Path

    if isinstance(command, (str, bytes)):
        words = os.fsdecode(command).split()
    else:
        words = [os.fsdecode(w) for w in command if isinstance(w, (str, bytes, os.PathLike))]
    if len(words) > 2 and words[1] == "-c":
        words = words[2].split()
    name = Path(words[0]).stem if words else ""
    if name in _PROGRAMS:
        # Meson starts the script by where it found it.
        answers = words[0] == name or words[0].startswith(os.path.join(scratch, ""))
        return None if name in _ANSWERED and answers else name
    native = next((word for word in words if word.endswith("=native")), None)
    return f"{name} {native}" if native else None


def _asker(frame: FrameType | None) -> str | None:
    """Return the file of the first code that is neither the standard library's nor the overlay's.

    None if ``platform`` asks: the view answers for it, to whom it may.
    """
    while frame is not None:
        if frame.f_globals.get("__name__") == "platform":
            return None
        file = frame.f_code.co_filename
        if file == "<string>":
            # setuptools executes setup.py so, under its name.
            file = frame.f_globals.get("__file__", file)
        own = os.path.dirname(file) == os.path.dirname(__file__)
        if not own and ("site-packages" in file or not file.startswith((_stdlib(), "<"))):
            return file
        frame = frame.f_back
    return None


@functools.cache
def _stdlib() -> str:
    return os.path.join(sysconfig.get_path("stdlib"), "")
