"""Time one command for many wheels against one command for each, and several cores against one.

    python -m benchmarks.cells [--repeat N] [--markdown FILE] [REQUIREMENT ...]

The cells are the targets below times the Pythons below. What zig compiles once is compiled before
the clock starts. Each figure is a ratio of wall-clock times. Nothing else should run meanwhile.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from benchmarks.measuring import build, parser, smallest, write_table
from crosshook.frontend.scheduling import usable_cores

REQUIREMENTS = ("markupsafe==3.0.3", "kiwisolver==1.5.1")
TARGETS = ("win_arm64", "win_amd64", "manylinux_2_28_aarch64", "macosx_11_0_arm64")
PYTHONS = ("3.11", "3.12", "3.13")
CELLS = len(TARGETS) * len(PYTHONS)
GOAL_ONE_COMMAND = 0.4
GOAL_CORES = 1 / 1.8


def main() -> None:
    arguments = parser(__doc__, repeat=1, requirements=REQUIREMENTS).parse_args()
    said = (
        "# Many wheels in one command",
        "",
        f"Written by `python -m benchmarks.cells --repeat {arguments.repeat} --markdown FILE`:",
        f"{', '.join(TARGETS)}, each for Python {', '.join(PYTHONS)}.",
        f"Ratios of wall-clock time, the least of {arguments.repeat} alternating runs; what zig",
        "compiles once was compiled before.",
    )
    columns = (
        *("sdist", f"{CELLS} cells, one command / {CELLS} commands", "goal"),
        *(f"{usable_cores()} cores / one (`-j 1`)", "goal"),
    )
    write_table(said, columns, _rows(arguments.requirements, arguments.repeat), arguments.markdown)


def _rows(requirements: Sequence[str], repeat: int) -> Iterator[Sequence[str]]:
    for requirement in requirements:
        one_command, cores = compare(requirement, repeat)
        goals = f"{GOAL_ONE_COMMAND}", f"{GOAL_CORES:.2f}"
        yield requirement, f"{one_command:.2f}", goals[0], f"{cores:.2f}", goals[1]


def compare(requirement: str, repeat: int) -> tuple[float, float]:
    """Return the time of one command over that of one for each cell, and of all cores over one."""
    whole = cells_of(TARGETS, PYTHONS)
    build(requirement, whole)

    def each_alone() -> None:
        for python, target in itertools.product(PYTHONS, TARGETS):
            build(requirement, cells_of([target], [python]))

    seconds = smallest(
        {
            "all cores": lambda: build(requirement, whole),
            "one core": lambda: build(requirement, [*whole, "-j", "1"]),
            "each alone": each_alone,
        },
        repeat,
    )
    return seconds["all cores"] / seconds["each alone"], seconds["all cores"] / seconds["one core"]


def cells_of(targets: Sequence[str], pythons: Sequence[str]) -> list[str]:
    options = [word for target in targets for word in ("--target", target)]
    return options + [word for python in pythons for word in ("--python", python)]


if __name__ == "__main__":
    main()
