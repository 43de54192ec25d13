"""``crosshook run``: a command that makes a C library, told of a target."""

from __future__ import annotations

import argparse
import os
import sys

from crosshook.cli._reporter import ConsoleReporter
from crosshook.cli.env import add_target, request_of
from crosshook.errors import CrosshookError, UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="CMD",
        help="behind two hyphens: a program and its arguments, in which {prefix}, {host}, "
        "{cmake-toolchain} and {meson-cross-file} are replaced",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from crosshook import _processes
    from crosshook.api import target_environment

    reporter = ConsoleReporter(0, arguments.traceback)
    words = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    try:
        if not words:
            raise UsageError(
                "run: no command",
                hint=f"crosshook run --target {arguments.target} -- ./configure --host={{host}}",
            )
        found = target_environment(request_of(arguments), arguments.prefix, reporter=reporter)
        for name, value in found.values.items():
            words = [word.replace(f"{{{name}}}", value) for word in words]
        try:
            code = _processes.run(
                words, cwd=None, environ=found.around(os.environ), output=sys.stdout.buffer
            )
        except OSError as error:
            raise UsageError(f"run: {words[0]}: {error.strerror}") from None
    except CrosshookError as error:
        reporter.error(error)
        return error.exit_code
    return code if code >= 0 else 128 - code
