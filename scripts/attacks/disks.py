"""Disks that are full, at the places that a build writes to."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scripts.attacks._command import Attempt, Ground, Room, build_plain, contents, wheels_in

POINTS = (
    *(("cache", size) for size in (64, 500, 2_000, 4_000)),
    *(("tmp", size) for size in (16, 64, 200, 600)),
    *(("out", size) for size in (4, 8)),
)
"""The place, and how many kilobytes its disk has."""


@contextlib.contextmanager
def _small_disk(place: Path, kilobytes: int) -> Iterator[bool]:
    """Mount a small disk on a directory, if this user may; yield whether that went well."""
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
    mounted = subprocess.run(["mount", *options], capture_output=True, check=False)
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(place)], check=True)


@dataclass(frozen=True, kw_only=True)
class Disks:
    """Build where a disk is full, and again where there is room."""

    ground: Ground
    what: str = "full disks"

    @property
    def count(self) -> int:
        return len(POINTS)

    def attempt(self, number: int) -> Attempt:
        place, kilobytes = POINTS[number]
        project, warm, good = self.ground.project, self.ground.warm, self.ground.good
        room = Room(root=self.ground.root)
        if place != "cache":
            shutil.copytree(warm, room.cache, dirs_exist_ok=True)
        name = f"{place} of {kilobytes} kB"
        with _small_disk(room.root / place, kilobytes) as small:
            if not small:
                sys.exit("full disks: this user may not mount any")
            done = room.run(*build_plain(project, room))
            faults = done.faults
            if done.code == 0 and [contents(w) for w in wheels_in(room.out)] != [good]:
                faults.append("a wrong wheel")
            if any(contents(w) != good for w in wheels_in(room.out) if done.code):
                faults.append("a wrong wheel is there")
            if left := room.left():
                faults.append(f"left: {left}")
        shutil.rmtree(room.cache)
        shutil.copytree(warm, room.cache)
        again = room.run(*build_plain(project, room))
        if again.code:
            faults.append(f"with room: {again.err[-300:]}")
        outcome = "built" if done.code == 0 else "refused"
        return Attempt(name=name, faults=faults, outcome=outcome, memory=done.memory)
