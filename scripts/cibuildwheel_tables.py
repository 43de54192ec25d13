"""Read the ``[tool.cibuildwheel]`` of real projects, and say what was taken of each.

    python -m scripts.cibuildwheel_tables --markdown docs/evidence/cibuildwheel.md

fetches the newest sdist of each project and builds nothing. A table that cannot be read fails it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
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
    text = "\n".join(report(rows)) + "\n"
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
        f"{', '.join(f'`{tag}`' for tag in TARGETS)}. Nothing is built for it."
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


if __name__ == "__main__":
    sys.exit(main())
