"""Signals at random points of a build, with fresh and warm caches."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

from scripts.attacks._command import Room, Tally, build_plain, contents, wheels_in

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL)


def attack(root: Path, project: Path, warm: Path, good: dict[str, bytes], count: int) -> Tally:
    """Kill builds, and see what the next one finds and makes.

    :param warm: A cache in which a build for the target went through.
    :param good: What is in the right wheel.
    """
    tally = Tally(what="kills at random points")
    chance = random.Random(1)
    room = Room(root=root)
    shutil.rmtree(room.cache)
    longest = 6.0
    for number in range(count):
        kind = NUMBERS[number % len(NUMBERS)]
        fresh = number % 8 >= 4
        shutil.rmtree(room.cache, ignore_errors=True)
        room.cache.mkdir()
        # To compile libc takes a minute; what is fresh is what crosshook itself keeps.
        shutil.copytree(warm / "zig", room.cache / "zig") if fresh else shutil.copytree(
            warm, room.cache, dirs_exist_ok=True
        )
        started = room.start(build_plain(project, room))
        moment = chance.uniform(0, longest)
        time.sleep(moment)
        name = f"{kind.name} after {moment:.2f} s, {'fresh' if fresh else 'warm'} cache"
        (os.killpg if number % 3 else os.kill)(started.process.pid, kind)
        killed = started.wait()
        faults = []
        if killed.code == 0:
            longest = max(1.0, moment)
        if "Traceback" in killed.err and kind != signal.SIGKILL and moment > 1:
            faults.append("traceback")
        for wheel in wheels_in(room.out):
            if contents(wheel) != good:
                faults.append(f"a wrong wheel: {wheel.name}")
            wheel.unlink()
        if kind != signal.SIGKILL and moment > 1 and (left := room.left()):
            faults.append(f"left at once: {left}")
        again = room.run(*build_plain(project, room))
        faults += again.faults
        made = list(wheels_in(room.out))
        if again.code or [contents(wheel) for wheel in made] != [good]:
            faults.append(f"the next build: {again.err[-300:]}")
        if left := room.left():
            faults.append(f"left after the next build: {left}")
        for wheel in made:
            wheel.unlink()
        if running := _working_for(room.root):
            faults.append(f"still running: {running}")
        outcome = "had ended" if killed.code == 0 else "interrupted"
        tally.add(name, faults, outcome, again.memory)
    return tally


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
