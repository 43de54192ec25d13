"""Time one command for many wheels against one command for each, and several cores against one.

    python -m benchmarks.cells [--repeat N] [--markdown FILE] [REQUIREMENT ...]

The cells are the targets below times the Pythons below. What zig compiles once is compiled before
the clock starts. The ways alternate; each figure is a ratio of medians of wall-clock time. Nothing
else should run meanwhile.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from crosshook.frontend.scheduling import usable_cores

REQUIREMENTS = ("markupsafe==3.0.3", "kiwisolver==1.5.1")
TARGETS = ("win_arm64", "win_amd64", "manylinux_2_28_aarch64", "macosx_11_0_arm64")
PYTHONS = ("3.11", "3.12", "3.13")
GOAL_ONE_COMMAND = 0.4
GOAL_CORES = 1 / 1.8


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    cells = len(TARGETS) * len(PYTHONS)
    lines = [
        f"| sdist | {cells} cells, one command / {cells} commands | goal "
        f"| {usable_cores()} cores / one (`-j 1`) | goal |",
        "|---|---|---|---|---|",
    ]
    for requirement in arguments.requirements:
        one_command, cores = compare(requirement, arguments.repeat)
        lines.append(
            f"| {requirement} | {one_command:.2f} | {GOAL_ONE_COMMAND} "
            f"| {cores:.2f} | {GOAL_CORES:.2f} |"
        )
        print(lines[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*head(arguments.repeat), *lines, ""]))


def head(repeat: int) -> tuple[str, ...]:
    return (
        "# Many wheels in one command",
        "",
        f"Written by `python -m benchmarks.cells --repeat {repeat} --markdown FILE`:",
        f"{', '.join(TARGETS)}, each for Python {', '.join(PYTHONS)};",
        "ratios of wall-clock time, what zig compiles once compiled before.",
        "",
    )


def compare(requirement: str, repeat: int) -> tuple[float, float]:
    """Return the time of one command over that of one for each cell, and of all cores over one."""
    whole = cells_of(TARGETS, PYTHONS)
    timed([whole], requirement)
    seconds: dict[str, list[float]] = {"all cores": [], "one core": [], "each alone": []}
    each = [cells_of([target], [python]) for python, target in itertools.product(PYTHONS, TARGETS)]
    for _ in range(repeat):
        seconds["all cores"].append(timed([whole], requirement))
        seconds["one core"].append(timed([[*whole, "-j", "1"]], requirement))
        seconds["each alone"].append(timed(each, requirement))
    median = {way: statistics.median(values) for way, values in seconds.items()}
    return median["all cores"] / median["each alone"], median["all cores"] / median["one core"]


def cells_of(targets: Sequence[str], pythons: Sequence[str]) -> list[str]:
    options = [word for target in targets for word in ("--target", target)]
    return options + [word for python in pythons for word in ("--python", python)]


def timed(commands: Sequence[Sequence[str]], requirement: str) -> float:
    """Return the seconds that commands take, one after the other."""
    with tempfile.TemporaryDirectory() as outdir:
        start = time.perf_counter()
        for options in commands:
            subprocess.run(
                [
                    *(sys.executable, "-m", "crosshook.frontend", "--quiet", "--adapt"),
                    *("--outdir", outdir, *options, requirement),
                ],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
