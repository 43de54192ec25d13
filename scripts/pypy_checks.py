"""Check the official wheels that projects have for PyPy, as a built wheel is checked.

    python -m scripts.pypy_checks [--markdown FILE] [REQUIREMENT ...]

They are downloaded with pip, for each of the targets that PyPy has official wheels for, and go
through the checks of ``crosshook check``. Nothing is built.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from crosshook.frontend.examine import examine
from scripts.compare_official import download
from scripts.pypy_wheels import PYTHON

TARGETS = (
    "manylinux_2_28_aarch64",
    "manylinux_2_28_x86_64",
    "macosx_11_0_arm64",
    "macosx_10_15_x86_64",
    "win_amd64",
)
PROJECTS = (
    "ujson==6.0.0",
    "xxhash==4.0.1",
    "argon2-cffi-bindings==26.1.0",
    "contourpy==1.3.3",
    "rpds-py==2026.9.1",
    "levenshtein==0.27.5",
    "rapidfuzz==3.14.6",
    "boost-histogram==1.8.1",
    "pyzmq==27.2.0",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=PROJECTS)
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    rows = []
    for requirement in arguments.requirements:
        found = tuple(check(requirement, target) for target in TARGETS)
        rows.append(f"| {requirement} | {' | '.join(found)} |")
        print(rows[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join(_page(rows)), encoding="utf-8")
    return 0


def check(requirement: str, target: str) -> str:
    """Return what is said of a project's official wheel for a target: nothing if there is none."""
    with tempfile.TemporaryDirectory() as room:
        try:
            wheel = download(requirement, target, PYTHON, Path(room))
        except subprocess.CalledProcessError:
            return ""
        (examined,) = examine(wheel, targets=(target,), pythons=(PYTHON,))
        return "; ".join(examined.problems) or "right"


def _page(rows: Sequence[str]) -> Iterator[str]:
    yield "# Official wheels for PyPy, and the checks"
    yield ""
    yield "Written by `python -m scripts.pypy_checks --markdown FILE`: what `crosshook check` says"
    yield "of official wheels for PyPy 3.11. A project has none where nothing is said."
    yield ""
    yield f"| project | {' | '.join(TARGETS)} |"
    yield f"|{'---|' * (len(TARGETS) + 1)}"
    yield from rows
    yield ""


if __name__ == "__main__":
    sys.exit(main())
