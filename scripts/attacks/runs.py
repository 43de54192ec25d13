"""Two builds at the same time with one cache, which is as one finds it or as a kill left it."""

from __future__ import annotations

import os
import random
import signal
import time
from dataclasses import dataclass

from scripts.attacks._command import Attempt, Ground, Room, build_plain, contents, wheels_in


@dataclass(frozen=True, kw_only=True)
class Runs:
    """Build the same at the same time, and see whether each run has what it would have alone.

    Half of them find what crosshook keeps from an earlier run; before half of them, a run was
    killed; half of them write to the same directory.
    """

    ground: Ground
    count: int
    what: str = "two runs at once on one cache"

    def attempt(self, number: int) -> Attempt:
        chance = random.Random(number)
        project, good = self.ground.project, self.ground.good
        room = Room(root=self.ground.root)
        fresh, killed, apart = number % 4 >= 2, number % 2 == 1, number % 8 >= 4
        self.ground.lend_cache(room, fresh=fresh)
        if killed:
            victim = room.start(build_plain(project, room))
            time.sleep(chance.uniform(0, self.ground.seconds))
            os.killpg(victim.process.pid, signal.SIGKILL)
            victim.wait()
        places = [room.out, room.root / "out-2" if apart else room.out]
        started = []
        for place in places:
            started.append(room.start((*build_plain(project, room), "--outdir", place)))
            time.sleep(chance.uniform(0, self.ground.seconds / 2))
        faults, memory = [], 0
        for one, place in zip(started, places, strict=True):
            ended = one.wait()
            faults += ended.faults
            memory = max(memory, ended.memory)
            if ended.code or [contents(wheel) for wheel in wheels_in(place)] != [good]:
                faults.append(f"exit code {ended.code}, no right wheel: {ended.err[-300:]}")
        if left := room.left():
            faults.append(f"left: {left}")
        name = f"pair {number}, {'fresh' if fresh else 'warm'} cache"
        outcome = "right after one that was killed" if killed else "right"
        return Attempt(
            name=name, faults=faults, outcome="wrong" if faults else outcome, memory=memory
        )
