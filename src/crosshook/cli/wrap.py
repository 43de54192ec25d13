"""``crosshook wrap``: put crosshook's wrapper in front of a project's backend."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path

from crosshook import _files
from crosshook.cli import _shown
from crosshook.frontend.wrapping import unwrapped, wrapped
from crosshook.project import read_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("path", nargs="?", default=".", help="a project's directory (default: the current one)")
    add("--undo", action="store_true", help="let the project have its own backend again")
    add("--diff", action="store_true", help="show what would change, and change nothing")
    add("--traceback", action="store_true", help="show the traceback of an error")


def run(arguments: argparse.Namespace) -> int:
    """Edit pyproject.toml and print what has changed; return the exit code."""
    root = Path(arguments.path)
    # It says what is wrong with a project.
    read_project(root.absolute())
    file = root / "pyproject.toml"
    before = file.read_bytes().decode("utf-8") if file.is_file() else ""
    newline = "\r\n" if "\r\n" in before else "\n"
    change = unwrapped if arguments.undo else wrapped
    after = change(before.replace("\r\n", "\n"), file=file).replace("\n", newline)
    if after == before:
        state = "has its own backend" if arguments.undo else "is wrapped already"
        print(_shown.line(f"{file}: {state}; nothing to do"), file=sys.stderr)
        return 0
    _print_diff(before, after, file)
    if not arguments.diff:
        _write(file, after)
    return 0


def _print_diff(before: str, after: str, file: Path) -> None:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), str(file), str(file), lineterm=""
    )
    for line in lines:
        print(_shown.line(line))


def _write(file: Path, text: str) -> None:
    mode = file.stat().st_mode & 0o777 if file.is_file() else 0o644
    with _files.written(file, mode=mode) as stream:
        stream.write(text.encode("utf-8"))
