"""``crosshook matrix``: the wheels to build, as jobs of a CI service."""

from __future__ import annotations

import argparse
import json

from crosshook.cli import _shown
from crosshook.cli._target_options import add_cells
from crosshook.errors import UsageError
from crosshook.frontend.matrix import FORMATS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "source",
        nargs="?",
        default=".",
        metavar="PATH",
        help="the project's directory (default: the current one)",
    )
    add(
        "--format",
        choices=FORMATS,
        default="json",
        help="github: two matrices, build and test, for fromJSON; gitlab: a child pipeline; json "
        "(default): a list of jobs",
    )
    add(
        "--shards",
        type=int,
        metavar="N",
        help="how many jobs there are at most, which take about as long (default: one for each "
        "wheel)",
    )
    add_cells(parser)
    add("--traceback", action="store_true", help="show the traceback of an error")


def run(arguments: argparse.Namespace) -> int:
    """Print the jobs as JSON on one line; return the exit code."""
    from pathlib import Path

    from crosshook._types import SilentReporter
    from crosshook.api import cache_directory
    from crosshook.frontend.matrix import described, shards
    from crosshook.frontend.opening import targets_of, with_settings
    from crosshook.frontend.request import Request
    from crosshook.frontend.requires_python import check_python
    from crosshook.frontend.times import expected
    from crosshook.project import read_project

    if arguments.shards is not None and arguments.shards < 1:
        raise UsageError(f"--shards: {arguments.shards} is less than 1", hint="leave it out")
    project = read_project(Path(arguments.source).absolute())
    request = Request(source=arguments.source, targets=arguments.target, pythons=arguments.python)
    wanted = targets_of(with_settings(request, project.settings, SilentReporter()))
    for one in wanted:
        check_python(project, one.python)
    times = expected(cache_directory(), project.name) if project.name is not None else {}
    found = shards(wanted, times, arguments.shards)
    print(json.dumps(_shown.data(described(found, wanted, arguments.format))))
    return 0
