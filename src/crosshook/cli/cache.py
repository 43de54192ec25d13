"""``crosshook cache``: what is kept between builds."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from crosshook import _files, _kept
from crosshook.cli import _shown
from crosshook.errors import CrosshookError

_KINDS = {
    "pythons": "composed target Pythons",
    "fetched": "fetched target Pythons",
    "zig": "what zig compiled: C libraries of targets, and objects",
    "launchers": "scripts that start compilers",
    "stubs": "libraries that stand for others when a module is linked",
    "headers": "where compilers look for headers",
    "libraries": "C libraries of Debian, conda and PyPI, and libraries without libc beside them",
    "environments": "what crosshook run and --before-build tell build tools",
    "times": "how long builds took: the longest of several begins first",
    "logs": "what failed builds printed",
    "interpreters": "what Pythons of this machine say of themselves",
    "wine": "Wine's prefixes",
}
"""What is in the directories of a cache."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--verify",
        action="store_true",
        help="read every file, and remove what is not as it was made",
    )
    what.add_argument("--prune", action="store_true", help="remove all of it")
    parser.add_argument("--traceback", action="store_true", help="show the traceback of an error")


def run(arguments: argparse.Namespace) -> int:
    """Show, check or remove what is kept; return the exit code."""
    from crosshook.api import cache_directory

    cache = cache_directory()
    if arguments.verify:
        return _verify(cache)
    if arguments.prune:
        return _prune(cache)
    print(_shown.line(str(cache)))
    total = 0
    for directory in _directories(cache):
        size = sum(_sizes(directory))
        total += size
        what = f"{directory.name:<13} {_KINDS.get(directory.name, '')}"
        print(f"{_readable(size):>10}  {what}".rstrip())
    print(f"{_readable(total):>10}  in all")
    return 0


def _verify(cache: Path) -> int:
    """Print what was damaged and is removed; return 1 if there was anything."""
    code = 0
    for directory in _kept_in(cache):
        problem = _kept.what_is_wrong(directory)
        if problem is not None:
            print(_shown.line(f"{directory}: {problem}; removed, and made again when it is needed"))
            _files.remove(directory)
            code = 1
    if not code:
        print("all is as it was made")
    return code


def _kept_in(cache: Path) -> Iterator[Path]:
    """Yield the kept directories; they may be of a wrong kind."""
    for name, depth in (("pythons", 1), ("fetched", 1), ("stubs", 2)):
        for place in sorted((cache / name).glob("/".join("*" * depth))):
            if place.suffix != ".lock" and not place.name.startswith(_files.DRAFT):
                yield place


def _prune(cache: Path) -> int:
    own = [directory for directory in _directories(cache) if directory.name in _KINDS]
    removed = sum(sum(_sizes(directory)) for directory in own)
    for directory in own:
        _files.remove(directory)
    left = [directory for directory in own if directory.exists()]
    if left:
        raise CrosshookError(f"{left[0]}: cannot be removed", hint="whose is it? see `ls -l`")
    print(_shown.line(f"{cache}: {_readable(removed)} removed"))
    return 0


def _directories(cache: Path) -> list[Path]:
    return sorted(path for path in cache.iterdir() if path.is_dir()) if cache.is_dir() else []


def _sizes(directory: Path) -> Iterator[int]:
    for place, _, names in os.walk(directory):
        for name in names:
            try:
                yield Path(place, name).lstat().st_size
            except FileNotFoundError:
                continue


def _readable(size: int) -> str:
    """Return a number of bytes as people read it: ``12.3 MB``."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
