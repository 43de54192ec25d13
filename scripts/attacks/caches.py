"""Damage to one entry of the cache at a time."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.attacks._command import Attempt, Ground, Room, build_plain, contents, wheels_in


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _random_bytes(path: Path) -> None:
    path.write_bytes(random.Random(2).randbytes(max(path.stat().st_size, 10)))


def _one_byte(path: Path) -> None:
    """Change one byte, and no time."""
    status = path.stat()
    data = bytearray(path.read_bytes() or b"x")
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def _dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _not_executable(path: Path) -> None:
    path.chmod(0o600)


def _parent_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


def _parent_a_file(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_bytes(b"\xff")


DAMAGES: tuple[Callable[[Path], None], ...] = (
    *(_emptied, _truncated, _random_bytes, _one_byte, Path.unlink, _a_directory, _dangling),
    *(_not_executable, _parent_gone, _parent_a_file),
)
PLACES: tuple[str, ...] = (
    "pythons/*/include/**/*",
    "pythons/*/libs/*",
    "pythons/*",
    "launchers/**/*",
    "zig/o/*/*",
)
PLACES += ("stubs/**/*", "headers/**/*", "zig/h/*", "zig/z/*", "**/*.lock", "interpreters/**/*")


@dataclass(frozen=True, kw_only=True)
class Caches:
    """Damage caches, and see what is built with them; the build after that has to be right."""

    ground: Ground
    count: int
    what: str = "damaged caches"

    def attempt(self, number: int) -> Attempt:
        chance = random.Random(number)
        project, good = self.ground.project, self.ground.good
        room = Room(root=self.ground.root)
        shutil.copytree(self.ground.warm, room.cache, symlinks=True, dirs_exist_ok=True)
        pattern = PLACES[number % len(PLACES)]
        files = sorted(path for path in room.cache.glob(pattern) if path.is_file())
        if not files:
            files = sorted(path for path in room.cache.glob("pythons/**/*") if path.is_file())
        file, damage = chance.choice(files), DAMAGES[number % len(DAMAGES)]
        damage(file)
        name = f"{file.relative_to(room.cache)}: {damage.__name__.strip('_')}"
        first = room.run(*build_plain(project, room))
        faults = first.faults
        right = [contents(wheel) for wheel in wheels_in(room.out)]
        if first.code == 0 and right != [good]:
            faults.append("a wrong wheel")
        if first.code and "hint: " not in first.err:
            faults.append(f"no hint: {first.err[-300:]}")
        outcome = "mended" if first.code == 0 else "refused, with what mends it"
        if first.code and not _follow_hint(first.err):
            second = room.run(*build_plain(project, room))
            if second.code:
                faults.append(f"for ever: {second.err[-300:]}")
        if left := room.left():
            faults.append(f"left: {left}")
        return Attempt(name=name, faults=faults, outcome=outcome, memory=first.memory)


def _follow_hint(said: str) -> bool:
    """Do what the hint says, if that is to remove a file; return whether it was something else."""
    for line in said.splitlines():
        if line.startswith("hint: rm '") and line.endswith("'"):
            Path(line.removeprefix("hint: rm '").removesuffix("'")).unlink()
            return False
    return True
