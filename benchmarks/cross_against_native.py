"""Time a cross build against a native build of the same sdist, side by side in one run.

    python -m benchmarks.cross_against_native [--repeat N] [--processor-time] [--markdown FILE]
        [REQUIREMENT ...]

Native is ``pip wheel --no-binary``, with this machine's compiler; cross is ``crosshook build
--adapt`` for aarch64 Linux with zig, whose libc and libc++ are compiled before the clock starts.
Both make an isolated environment and fetch from the same index. With ``--processor-time`` what is
measured is the time that processors spent, which says something on a machine that does other work
as well.

Rust projects need Rust and its standard library for the target: ``scripts/rust_targets.py``.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.measuring import (
    TARGET,
    build,
    parser,
    processor_time,
    run_python,
    smallest,
    write_table,
)

REQUIREMENTS = ("markupsafe==3.0.3", "msgpack==1.2.4", "kiwisolver==1.5.1")
GOAL_ONE_FILE = 1.0
GOAL_MANY_FILES = 0.7


def main() -> None:
    taken = parser(__doc__, repeat=3, requirements=REQUIREMENTS)
    taken.add_argument("--processor-time", action="store_true", help="instead of wall-clock time")
    arguments = taken.parse_args()
    clock = processor_time if arguments.processor_time else time.perf_counter
    kind = "Processor time" if arguments.processor_time else "Wall-clock time"
    option = " --processor-time" if arguments.processor_time else ""
    said = (
        "# Cross build against native build",
        "",
        f"Written by `python -m benchmarks.cross_against_native --repeat {arguments.repeat}"
        f"{option} --markdown FILE REQUIREMENT ...`.",
        f"{kind} of `crosshook build --adapt --target {TARGET}`,",
        "zig's libc compiled before, over that of `pip wheel --no-binary`; of each the least of",
        f"{arguments.repeat} alternating runs. Both include the build environment. The goal is",
        f"{GOAL_ONE_FILE} for one file, {GOAL_MANY_FILES} for many.",
    )
    rows = _rows(arguments.requirements, arguments.repeat, clock)
    write_table(said, ("sdist", "cross / native"), rows, arguments.markdown)


def _rows(
    requirements: Sequence[str], repeat: int, clock: Callable[[], float]
) -> Iterator[Sequence[str]]:
    for requirement in requirements:
        yield requirement, f"{compare(requirement, repeat, clock):.2f}"


def compare(requirement: str, repeat: int, clock: Callable[[], float]) -> float:
    def cross() -> None:
        build(requirement, ("--target", TARGET))

    cross()
    seconds = smallest(
        {"native": lambda: build_natively(requirement), "cross": cross}, repeat, clock
    )
    return seconds["cross"] / seconds["native"]


def build_natively(requirement: str) -> None:
    with tempfile.TemporaryDirectory() as outdir:
        run_python(native_arguments(requirement, outdir))


def native_arguments(requirement: str, outdir: str) -> Sequence[str]:
    """Return what Python is told to build a wheel for the machine that it runs on."""
    # The build requirements may come as wheels in both: only the project itself is built.
    name = requirement.partition("==")[0]
    options = ("--no-deps", "--no-cache-dir", "--no-binary", name)
    return ("-m", "pip", "wheel", *options, "-w", outdir, requirement)


if __name__ == "__main__":
    main()
