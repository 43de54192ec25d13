"""The date that builds are told, so that what they make does not depend on when it is made.

``SOURCE_DATE_EPOCH``, as https://reproducible-builds.org/specs/source-date-epoch/ has it: backends
give it to the files in a wheel, compilers to ``__DATE__``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from crosshook.errors import UsageError
from crosshook.frontend.sources import Source

VARIABLE = "SOURCE_DATE_EPOCH"

_OTHERWISE = 1580601600
"""2020-02-02, which Hatchling gives to files as well."""

_OLDEST, _NEWEST = 315532800, 4354819198
"""1980-01-01 and 2107-12-31: what a zip archive can say."""

_GIT_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDate:
    """Seconds since 1970, and where they are from."""

    seconds: int
    origin: str

    @property
    def environ(self) -> Mapping[str, str]:
        return {VARIABLE: str(self.seconds)}

    @property
    def sentence(self) -> str:
        day = datetime.fromtimestamp(self.seconds, tz=timezone.utc).date()
        return f"{VARIABLE}={self.seconds} ({day}), {self.origin}"


def source_date(source: Source, environ: Mapping[str, str]) -> SourceDate | None:
    """Return the date of a source tree; None if the user's own is set.

    - Of an sdist: its newest file's.
    - Of a directory in a Git repository: that of the last commit which changed the directory.
    - Of another directory: always the same. What copies a directory gives its files new dates.

    :raises UsageError: if the user's is not a number of seconds.
    """
    own = environ.get(VARIABLE, "").strip()
    if own:
        if not (own.isascii() and own.isdecimal() and len(own) <= len(str(_NEWEST))):
            raise UsageError(f"{VARIABLE}: {own[:80]!r} is not a number of seconds since 1970")
        return None
    if source.kind != "directory":
        newest = max(_dates(source.tree), default=_OTHERWISE)
        return _within(newest, "from the newest file of the sdist")
    committed = _committed(source.tree, environ)
    if committed is not None:
        return _within(committed, "from the last commit of the directory")
    return SourceDate(seconds=_OTHERWISE, origin="for want of a commit")


def _within(seconds: int, origin: str) -> SourceDate:
    return SourceDate(seconds=min(max(seconds, _OLDEST), _NEWEST), origin=origin)


def _dates(tree: Path) -> Iterator[int]:
    for directory, _, names in os.walk(tree):
        for name in names:
            yield int(os.lstat(os.path.join(directory, name)).st_mtime)


def _committed(tree: Path, environ: Mapping[str, str]) -> int | None:
    git = shutil.which("git", path=environ.get("PATH"))
    whole = tree.resolve()
    kept = any((parent / ".git").exists() for parent in (whole, *whole.parents))
    if git is None or not (kept or environ.get("GIT_DIR")):
        return None
    command = [git, "-C", str(tree), "log", "-1", "--format=%ct", "--", "."]
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode(errors="replace").strip()
    return int(text) if done.returncode == 0 and text.isascii() and text.isdecimal() else None
