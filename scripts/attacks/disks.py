"""Disks that are full, at the places that a build writes to."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from scripts.attacks._command import Room, Tally, build_plain, contents, wheels_in

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


def attack(root: Path, project: Path, warm: Path, good: Mapping[str, bytes]) -> Tally:
    """Build where a disk is full, and again where there is room."""
    tally = Tally(what="full disks")
    for number, (place, kilobytes) in enumerate(POINTS):
        room = Room(root=root / str(number))
        if place != "cache":
            shutil.copytree(warm, room.cache, dirs_exist_ok=True)
        name = f"{place} of {kilobytes} kB"
        with _small_disk(room.root / place, kilobytes) as small:
            if not small:
                print("full disks: not tried: this user may not mount any")
                return tally
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
        tally.add(name, faults, "built" if done.code == 0 else "refused", done.memory)
    return tally
