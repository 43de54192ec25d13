"""The command line in a process of its own, as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import filelock
import pytest

from scripts.target_pythons import cache

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def wheels(self) -> list[Path]:
        """The paths on stdout, which hold nothing else."""
        paths = [Path(line) for line in self.out.splitlines()]
        assert all(path.is_file() for path in paths), self.out
        return paths


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    environ: Mapping[str, str]

    def __call__(self, *arguments: str | Path, cwd: Path | None = None) -> Finished:
        done = subprocess.run(
            [sys.executable, "-m", "crosshook.frontend", *map(str, arguments)],
            cwd=cwd,
            env=dict(self.environ),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)


@pytest.fixture
def environ() -> dict[str, str]:
    """The environment of the tests, with compiled libcs kept between runs."""
    tools = ("CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "AR", "ZIG_GLOBAL_CACHE_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in tools}
    return {**kept, "CROSSHOOK_CACHE_DIR": str(cache() / "crosshook"), "PYTHONIOENCODING": "utf-8"}


@pytest.fixture
def crosshook(environ: dict[str, str]) -> CommandLine:
    return CommandLine(environ=environ)


@pytest.fixture(scope="session")
def own_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a wheel of this checkout, for projects that require crosshook."""
    # xdist's workers share the parent of their base directories.
    directory = tmp_path_factory.getbasetemp().parent / "own-wheel"
    with filelock.FileLock(f"{directory}.lock"):
        if not directory.is_dir():
            command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory)]
            subprocess.run([*command, str(REPOSITORY)], check=True, capture_output=True)
    return directory
