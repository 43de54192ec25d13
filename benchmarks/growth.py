"""Time and memory of one command for 1, 2, 4, 8 and 16 wheels.

    python -m benchmarks.growth [--repeat N] [--markdown FILE] [REQUIREMENT ...]

What zig compiles once is compiled before the clock starts. Memory is the sum of all processes of
the run, at its largest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from benchmarks.cells import TARGETS, cells_of
from benchmarks.measuring import build, memory_watched, parser, write_table
from crosshook.frontend.scheduling import usable_cores

REQUIREMENTS = ("markupsafe==3.0.3",)
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
SIZES = ((1, 1), (2, 1), (2, 2), (4, 2), (4, 4))
"""How many targets, and how many Pythons."""


def main() -> None:
    arguments = parser(__doc__, repeat=2, requirements=REQUIREMENTS).parse_args()
    said = (
        "# Growth",
        "",
        f"Written by `python -m benchmarks.growth --repeat {arguments.repeat} --markdown FILE`:",
        f"one command for several wheels, on {usable_cores()} cores, the least of",
        f"{arguments.repeat} alternating runs. Time over that of one wheel; memory of all",
        "processes of the run together, at its largest.",
    )
    columns = ("sdist", "wheels", "time / one wheel's", "memory, MB")
    write_table(said, columns, _rows(arguments.requirements, arguments.repeat), arguments.markdown)


def _rows(requirements: Sequence[str], repeat: int) -> Iterator[Sequence[str]]:
    for requirement in requirements:
        build(requirement, cells_of(TARGETS, PYTHONS))
        seconds = dict.fromkeys(SIZES, float("inf"))
        megabytes = dict.fromkeys(SIZES, 0.0)
        for _ in range(repeat):
            for targets, pythons in SIZES:
                start = time.perf_counter()
                with memory_watched() as memory:
                    build(requirement, cells_of(TARGETS[:targets], PYTHONS[:pythons]))
                took = time.perf_counter() - start
                seconds[targets, pythons] = min(seconds[targets, pythons], took)
                megabytes[targets, pythons] = max(megabytes[targets, pythons], memory.megabytes)
        for targets, pythons in SIZES:
            size = targets, pythons
            growth = seconds[size] / seconds[SIZES[0]]
            yield requirement, f"{targets * pythons}", f"{growth:.1f}", f"{megabytes[size]:.0f}"


if __name__ == "__main__":
    main()
