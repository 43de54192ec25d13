"""What ends a command, other than its work being done: each has its line and its exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from crosshook._processes import SIGNALS, Interrupted

_SHELL = 128
"""What a shell adds to the number of the signal that ended a program."""


def exit_code_of(command: Callable[[], int], *, show_traceback: bool) -> int:
    """Run a command and return its exit code, whatever it raises."""
    try:
        return command()
    except KeyboardInterrupt as error:
        number = error.number if isinstance(error, Interrupted) else SIGNALS[0]
        print("interrupted", file=sys.stderr)
        return _SHELL + number
    except BrokenPipeError:
        # Whoever read the output has gone; nothing may be left in its buffer for the end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(nowhere, stream.fileno())
        return 1
    except Exception as error:
        return _unforeseen(error, show_traceback)


def _unforeseen(error: Exception, show_traceback: bool) -> int:
    from crosshook import _files
    from crosshook.cli._reporter import ConsoleReporter
    from crosshook.errors import CrosshookError

    if isinstance(error, CrosshookError):
        known = error
    elif isinstance(error, OSError):
        known = _files.failure(error)
    elif isinstance(error, MemoryError):
        known = CrosshookError("out of memory")
    else:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
        hint = "please report it, with what --traceback shows"
        known = CrosshookError(f"crosshook itself is at fault: {what}", hint=hint)
    known.__traceback__ = error.__traceback__
    known.__cause__ = error if known is not error else error.__cause__
    ConsoleReporter(-1, show_traceback).error(known)
    return known.exit_code
