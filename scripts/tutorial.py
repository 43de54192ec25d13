"""Do what the tutorial says, word for word, and compare what is printed with what it shows.

    python -m scripts.tutorial [--python python3.13] [--directory DIR] [--times FILE]

makes an empty directory with a copy of this checkout, writes the files that the page shows, and
types its commands into one shell. In what a command prints, ``...`` on the page stands for anything
within a line, and ``cp313`` and ``3.13`` for the Python that is used; the notes about waiting for
zig come once for each target.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "docs" / "tutorial.md"

_BLOCK = re.compile(
    r"(?:`(?P<file>[\w./-]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
_OPTIONAL = "note: zig may compile "
_END = "-- the end of what was printed --"


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """A command, and the lines that the page shows below it."""

    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """What came of the tutorial."""

    as_shown: bool
    """Whether each command printed what the page shows."""
    seconds: Mapping[str, float]
    """By command."""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--python", default="python3", help="what python3 is for the tutorial")
    parser.add_argument("--directory", type=Path, help="what to make (default: a temporary one)")
    parser.add_argument("--times", type=Path, help="where to write how long each command took")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tutorial-") as work:
        directory = arguments.directory or Path(work) / "tutorial"
        directory.mkdir()
        ignored = shutil.ignore_patterns(".*", "build", "dist", "__pycache__")
        shutil.copytree(REPOSITORY, directory / "crosshook", ignore=ignored)
        (directory / "bin").mkdir()
        python = shutil.which(arguments.python)
        (directory / "bin" / "python3").symlink_to(str(python))
        path = os.pathsep.join([str(directory / "bin"), os.environ["PATH"]])
        followed = follow(commands(), directory, {**os.environ, "PATH": path})
        if arguments.times is not None:
            arguments.times.write_text(json.dumps(followed.seconds), encoding="utf-8")
        return 0 if followed.as_shown else 1


def commands() -> tuple[Typed, ...]:
    """Return what the page has the reader type."""
    return tuple(_typed())


def follow(typed: Sequence[Typed], directory: Path, environ: Mapping[str, str]) -> Followed:
    """Write the page's files into a directory, type commands there, and compare.

    Prints what is printed, and what differs.
    """
    for file, text in _files():
        (directory / file).parent.mkdir(exist_ok=True)
        (directory / file).write_text(text, encoding="utf-8")
    names = _of_python(environ)
    typed = [replace(one, command=_renamed(one.command, names)) for one in typed]
    ended = f'echo "{_END} $EPOCHREALTIME"\n'
    script = ended + "".join(f"{one.command}\n{ended}" for one in typed)
    done = subprocess.run(
        ["bash"],
        input=script,
        cwd=directory,
        env=dict(environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    _, *printed = re.split(rf"{re.escape(_END)} ([\d.]+)\n", done.stdout)
    times = [float(text) for text in printed[::2]]
    as_shown = True
    for one, text in zip(typed, printed[1::2], strict=False):
        shown = [_renamed(line, names) for line in one.shown]
        problem = _difference(shown, text.splitlines())
        print(f"$ {one.command}\n{text}{problem or ''}", file=sys.stderr)
        as_shown = as_shown and problem is None
    took = (after - before for before, after in itertools.pairwise(times))
    seconds = dict(zip((one.command for one in typed), took, strict=True))
    return Followed(as_shown=as_shown, seconds=seconds)


def _typed() -> Iterator[Typed]:
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["kind"] != "console":
            continue
        for part in re.split(r"^\$ ", block["text"], flags=re.M)[1:]:
            command, *shown = part.splitlines()
            yield Typed(command=command, shown=tuple(shown))


def _files() -> Iterator[tuple[str, str]]:
    for block in _BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if block["file"] is not None:
            yield block["file"], block["text"]


def _of_python(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return what stands for the page's version of Python, where another one is used."""
    ask = ["python3", "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(ask, env=dict(environ), capture_output=True, check=True, text=True)
    major, minor = answer.stdout.split()
    return {
        "cp313": f"cp{major}{minor}",
        "cpython-313": f"cpython-{major}{minor}",
        "Python 3.13": f"Python {major}.{minor}",
    }


def _renamed(text: str, names: Mapping[str, str]) -> str:
    return re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], text)


def _difference(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """Return what the first line is that is not as the page has it."""
    rest = list(printed)
    for line in shown:
        pattern = ".*".join(re.escape(part) for part in line.split("..."))
        if rest and re.fullmatch(pattern, rest[0]):
            del rest[0]
        elif not line.startswith(_OPTIONAL):
            return f"the tutorial shows: {line}\nit was:             {rest[0] if rest else ''}\n"
    return f"the tutorial does not show: {rest[0]}\n" if rest else None


if __name__ == "__main__":
    sys.exit(main())
