"""``crosshook describe``: what the hook receives for a target."""

from __future__ import annotations

import argparse
import json

from crosshook.api import target_mapping
from crosshook.cli._reporter import ConsoleReporter
from crosshook.cli._target_options import TOOLCHAIN_HELP, add_libraries, add_python_source
from crosshook.errors import CrosshookError
from crosshook.frontend.request import Request


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("target", metavar="TAG", help="a wheel platform tag")
    add("--python", metavar="VERSION", help="a minor version of the target Python")
    add("--target-python", metavar="PATH", help="an unpacked Python, or its build-details.json")
    add_python_source(parser)
    add("--toolchain", metavar="NAME", help=TOOLCHAIN_HELP)
    add_libraries(parser)
    add("--traceback", action="store_true", help="show the traceback of an error")


def run(arguments: argparse.Namespace) -> int:
    """Print the mapping; return the exit code."""
    reporter = ConsoleReporter(-1, arguments.traceback)
    request = Request(
        targets=(arguments.target,),
        pythons=(arguments.python,) if arguments.python else (),
        target_pythons=(arguments.target_python,) if arguments.target_python else (),
        python_source=arguments.python_source,
        toolchain=arguments.toolchain,
        libraries=arguments.libraries,
    )
    try:
        mapping = target_mapping(request, reporter=reporter)
    except CrosshookError as error:
        reporter.error(error)
        return error.exit_code
    print(json.dumps(mapping, indent=2))
    return 0
