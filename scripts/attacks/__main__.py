"""Attack crosshook, and count what came of it.

    python -m scripts.attacks [--only KIND ...] [--markdown FILE]

It needs what the tests need, Linux for kills and for full disks the right to mount. All of it takes
about an hour on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.attacks import caches, deliveries, disks, inputs, kills
from scripts.attacks._command import Room, Tally, build_plain, contents, plain_project, wheels_in

KINDS = ("inputs", "kills", "caches", "deliveries", "disks")
HEAD = (
    "# Attacks",
    "",
    "By `python -m scripts.attacks`. A fault is a wrong wheel, a traceback, no error line, more "
    "than 500 MB of memory, something left after the next run, or a failure that comes again.",
    "",
    "| attack | tried | outcome | faults | most memory |",
    "|---|---|---|---|---|",
)


def main() -> int:
    """Run the attacks and return 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=KINDS)
    parser.add_argument("--inputs", type=int, metavar="N", help="a choice of the bad inputs")
    parser.add_argument("--kills", type=int, default=60, metavar="N")
    parser.add_argument("--caches", type=int, default=66, metavar="N")
    parser.add_argument("--deliveries", type=int, default=100, metavar="N")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True) as directory:
        tallies = list(_attacks(Path(directory), arguments))
    lines = [*HEAD, *(tally.row() for tally in tallies)]
    print("\n".join(lines))
    if arguments.markdown:
        arguments.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1 if any(tally.faults for tally in tallies) else 0


def _attacks(root: Path, arguments: argparse.Namespace) -> list[Tally]:
    chosen = arguments.only or KINDS
    attacks: dict[str, Callable[[], Tally]] = {
        "inputs": lambda: inputs.attack(root / "inputs", arguments.inputs),
        "deliveries": lambda: deliveries.attack(root / "deliveries", arguments.deliveries),
    }
    if {"kills", "caches", "disks"} & set(chosen):
        project = plain_project(root)
        first = Room(root=root / "first")
        done = first.run(*build_plain(project, first))
        if done.code:
            sys.exit(f"the build that nothing attacks: {done.err}")
        (wheel,) = wheels_in(first.out)
        good = dict(contents(wheel))
        warm = Path(shutil.move(first.cache, root / "warm"))
        attacks |= {
            "kills": lambda: kills.attack(root / "k", project, warm, good, arguments.kills),
            "caches": lambda: caches.attack(root / "c", project, warm, good, arguments.caches),
            "disks": lambda: disks.attack(root / "d", project, warm, good),
        }
    return [attacks[kind]() for kind in KINDS if kind in chosen]


if __name__ == "__main__":
    sys.exit(main())
