"""Time a cross build against a native build of the same sdist, side by side in one run.

    python benchmarks/cross_against_native.py [--repeat N] [--markdown FILE] [REQUIREMENT ...]

Native is ``pip wheel --no-binary``, with this machine's compiler; cross is ``crosshook build
--adapt`` for aarch64 Linux with zig, whose libc and libc++ are compiled before the clock starts.
Both make an isolated environment and fetch from the same index. The two alternate; the figure is
the ratio of the medians.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REQUIREMENTS = ("markupsafe==3.0.3", "msgpack==1.2.4", "kiwisolver==1.5.1")
TARGET = "manylinux_2_28_aarch64"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    lines = ["| sdist | cross / native |", "|---|---|"]
    for requirement in arguments.requirements:
        ratio = compare(requirement, arguments.repeat)
        lines.append(f"| {requirement} | {ratio:.2f} |")
        print(lines[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join([*_HEAD, *lines, ""]), encoding="utf-8")


_HEAD = (
    "# Cross build against native build",
    "",
    "Written by `python benchmarks/cross_against_native.py --markdown FILE`: wall-clock time of",
    f"`crosshook build --adapt --target {TARGET}`, zig's libc compiled before, over that",
    "of `pip wheel --no-binary`, medians of three alternating runs on one two-core x86-64 machine.",
    "Both include the build environment.",
    "",
)


def compare(requirement: str, repeat: int) -> float:
    # The build requirements may come as wheels in both: only the project itself is built.
    name = requirement.partition("==")[0]
    native = ["pip", "wheel", "--no-deps", "--no-cache-dir", "--no-binary", name, "-w"]
    cross = ["crosshook.frontend", "--quiet", "--adapt", "--target", TARGET, "-o"]
    timed(cross, requirement)
    seconds: dict[str, list[float]] = {"native": [], "cross": []}
    for _ in range(repeat):
        seconds["native"].append(timed(native, requirement))
        seconds["cross"].append(timed(cross, requirement))
    return statistics.median(seconds["cross"]) / statistics.median(seconds["native"])


def timed(command: list[str], requirement: str) -> float:
    with tempfile.TemporaryDirectory() as outdir:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", *command, outdir, requirement],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
