"""How long commands take to start, beside the Python that runs them.

    python -m benchmarks.start_up [--repeat N] [--markdown FILE]

Processor time of user and system.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.measuring import parser, processor_time, run_python, smallest, write_table

GOAL = 0.1
"""Seconds above ``python -c pass``."""
BARE = "python -c pass"
COMMANDS = {
    BARE: ("-c", "pass"),
    "crosshook --version": ("-m", "crosshook", "--version"),
    "crosshook targets": ("-m", "crosshook", "targets"),
    "crosshook describe win_arm64": ("-m", "crosshook", "describe", "win_arm64"),
    "crosshook build --help": ("-m", "crosshook", "build", "--help"),
    "import crosshook.backend": ("-c", "import crosshook.backend"),
}


def main() -> None:
    arguments = parser(__doc__, repeat=15).parse_args()
    said = (
        "# How long commands take to start",
        "",
        f"Written by `python -m benchmarks.start_up --repeat {arguments.repeat} --markdown FILE`:",
        f"processor time of user and system, the least of {arguments.repeat} alternating runs.",
    )
    columns = ("command", "seconds", f"above `{BARE}`", "goal")
    write_table(said, columns, _rows(arguments.repeat), arguments.markdown)


def _rows(repeat: int) -> Iterator[Sequence[str]]:
    ways = {name: lambda words=words: run_python(words) for name, words in COMMANDS.items()}
    # The first run compiles and makes files.
    smallest(ways, 1)
    seconds = smallest(ways, repeat, processor_time)
    for name, took in seconds.items():
        above = max(took - seconds[BARE], 0)
        yield f"`{name}`", f"{took:.3f}", f"{above:.3f}", "" if name == BARE else f"{GOAL}"


if __name__ == "__main__":
    main()
