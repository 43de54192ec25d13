"""``crosshook test``: run a wheel's tests on its target, in another job than built it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from crosshook.cli import _shown
from crosshook.cli._reporter import ConsoleReporter
from crosshook.cli._target_options import add_target_options, request_of
from crosshook.errors import UsageError
from crosshook.project import TargetTests, read_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("wheels", nargs="+", metavar="WHEEL", help="a wheel")
    add(
        "--test-command",
        metavar="CMD",
        help="a shell command, run with the target's Python; {project} and {wheel} are replaced "
        "(default: test-command of [tool.crosshook])",
    )
    add(
        "--test-requires",
        action="append",
        default=[],
        metavar="REQUIREMENT",
        help="installed for the test command; repeatable",
    )
    add(
        "--test-extras",
        action="append",
        default=[],
        metavar="EXTRA",
        help="an extra of the wheel that is installed for the test command; repeatable",
    )
    add(
        "--project",
        default=".",
        metavar="DIR",
        help="the project, {project} in the command (default: the current directory)",
    )
    add(
        "--emulator",
        metavar="CMD",
        help="what runs the target's programs: the first words of a command line",
    )
    add_target_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the wheels that pass; an error ends it."""
    from crosshook.api import this_machine
    from crosshook.frontend.wheel_tests import run_wheel_tests

    reporter = ConsoleReporter(0, arguments.traceback)
    request = replace(request_of(arguments, arguments.project), emulator=arguments.emulator)
    tests = _tests(arguments)
    machine = this_machine(request)
    for name in arguments.wheels:
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"{path}: no such file", hint="give a wheel")
        for target, tested in run_wheel_tests(path, tests, request, machine, reporter):
            what = f"{target.platform.tag}, {target.python.title}"
            print(_shown.line(f"{path.name}: passed for {what}, on {tested.emulator}"), flush=True)
    return 0


def _tests(arguments: argparse.Namespace) -> TargetTests:
    root = Path(arguments.project).absolute()
    own = TargetTests()
    if (root / "pyproject.toml").is_file():
        own = read_project(root).settings.testing
    command = own.command if arguments.test_command is None else arguments.test_command
    if not command.strip():
        raise UsageError(
            "no test command", hint="--test-command CMD, or test-command in [tool.crosshook]"
        )
    return replace(
        own,
        command=command,
        requires=(*own.requires, *arguments.test_requires),
        extras=(*own.extras, *arguments.test_extras),
    )
