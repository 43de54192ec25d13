"""Attack crosshook, and count what came of it.

    python -m scripts.attacks [--only KIND ...] [--state DIRECTORY [--seconds N]] [--markdown FILE]

It needs what the tests need, Linux for kills and for full disks the right to mount. All of it takes
about an hour on two cores; with a directory for its state, it can be done in parts.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from scripts.attacks._command import (
    Attack,
    Attempt,
    Ground,
    Room,
    build_plain,
    contents,
    plain_project,
    wheels_in,
)
from scripts.attacks.caches import Caches
from scripts.attacks.deliveries import Deliveries
from scripts.attacks.disks import Disks
from scripts.attacks.inputs import Input, Inputs, all_inputs
from scripts.attacks.kills import at_random, evenly
from scripts.attacks.runs import Runs

KINDS = ("inputs", "kills", "killed", "runs", "caches", "deliveries", "disks")
HEAD = (
    "# Attacks",
    "",
    "By `python -m scripts.attacks --markdown docs/evidence/attacks.md`. A fault is a wrong wheel, "
    "a traceback, no error line, more than 500 MB of memory, something left after the next run, or "
    "a failure that comes again. The memory is that of the largest process, with the script's own "
    "when it started the command.",
    "",
    "| attack | tried | outcome | faults | most memory |",
    "|---|---|---|---|---|",
)


def main() -> int:
    """Make the attacks and return 1 if there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=KINDS)
    parser.add_argument("--inputs", type=int, metavar="N", help="a choice of the bad inputs")
    parser.add_argument("--kills", type=int, default=60, metavar="N")
    parser.add_argument("--killed", type=int, default=10, metavar="N", help="SIGKILL only")
    parser.add_argument("--runs", type=int, default=16, metavar="N", help="pairs of runs")
    parser.add_argument("--caches", type=int, default=66, metavar="N")
    parser.add_argument("--deliveries", type=int, default=100, metavar="N")
    parser.add_argument("--state", type=Path, help="goes on with what is recorded there")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="ends after a time")
    parser.add_argument("--markdown", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    until = time.monotonic() + arguments.seconds
    with contextlib.ExitStack() as stack:
        if arguments.state is None:
            made = tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True)
            state = Path(stack.enter_context(made))
        else:
            state = arguments.state.absolute()
            state.mkdir(parents=True, exist_ok=True)
        attempts = _attempts(state, arguments, until)
    rows = [_row(what, made) for what, made in attempts.items() if made]
    print("\n".join([*HEAD, *rows]))
    if arguments.markdown:
        arguments.markdown.write_text("\n".join([*HEAD, *rows]) + "\n", encoding="utf-8")
    return 1 if any(attempt.faults for made in attempts.values() for attempt in made) else 0


def _attempts(
    state: Path, arguments: argparse.Namespace, until: float
) -> Mapping[str, Sequence[Attempt]]:
    """Make the attacks that are not recorded yet; return what came of each kind."""
    attempts = {}
    for kind in KINDS:
        if arguments.only and kind not in arguments.only:
            continue
        attack = _attack(kind, state, arguments)
        records = state / f"{kind}.jsonl"
        before = records.read_text(encoding="utf-8").splitlines() if records.exists() else []
        attempts[attack.what] = [Attempt(**json.loads(line)) for line in before]
        for attempt in _remaining(attack, state / f"{kind}-room", len(before), until):
            attempts[attack.what].append(attempt)
            with records.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(dataclasses.asdict(attempt)) + "\n")
    return attempts


def _remaining(attack: Attack, room: Path, first: int, until: float) -> Iterator[Attempt]:
    for number in range(first, attack.count):
        if time.monotonic() > until:
            return
        shutil.rmtree(room, ignore_errors=True)
        attempt = attack.attempt(number)
        for fault in attempt.faults:
            print(f"  FAULT {attack.what}: {attempt.name}: {fault}", file=sys.stderr, flush=True)
        yield attempt


def _attack(kind: str, state: Path, arguments: argparse.Namespace) -> Attack:
    room = state / f"{kind}-room"
    attacks: Mapping[str, Callable[[], Attack]] = {
        "inputs": lambda: Inputs(root=room, chosen=_chosen(arguments.inputs)),
        "deliveries": lambda: Deliveries(root=room, processes=arguments.deliveries),
        "kills": lambda: at_random(_ground(state, room), arguments.kills),
        "killed": lambda: evenly(_ground(state, room), arguments.killed),
        "runs": lambda: Runs(ground=_ground(state, room), count=arguments.runs),
        "caches": lambda: Caches(ground=_ground(state, room), count=arguments.caches),
        "disks": lambda: Disks(ground=_ground(state, room)),
    }
    return attacks[kind]()


def _chosen(count: int | None) -> Sequence[Input]:
    inputs = list(all_inputs())
    return inputs if count is None else random.Random(4).sample(inputs, min(count, len(inputs)))


def _ground(state: Path, room: Path) -> Ground:
    """Return a project and what a build of it makes, built if that was not done before."""
    project, warm, good = state / "plain", state / "warm", state / "good"
    if not good.exists():
        for left in (project, warm, room):
            shutil.rmtree(left, ignore_errors=True)
        plain_project(state)
        first = Room(root=room)
        # The second is as long as one that is attacked.
        for _ in range(2):
            done = first.run(*build_plain(project, first))
            if done.code:
                sys.exit(f"the build that nothing attacks: {done.err}")
        shutil.move(first.cache, warm)
        (state / "seconds").write_text(str(done.seconds))
        shutil.move(first.out, good)
    (wheel,) = wheels_in(good)
    return Ground(
        root=room,
        project=project,
        warm=warm,
        good=contents(wheel),
        seconds=float((state / "seconds").read_text()),
    )


def _row(what: str, attempts: Sequence[Attempt]) -> str:
    counts: Counter[str] = Counter()
    for attempt in attempts:
        counts[attempt.outcome] += attempt.tried
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    faults = sum(len(attempt.faults) for attempt in attempts)
    most = max(attempt.memory for attempt in attempts)
    memory = f"{most // 1_000_000} MB" if most else ""
    tried = sum(counts.values())
    return f"| {what} | {tried} | {outcomes} | {faults} | {memory} |"


if __name__ == "__main__":
    sys.exit(main())
