"""The console script: ``crosshook COMMAND``. All that prints is in this package."""

from __future__ import annotations

import argparse
import importlib.util
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
    "rich",
    "unearth",
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
    from crosshook.cli import build

    parser = argparse.ArgumentParser(
        prog="crosshook", description="Build wheels for another platform."
    )
    parser.add_argument("--version", action="version", version=f"crosshook {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    build.add_parser(commands)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return code
