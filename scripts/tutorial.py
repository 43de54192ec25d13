"""Do what the tutorial says, word for word, and compare what is printed with what it shows.

    python -m scripts.tutorial [--python python3.13]

makes an empty directory with a copy of this checkout, writes the files that the page shows, and
types its commands into one shell. In what a command prints, ``...`` on the page stands for anything
within a line, and ``cp313`` and ``3.13`` for the Python that is used; the notes about waiting for
zig come once for each target.
"""

from __future__ import annotations

import argparse
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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--python", default="python3", help="what python3 is for the tutorial")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tutorial-") as work:
        directory = Path(work)
        ignored = shutil.ignore_patterns(".*", "build", "dist", "__pycache__")
        shutil.copytree(REPOSITORY, directory / "crosshook", ignore=ignored)
        (directory / "bin").mkdir()
        python = shutil.which(arguments.python)
        (directory / "bin" / "python3").symlink_to(str(python))
        path = os.pathsep.join([str(directory / "bin"), os.environ["PATH"]])
        return follow(commands(), directory, {**os.environ, "PATH": path})


def commands() -> tuple[Typed, ...]:
    """Return what the page has the reader type."""
    return tuple(_typed())


def follow(typed: Sequence[Typed], directory: Path, environ: Mapping[str, str]) -> int:
    """Write the page's files into a directory, type commands there, and compare.

    Returns 1 and prints what differs if something does.
    """
    for file, text in _files():
        (directory / file).parent.mkdir(exist_ok=True)
        (directory / file).write_text(text, encoding="utf-8")
    names = _of_python(environ)
    typed = [replace(one, command=_renamed(one.command, names)) for one in typed]
    script = "".join(f"{one.command}\necho '{_END}'\n" for one in typed)
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
    *printed, _ = done.stdout.split(f"{_END}\n")
    code = 0
    for one, text in zip(typed, printed, strict=True):
        shown = [_renamed(line, names) for line in one.shown]
        problem = _difference(shown, text.splitlines())
        print(f"$ {one.command}\n{text}{problem or ''}", file=sys.stderr)
        code = code or int(problem is not None)
    return code


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
