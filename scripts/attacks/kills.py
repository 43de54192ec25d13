"""Signals at points of a build, with fresh and warm caches."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.attacks._command import Attempt, Ground, Room, build_plain, contents, wheels_in

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)


def at_random(ground: Ground, count: int) -> Kills:
    """Return attacks with all signals, the same points whenever they are made."""
    points = [random.Random(number).uniform(0, ground.seconds) for number in range(count)]
    return Kills(ground=ground, what="kills at random points", points=points, signals=SIGNALS)


def evenly(ground: Ground, count: int) -> Kills:
    """Return attacks with SIGKILL, at points that are equally far from one another."""
    points = [ground.seconds * (number + 0.5) / count for number in range(count)]
    what = "SIGKILL at points of equal distance"
    return Kills(ground=ground, what=what, points=points, signals=(signal.SIGKILL,))


@dataclass(frozen=True, kw_only=True)
class Kills:
    """Kill builds, and see what the next one finds and makes."""

    ground: Ground
    what: str
    points: Sequence[float]
    """Seconds after the start, one for each attack."""
    signals: Sequence[signal.Signals]
    """Taken in turn."""

    @property
    def count(self) -> int:
        return len(self.points)

    def attempt(self, number: int) -> Attempt:
        project, good = self.ground.project, self.ground.good
        room = Room(root=self.ground.root)
        kind = self.signals[number % len(self.signals)]
        fresh = number % 8 >= 4
        self.ground.lend_cache(room, fresh=fresh)
        started = room.start(build_plain(project, room))
        moment = self.points[number]
        time.sleep(moment)
        name = f"{kind.name} after {moment:.2f} s, {'fresh' if fresh else 'warm'} cache"
        (os.killpg if number % 3 else os.kill)(started.process.pid, kind)
        killed = started.wait()
        heeded = kind != signal.SIGKILL and moment > 1
        faults = []
        if "Traceback" in killed.err and heeded:
            faults.append("traceback")
        for wheel in wheels_in(room.out):
            if contents(wheel) != good:
                faults.append(f"a wrong wheel: {wheel.name}")
            wheel.unlink()
        if heeded and (left := room.left()):
            faults.append(f"left at once: {left}")
        again = room.run(*build_plain(project, room))
        faults += again.faults
        if again.code or [contents(wheel) for wheel in wheels_in(room.out)] != [good]:
            faults.append(f"the next build: {again.err[-300:]}")
        if left := room.left():
            faults.append(f"left after the next build: {left}")
        if running := _working_for(room.root):
            faults.append(f"still running: {running}")
        outcome = "had ended" if killed.code == 0 else "interrupted"
        return Attempt(name=name, faults=faults, outcome=outcome, memory=again.memory)


def _working_for(root: Path) -> list[str]:
    """Return the command lines of processes that still have their temporary files there."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if f"TMPDIR={root}".encode() in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return found
