"""Running the command line, and judging how it ended."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crosshook import _files

LARGEST = 500_000_000
"""Bytes of memory that the command may take."""
LONGEST = 120
"""Seconds that it may take over what it refuses."""

_OWN_TRACEBACK = re.compile(r'File "[^"]*/crosshook/(?:cli|api|__main__)[^"]*", line')


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended."""

    code: int
    out: str
    err: str
    memory: int
    """Bytes, at most, of it or of one that it started."""
    seconds: float

    @property
    def faults(self) -> list[str]:
        """What is wrong with it, apart from what it was to do."""
        found = []
        if "crosshook itself is at fault" in self.err or _OWN_TRACEBACK.search(self.err):
            found.append("traceback")
        if self.code not in (0, 1, 2):
            found.append(f"exit code {self.code}")
        if self.code and not re.search(r"^(?:error|crosshook.*: error|usage):", self.err, re.M):
            found.append("no error line")
        if self.memory > LARGEST:
            found.append(f"{self.memory // 1_000_000} MB")
        if self.seconds > LONGEST:
            found.append(f"{self.seconds:.0f} seconds")
        return found


@dataclass(kw_only=True)
class Room:
    """Directories for one attack, and the command with them."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for directory in (self.temporary, self.out, self.cache):
            directory.mkdir(parents=True, exist_ok=True)

    @property
    def temporary(self) -> Path:
        return self.root / "tmp"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def start(self, arguments: Sequence[str | Path], cwd: Path | None = None) -> Started:
        """Start the command in a session of its own."""
        own = {
            "TMPDIR": str(self.temporary),
            "CROSSHOOK_CACHE_DIR": str(self.cache),
            "PYTHONPATH": str(Path(_files.__file__).parents[1]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SOURCE_DATE_EPOCH": "1600000000",
            "PIP_CONFIG_FILE": os.devnull,
        }
        kept = {k: v for k, v in os.environ.items() if k not in ("CC", "CXX", "AR", "CFLAGS")}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "crosshook", *map(str, arguments)],
                cwd=cwd or self.root,
                env={**kept, **own, **self.environ},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            return Started(process=process, out=os.dup(out.fileno()), err=os.dup(err.fileno()))

    def run(self, *arguments: str | Path, cwd: Path | None = None) -> Finished:
        return self.start(arguments, cwd).wait()

    def left(self) -> list[str]:
        """What is there that only a command at work has."""
        found = [path.name for path in self.temporary.iterdir()]
        places = (self.out, *(path for path in self.cache.rglob("*") if path.is_dir()))
        for place in places:
            found += [p.name for p in place.iterdir() if p.name.startswith(_files.DRAFT)]
        return found


@dataclass(kw_only=True)
class Started:
    """A command that runs."""

    process: subprocess.Popen[bytes]
    out: int
    err: int
    begun: float = field(default_factory=time.monotonic)

    def wait(self) -> Finished:
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = code = os.waitstatus_to_exitcode(status)
        texts = []
        for descriptor in (self.out, self.err):
            os.lseek(descriptor, 0, os.SEEK_SET)
            with open(descriptor, "rb") as stream:
                texts.append(stream.read().decode(errors="replace"))
        return Finished(
            code=code,
            out=texts[0],
            err=texts[1],
            memory=usage.ru_maxrss * 1024,
            seconds=time.monotonic() - self.begun,
        )


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What came of one attack."""

    name: str
    faults: Sequence[str]
    outcome: str
    memory: int = 0
    """Bytes, at most, of the command."""
    tried: int = 1
    """How many attacks it was."""


class Attack(Protocol):
    """Attacks of one kind, each of which is the same whenever it is made."""

    @property
    def what(self) -> str: ...
    @property
    def count(self) -> int: ...
    def attempt(self, number: int) -> Attempt: ...


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What builds are attacked with."""

    root: Path
    """A directory for an attack; empty before each."""
    project: Path
    warm: Path
    """A cache in which a build for the target went through."""
    good: Mapping[str, bytes]
    """What is in the right wheel."""
    seconds: float
    """How long a build takes that nothing attacks."""

    def lend_cache(self, room: Room, *, fresh: bool) -> None:
        """Copy the cache into a room; of a fresh one, there is only what zig keeps.

        To compile libc takes a minute; what is fresh is what crosshook itself keeps.
        """
        kept = "zig" if fresh else ""
        shutil.copytree(self.warm / kept, room.cache / kept, dirs_exist_ok=True)


FIXTURE = Path(__file__).parents[2] / "tests" / "fixtures" / "plain"
TARGET = "win_arm64"


def plain_project(root: Path) -> Path:
    """Return a project with one C module, whose build needs nothing that is not installed."""
    return Path(shutil.copytree(FIXTURE, root / "plain"))


def build_plain(project: Path, room: Room) -> tuple[str | Path, ...]:
    """Return the arguments that build it."""
    options = ("--adapt", "--no-isolation", "--target", TARGET, "--outdir", room.out)
    return ("build", project, *options)


def contents(wheel: Path) -> Mapping[str, bytes]:
    """Return what is in a wheel, by name."""
    import zipfile

    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def wheels_in(directory: Path) -> Iterator[Path]:
    yield from sorted(directory.glob("*.whl"))
