"""Test a wheel that is there already, on what it is for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from crosshook._types import Reporter
from crosshook.errors import RefusedWheel, UsageError
from crosshook.frontend.examine import examine, target_for, targets_of
from crosshook.frontend.request import Request
from crosshook.frontend.resolve import Machine, Wanted, runnable_python, unpacked_pythons
from crosshook.frontend.running import Tested, prepare, run_tests
from crosshook.frontend.workplace import environ_of, workplace
from crosshook.project import TargetTests
from crosshook.wheel.reading import read_wheel


def run_wheel_tests(
    path: Path, tests: TargetTests, request: Request, machine: Machine, reporter: Reporter
) -> Iterator[tuple[Wanted, Tested]]:
    """Check a wheel, and run a test command for each target that it is for.

    :param request: Its targets and Pythons, by default those of the wheel's tags; and how to run
        them. Its source is the project, ``{project}`` in the command.
    :raises RefusedWheel: if the wheel is not right for a target.
    :raises FailedTest: if the command fails.
    :raises EmulatorError: if nothing here runs a target's Python, or there is none.
    """
    wheel = read_wheel(path)
    if all(tag.platform == "any" for tag in wheel.tags) and not request.targets:
        raise UsageError(f"{path.name}: is for every platform", hint="name one: --target TAG")
    wanted = targets_of(wheel, targets=request.targets, pythons=request.pythons)
    _check(path, wanted)
    prefixes = unpacked_pythons(
        wanted,
        request.target_pythons,
        source=request.python_source,
        machine=machine,
        reporter=reporter,
    )
    for target in wanted:
        with workplace() as work:
            here = replace(machine, environ={**machine.environ, **environ_of(work)})
            python = runnable_python(target, prefix=prefixes.get(target), machine=here)
            runner = prepare(
                target_for(target.platform, target.python),
                interpreter=python.interpreter,
                prefix=python.prefix,
                machine=here,
                named=request.emulator,
                work=work,
            )
            yield (
                target,
                run_tests(
                    runner,
                    path.absolute(),
                    tests,
                    project=Path(os.fspath(request.source)).absolute(),
                    timeout=request.test_timeout,
                    work=work,
                    reporter=reporter,
                ),
            )


def _check(path: Path, wanted: Sequence[Wanted]) -> None:
    tags = dict.fromkeys(one.platform.tag for one in wanted)
    pythons = dict.fromkeys(str(one.python) for one in wanted)
    for examined in examine(path, targets=tuple(tags), pythons=tuple(pythons)):
        if examined.problems:
            raise RefusedWheel(
                f"{path.name}: wrong for {examined.checked_for}",
                problems=examined.problems,
            )
