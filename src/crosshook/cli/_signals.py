"""What asks the command to end: turned into an exception, so that everything is put in order."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from crosshook._processes import SIGNALS, Interrupted

_AGAIN_SECONDS = 0.05


class _Handler:
    def __init__(self) -> None:
        self._came: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # Once is enough: what was started is being ended, what was written removed.
        if self._came is None:
            self._came = number
            raise Interrupted(number)

    def lost(self, unraisable: Any) -> None:
        """Send the signal again if its exception came where Python drops them, in ``__del__``."""
        if not isinstance(unraisable.exc_value, Interrupted):
            sys.__unraisablehook__(unraisable)
            return
        number, self._came = unraisable.exc_value.number, None
        threading.Timer(_AGAIN_SECONDS, os.kill, (os.getpid(), number)).start()


@contextlib.contextmanager
def raised() -> Iterator[None]:
    """Raise :class:`Interrupted` in the main thread when a signal asks to end.

    A signal that whoever started this has it ignore, as ``nohup`` does, is ignored still.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = _Handler()
    before = {number: signal.getsignal(number) for number in SIGNALS}
    hook = sys.unraisablehook
    heeded = (signal.SIG_DFL, signal.default_int_handler)
    sys.unraisablehook = handler.lost
    for number in SIGNALS:
        if before[number] in heeded:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number in SIGNALS:
            if before[number] in heeded:
                signal.signal(number, before[number])
        sys.unraisablehook = hook


def ignored_from_now_on() -> None:
    """Let no signal interrupt the end of the process, which is near."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
