"""Time a cross build against a native build of the same sdist, side by side in one run.

    python benchmarks/cross_against_native.py [--repeat N] [--processor-time] [--markdown FILE]
        [REQUIREMENT ...]

Native is ``pip wheel --no-binary``, with this machine's compiler; cross is ``crosshook build
--adapt`` for aarch64 Linux with zig, whose libc and libc++ are compiled before the clock starts.
Both make an isolated environment and fetch from the same index. The two alternate; the figure is
the ratio of the medians. With ``--processor-time`` what is measured is the time that processors
spent, which says something on a machine that does other work as well.

Rust projects need Rust and its standard library for the target: ``scripts/rust_targets.py``.
"""

from __future__ import annotations

import argparse
import os
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
    parser.add_argument("--processor-time", action="store_true")
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    processor_time = arguments.processor_time
    lines = ["| sdist | cross / native |", "|---|---|"]
    for requirement in arguments.requirements:
        ratio = compare(requirement, arguments.repeat, processor_time)
        lines.append(f"| {requirement} | {ratio:.2f} |")
        print(lines[-1], flush=True)
    if arguments.markdown is not None:
        head = _head(arguments.repeat, processor_time)
        arguments.markdown.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")


def _head(repeat: int, processor_time: bool) -> tuple[str, ...]:
    kind = "Processor time" if processor_time else "Wall-clock time"
    option = f" --repeat {repeat}" + (" --processor-time" if processor_time else "")
    return (
        "# Cross build against native build",
        "",
        f"Written by `python benchmarks/cross_against_native.py{option} --markdown FILE",
        "REQUIREMENT ...`.",
        f"{kind} of `crosshook build --adapt --target {TARGET}`,",
        "zig's libc compiled before, over that of `pip wheel --no-binary`, medians of alternating",
        f"runs, {repeat} of each, on one two-core x86-64 machine. Both include the build",
        "environment.",
        "",
    )


def compare(requirement: str, repeat: int, processor_time: bool) -> float:
    # The build requirements may come as wheels in both: only the project itself is built.
    name = requirement.partition("==")[0]
    native = ["pip", "wheel", "--no-deps", "--no-cache-dir", "--no-binary", name, "-w"]
    cross = ["crosshook.frontend", "--quiet", "--adapt", "--target", TARGET, "-o"]
    timed(cross, requirement, processor_time)
    seconds: dict[str, list[float]] = {"native": [], "cross": []}
    for _ in range(repeat):
        seconds["native"].append(timed(native, requirement, processor_time))
        seconds["cross"].append(timed(cross, requirement, processor_time))
    return statistics.median(seconds["cross"]) / statistics.median(seconds["native"])


def timed(command: list[str], requirement: str, processor_time: bool) -> float:
    def now() -> float:
        times = os.times()
        spent = times.children_user + times.children_system
        return spent if processor_time else time.perf_counter()

    with tempfile.TemporaryDirectory() as outdir:
        start = now()
        subprocess.run(
            [sys.executable, "-m", *command, outdir, requirement],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return now() - start


if __name__ == "__main__":
    main()
