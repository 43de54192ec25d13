"""Time a build whose compilers' results are kept, beside the build that made them.

    python -m benchmarks.second_run [--repeat N] [--markdown FILE] [REQUIREMENT ...]

``crosshook build --compiler-launcher ccache``, first with an empty cache of ccache's, then again.
What zig compiles once is compiled before the clock starts. Figures are ratios of medians of
wall-clock time. Needs ccache on PATH.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.measuring import build

REQUIREMENTS = ("kiwisolver==1.5.1", "msgpack==1.2.4")
TARGET = ("--target", "manylinux_2_28_aarch64")
GOAL = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    lines = [
        "# The second run with a compiler cache",
        "",
        f"Written by `python -m benchmarks.second_run --repeat {arguments.repeat}`: with",
        "`--compiler-launcher ccache` and an empty cache, then again; and the first of them over",
        f"a build without. For {TARGET[1]}; medians of wall-clock time.",
        "",
        "| sdist | second / first | goal | first / without ccache |",
        "|---|---|---|---|",
    ]
    for requirement in arguments.requirements:
        again, beside = compare(requirement, arguments.repeat)
        lines.append(f"| {requirement} | {again:.2f} | {GOAL} | {beside:.2f} |")
        print(lines[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*lines, ""]), encoding="utf-8")


def compare(requirement: str, repeat: int) -> tuple[float, float]:
    """Return the time of the second run over the first's, and of the first over one without."""
    build(requirement, TARGET)
    seconds: dict[str, list[float]] = {"without": [], "first": [], "second": []}
    kept = (*TARGET, "--compiler-launcher", "ccache")
    for _ in range(repeat):
        seconds["without"].append(build(requirement, TARGET).seconds)
        with tempfile.TemporaryDirectory() as cache:
            for which in ("first", "second"):
                seconds[which].append(build(requirement, kept, {"CCACHE_DIR": cache}).seconds)
    median = {way: statistics.median(values) for way, values in seconds.items()}
    return median["second"] / median["first"], median["first"] / median["without"]


if __name__ == "__main__":
    main()
