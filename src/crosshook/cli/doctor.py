"""``crosshook doctor``: what is there, what is missing, what to type."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from crosshook._types import SilentReporter
from crosshook.cli import _shown
from crosshook.cli._target_options import add_libraries, add_target_options, request_of
from crosshook.frontend import doctor
from crosshook.frontend.doctor import Finding
from crosshook.frontend.resolve import Wanted, named_libraries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="?", help="a project's directory")
    add_target_options(parser)
    add_libraries(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print what is there; return 1 if something is missing that a build needs."""
    from crosshook.api import this_machine
    from crosshook.frontend.resolve import unpacked_pythons, wanted_targets
    from crosshook.project import read_project

    request = request_of(arguments, arguments.path or ".")
    machine = this_machine(request)
    project = read_project(Path(arguments.path).absolute()) if arguments.path else None
    wanted: tuple[Wanted, ...] = ()
    if request.targets:
        default = machine.python.version
        wanted = wanted_targets(request.targets, request.pythons, default=default)
    code = _print("this machine", doctor.of_machine(machine))
    if project is not None:
        code |= _print(project.name or project.root.name, doctor.of_project(project))
    prefixes = unpacked_pythons(
        wanted,
        request.target_pythons,
        source=request.python_source,
        machine=machine,
        reporter=SilentReporter(),
    )
    for target in wanted:
        found = doctor.of_target(
            target,
            prefix=prefixes.get(target),
            toolchain=request.toolchain,
            libraries=named_libraries(request.libraries, machine.environ, project),
            project=project,
            machine=machine,
        )
        code |= _print(f"{target.platform.tag}, {target.python.title}", found)
    if not wanted:
        print("\nfor what a target needs: crosshook doctor --target TAG [PATH]")
    return code


def _print(title: str, findings: Iterable[Finding]) -> int:
    code = 0
    print(_shown.line(title))
    for finding in findings:
        mark = "ok" if finding.there else "no" if finding.needed else "--"
        code |= int(mark == "no")
        print(_shown.line(f"  {mark}  {finding.what}"))
        if not finding.there and finding.hint:
            print(_shown.line(f"      {finding.hint}"))
    return code
