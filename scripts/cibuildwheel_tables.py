"""Read the ``[tool.cibuildwheel]`` of real projects, and say what was taken of each.

    python -m scripts.cibuildwheel_tables --markdown docs/evidence/cibuildwheel.md

fetches the newest sdist of each project. A table that cannot be read fails it. Then it builds
projects that are compiled only with what cibuildwheel is told, without it and with it, and imports
a module of what was built under QEMU, with Debian's Python for aarch64.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crosshook.errors import CrosshookError
from crosshook.frontend.cibuildwheel import Taken, read_options
from crosshook.frontend.sources import obtain
from crosshook.project import read_project
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version

PROJECTS = (
    *("black", "mypy", "lxml", "markupsafe", "multidict", "pandas", "numpy", "scipy", "pillow"),
    *("kiwisolver", "contourpy", "matplotlib", "msgspec", "shapely", "rpds-py", "pyzmq", "h5py"),
    *("scikit-image", "cython", "wrapt", "psutil", "zstandard", "tornado", "pywavelets"),
)
TARGETS = ("manylinux_2_28_aarch64", "musllinux_1_2_x86_64", "win_arm64", "macosx_11_0_arm64")
PYTHON = "3.13"


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Compiled:
    """A project that is compiled only with what cibuildwheel is told."""

    requirement: str
    module: str
    environ: Mapping[str, str] = field(default_factory=dict)
    """What its workflow tells cibuildwheel, beside the table."""


COMPILED = (
    Compiled(
        requirement="charset-normalizer",
        module="charset_normalizer.md",
        # The training for profile-guided optimisation runs what was compiled.
        environ={
            "CIBW_ENVIRONMENT": "CHARSET_NORMALIZER_USE_CYTHON=1 CHARSET_NORMALIZER_USE_PGO=0"
        },
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What came of a project's table."""

    project: str
    taken: tuple[Taken, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    rows, code = [], 0
    for name in PROJECTS:
        try:
            row = read(name)
        except CrosshookError as error:
            print(f"{name}: {error.message}", file=sys.stderr)
            code = 1
            continue
        if row is not None:
            rows.append(row)
    built = {one: (came_of(one, []), came_of(one, ["--like-cibuildwheel"])) for one in COMPILED}
    text = "\n".join([*report(rows), *report_built(built)]) + "\n"
    if arguments.markdown is None:
        print(text)
    else:
        arguments.markdown.write_text(text, encoding="utf-8")
    return code


def read(name: str) -> Row | None:
    """Return what is taken of a project's table; None if it has none."""
    version = parse_python_version(PYTHON, source="PYTHON")
    with tempfile.TemporaryDirectory() as directory:
        source = obtain(
            name,
            Path(directory) / "source",
            environ=os.environ,
            python=sys.executable,
            python_version=version.numbers,
            report=lambda text: None,
        )
        project = read_project(source.tree)
        if not project.tool("cibuildwheel"):
            return None
        platforms = [parse_platform(tag, source="TARGETS") for tag in TARGETS]
        taken = [read_options(project, platform, version, {}) for platform in platforms]
    return Row(project=source.tree.name, taken=tuple(taken))


def report(rows: list[Row]) -> Iterator[str]:
    yield "# Tables of cibuildwheel"
    yield ""
    yield "% Written by `python -m scripts.cibuildwheel_tables`."
    yield ""
    yield (
        "What [`--like-cibuildwheel`](../how-to/coming-from.md#cibuildwheel) takes of the newest "
        f"sdists of projects that have a `[tool.cibuildwheel]`, for Python {PYTHON} and "
        f"{', '.join(f'`{tag}`' for tag in TARGETS)}."
    )
    yield ""
    yield "| sdist | taken | variables | not built for | not taken |"
    yield "|---|---|---|---|---|"
    for row in rows:
        names = sorted({name for taken in row.taken for name in taken.names})
        variables = sorted({name for taken in row.taken for name in taken.environ})
        skipped = [taken.identifier for taken in row.taken if taken.skipped]
        left = sorted({line.partition(":")[0] for taken in row.taken for line in taken.left})
        cells = [", ".join(f"`{word}`" for word in words) for words in (names, variables)]
        cells += [", ".join(f"`{word}`" for word in words) for words in (skipped, left)]
        yield f"| {row.project} | {' | '.join(cell or '-' for cell in cells)} |"


def came_of(project: Compiled, options: Sequence[str]) -> str:
    """Build a project for aarch64 and import its module; return the wheel's tag and its file."""
    test = f"python -c 'import {project.module} as m; print(chr(10) + m.__file__)'"
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "crosshook.frontend", "--adapt", project.requirement]
        command += ["--target", TARGETS[0], "--python-source", "debian", "-o", directory]
        done = subprocess.run(
            [*command, "--test-command", test, *options],
            env={**os.environ, **project.environ},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return "failed"
    wheel = Path(done.stdout.strip())
    (file,) = (Path(line) for line in done.stderr.splitlines() if line.startswith("/"))
    return f"`{wheel.name}`, `{file.name}`"


def report_built(built: Mapping[Compiled, tuple[str, str]]) -> Iterator[str]:
    yield ""
    yield "## Compiled only if it is told so"
    yield ""
    yield (
        f"Built for `{TARGETS[0]}`, without and with `--like-cibuildwheel`: the wheel, and the "
        "file of a module that was imported from it under QEMU."
    )
    yield ""
    yield "| project | beside its table | without | with |"
    yield "|---|---|---|---|"
    for project, (without, with_it) in built.items():
        told = ", ".join(f'`{name}="{value}"`' for name, value in project.environ.items()) or "-"
        yield f"| {project.requirement} | {told} | {without} | {with_it} |"


if __name__ == "__main__":
    sys.exit(main())
