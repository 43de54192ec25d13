"""The options that say what is built for, which several commands have."""

from __future__ import annotations

import argparse

from crosshook.frontend.request import Request


def add_target_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--target",
        action="append",
        default=[],
        metavar="TAG",
        help="a wheel platform tag; repeatable, or several with commas between",
    )
    add(
        "--python",
        action="append",
        default=[],
        metavar="VERSION",
        help="a minor version of the target Python; repeatable (default: that of the Python that "
        "runs this)",
    )
    add(
        "--target-python",
        action="append",
        default=[],
        metavar="PATH",
        help="an unpacked Python for a target, or its build-details.json; repeatable",
    )
    add("--python-source", metavar="NAME", help="where target Pythons come from otherwise")
    add("--toolchain", metavar="NAME", help="zig (default), msvc, environment, or a plugin's")
    add("--traceback", action="store_true", help="show the traceback of an error")


def request_of(arguments: argparse.Namespace, source: str) -> Request:
    """Return what the options of :func:`add_target_options` ask for."""
    return Request(
        source=source,
        targets=arguments.target,
        pythons=arguments.python,
        target_pythons=arguments.target_python,
        python_source=arguments.python_source,
        toolchain=arguments.toolchain,
    )
