"""Where fetched Pythons are kept."""

from __future__ import annotations

from pathlib import Path


def fetched_before(cache: Path) -> tuple[Path, ...]:
    """Return the directories of the Pythons that are in the cache already."""
    kept = cache / "fetched"
    found = [path for path in kept.iterdir() if path.is_dir()] if kept.is_dir() else []
    return tuple(prefix_in(path) for path in sorted(found))


def prefix_in(kept: Path) -> Path:
    """Return where the Python is: python-build-standalone's full archives have more than that."""
    install = kept / "install"
    return install if install.is_dir() else kept
