"""How long commands take to start, beside the Python that runs them.

    python -m benchmarks.start_up > benchmarks/start-up.md

Processor time of user and system, the smallest of many runs, all in one sitting.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Sequence

RUNS = 15
GOAL = 0.1
"""Seconds above ``python -c pass``."""

COMMANDS = (
    ("python -c pass", ("-c", "pass")),
    ("crosshook --version", ("-m", "crosshook", "--version")),
    ("crosshook targets", ("-m", "crosshook", "targets")),
    ("crosshook describe win_arm64", ("-m", "crosshook", "describe", "win_arm64")),
    ("crosshook build --help", ("-m", "crosshook", "build", "--help")),
    ("import crosshook.backend", ("-c", "import crosshook.backend")),
)


def main() -> None:
    bare = processor_time(COMMANDS[0][1])
    print("# How long commands take to start\n")
    print("`python -m benchmarks.start_up > benchmarks/start-up.md`: processor time of user and")
    print(f"system, the smallest of {RUNS} runs, all in one sitting.")
    print("\n| command | seconds | above `python -c pass` | goal |\n|---|---|---|---|")
    for name, arguments in COMMANDS:
        seconds = processor_time(arguments)
        above = seconds - bare
        goal = "" if arguments == COMMANDS[0][1] else f"{GOAL}"
        print(f"| `{name}` | {seconds:.3f} | {max(above, 0):.3f} | {goal} |")


def processor_time(arguments: Sequence[str]) -> float:
    """Return the seconds of processor time that Python takes with some arguments."""
    # The first run compiles and makes files.
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    return min(_once(arguments) for _ in range(RUNS))


def _once(arguments: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
