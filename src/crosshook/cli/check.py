"""``crosshook check``: is a wheel right, whoever built it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from crosshook.cli import _shown
from crosshook.errors import UsageError
from crosshook.frontend.examine import Examined, examine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("wheels", nargs="+", metavar="WHEEL", help="a wheel, or a directory of wheels")
    add(
        "--target",
        action="append",
        default=[],
        metavar="TAG",
        help="a wheel platform tag that it has to be right for; repeatable, or several with "
        "commas between (default: its own)",
    )
    add(
        "--python",
        action="append",
        default=[],
        metavar="VERSION",
        help="a minor version of the Python that it has to be right for; repeatable (default: "
        "those that its tags name)",
    )
    add("--json", action="store_true", help="print a JSON object for each check")
    add("--traceback", action="store_true", help="show the traceback of an error")


def run(arguments: argparse.Namespace) -> int:
    """Print what comes of each check; return 1 if something is wrong with a wheel."""
    code = 0
    for wheel in _wheels(arguments.wheels):
        for examined in examine(wheel, targets=arguments.target, pythons=arguments.python):
            code = max(code, int(bool(examined.problems)))
            if arguments.json:
                data = {**dataclasses.asdict(examined), "wheel": str(examined.wheel)}
                print(json.dumps(_shown.data(data)), flush=True)
            else:
                _print(examined)
    return code


def _wheels(named: list[str]) -> Iterator[Path]:
    """
    :raises UsageError: if one is not there.
    """
    for name in named:
        path = Path(name)
        if path.is_dir():
            found = sorted(path.glob("*.whl"))
            if not found:
                raise UsageError(f"{path}: there are no wheels in it")
            yield from found
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: no such file", hint="give a wheel, or a directory of wheels")


def _print(examined: Examined) -> None:
    for remark in examined.remarks:
        print(f"note: {_shown.line(remark)}", file=sys.stderr)
    what = examined.checked_for
    name = examined.wheel.name
    if not examined.problems:
        pure = "a pure wheel, right for every platform"
        print(_shown.line(f"{name}: {pure if what == 'any' else f'right for {what}'}"))
        return
    wrong = {"none": "not a well-formed wheel", "any": "not a pure wheel"}
    print(_shown.line(f"{name}: {wrong.get(what, f'wrong for {what}')}"))
    for problem in examined.problems:
        print(_shown.line(f"  - {problem}"))
