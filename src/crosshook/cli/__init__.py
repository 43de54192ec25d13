"""The console script: ``crosshook COMMAND``. All that prints is in this package."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence

from crosshook import __version__

_REQUIRED = (
    "build",
    "elftools",
    "filelock",
    "httpx2",
    "packaging",
    "pefile",
    "pip",
    "platformdirs",
    "pyproject_hooks",
    "python_discovery",
    "rich",
    "unearth",
    "virtualenv",
)
"""What the ``frontend`` extra installs, by import name."""

INTERRUPTED = 130
"""What a shell reports of a program that Ctrl-C ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code: 0 done, 1 failed, 2 not understood."""
    missing = [name for name in _REQUIRED if importlib.util.find_spec(name) is None]
    if missing:
        print(
            f"error: the frontend's requirements are not installed: {', '.join(missing)}\n"
            'hint: pip install "crosshook[frontend,zig]"',
            file=sys.stderr,
        )
        return 1
    from crosshook.cli import build, describe, targets

    parser = argparse.ArgumentParser(
        prog="crosshook", description="Build wheels for another platform."
    )
    parser.add_argument("--version", action="version", version=f"crosshook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in (build, targets, describe):
        command.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read stdout has gone; nothing may be left in its buffer for the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code
