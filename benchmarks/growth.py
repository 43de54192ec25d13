"""Time and memory of one command for 1, 2, 4, 8 and 16 wheels.

    python -m benchmarks.growth [--markdown FILE] [REQUIREMENT]

What zig compiles once is compiled before the clock starts. Memory is the sum of all processes of
the run, at its largest.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.cells import TARGETS, cells_of
from benchmarks.measuring import build
from crosshook.frontend.scheduling import usable_cores

REQUIREMENT = "markupsafe==3.0.3"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SIZES = ((1, 1), (2, 1), (2, 2), (4, 2), (4, 4))
"""How many targets, and how many Pythons."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirement", nargs="?", default=REQUIREMENT)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    build(arguments.requirement, cells_of(TARGETS, PYTHONS[:1]))
    lines = [
        "# Growth",
        "",
        f"Written by `python -m benchmarks.growth {arguments.requirement}`: one command for",
        f"several wheels, on {usable_cores()} cores. Time over that of one wheel; memory of all",
        "processes of the run together, at its largest.",
        "",
        "| wheels | time / one wheel's | memory, MB |",
        "|---|---|---|",
    ]
    first = 0.0
    for targets, pythons in SIZES:
        took = build(arguments.requirement, cells_of(TARGETS[:targets], PYTHONS[:pythons]))
        first = first or took.seconds
        lines.append(f"| {targets * pythons} | {took.seconds / first:.1f} | {took.megabytes:.0f} |")
        print(lines[-1], f"({took.seconds:.1f} s)", flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
