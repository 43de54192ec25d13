"""``crosshook completion``: what lets a shell complete commands and options."""

from __future__ import annotations

import argparse
import importlib.util

from crosshook.errors import CrosshookError

SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def run(arguments: argparse.Namespace) -> int:
    """Print a script for a shell; return the exit code.

    :raises CrosshookError: if the library that writes it is not installed.
    """
    if importlib.util.find_spec("shtab") is None:
        raise CrosshookError("shtab is not installed", hint='pip install "crosshook[cli]"')
    import shtab

    from crosshook.cli import COMMANDS, make_parser

    parser, _ = make_parser(COMMANDS)
    print(shtab.complete(parser, shell=arguments.shell))
    return 0
