"""``crosshook env``: what build tools are told of a target."""

from __future__ import annotations

import argparse
import json
import shlex

from crosshook.cli._reporter import ConsoleReporter
from crosshook.cli._target_options import TOOLCHAIN_HELP, add_libraries
from crosshook.errors import CrosshookError
from crosshook.frontend.request import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_target(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print a JSON object")
    how.add_argument(
        "--shell", action="store_true", help="print commands for a shell (the default)"
    )


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add the options that say for what, and where libraries are installed."""
    add = parser.add_argument
    add("--target", required=True, metavar="TAG", help="a wheel platform tag")
    add("--toolchain", metavar="NAME", help=TOOLCHAIN_HELP)
    add(
        "--prefix",
        metavar="DIR",
        help="where libraries are installed, {prefix} in a command (default: libraries/TAG)",
    )
    add_libraries(parser)
    add("--traceback", action="store_true", help="show the traceback of an error")


def request_of(arguments: argparse.Namespace) -> Request:
    """Return what the options ask for."""
    return Request(
        targets=(arguments.target,), toolchain=arguments.toolchain, libraries=arguments.libraries
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the environment; return the exit code."""
    from crosshook.api import target_environment

    reporter = ConsoleReporter(-1, arguments.traceback)
    try:
        found = target_environment(request_of(arguments), arguments.prefix, reporter=reporter)
    except CrosshookError as error:
        reporter.error(error)
        return error.exit_code
    if arguments.json:
        data = {"environ": dict(found.environ), "unset": sorted(found.unset), **found.values}
        print(json.dumps(data, indent=2))
        return 0
    for name in sorted(found.unset):
        print(f"unset {name}")
    for name, value in found.environ.items():
        print(f"export {name}={shlex.quote(value)}")
    for name, value in found.values.items():
        print(f"# {{{name}}}: {value}")
    return 0
