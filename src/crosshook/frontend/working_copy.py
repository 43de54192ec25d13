"""A copy of a source tree for one build: nothing is left in the user's, and no target's build sees
what another's has left.

Projects ask version control for their version, so the copy is of the whole checkout that the
project is in. What was committed is not copied: it is read where it is.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from crosshook.project import Project

_VERSION_CONTROL = (".git", ".hg")

NOT_COPIED = frozenset({"__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache"})
"""What is made anew where it is needed."""

_ANSWERS = frozenset({"CMakeCache.txt", "config.cache", "config.status"})
"""What ``configure`` and CMake found out about this machine, where somebody built in the source
tree: a build that finds it asks no more."""


def working_copy(project: Project, directory: Path) -> Project:
    """Return a project whose source tree is a copy below a directory that is not there yet."""
    root = project.root.resolve()
    checkout = next((d for d in (root, *root.parents) if _is_checkout(d)), root)
    git = checkout / ".git"
    # In a copy for the same target, what --before-build found out is about that.
    same_target = root.is_relative_to(directory.parent.resolve())
    left_out = NOT_COPIED if same_target else NOT_COPIED | _ANSWERS

    def ignored(where: str, names: list[str]) -> set[str]:
        return {
            name
            for name in names
            if name in left_out
            or Path(where, name) == git
            or Path(where, name, "pyvenv.cfg").exists()
        }

    shutil.copytree(checkout, directory, ignore=ignored, symlinks=True)
    if git.exists():
        _use_git(git, directory / ".git")
    return replace(project, root=directory / root.relative_to(checkout))


def _is_checkout(directory: Path) -> bool:
    return any((directory / name).exists() for name in _VERSION_CONTROL)


def _use_git(own: Path, copy: Path) -> None:
    """Make a ``.git`` with the state of another, and with its objects where they are."""
    if own.is_file():
        # Of a worktree or a submodule: says where the directory is, perhaps relative to itself.
        named = own.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        copy.write_text(f"gitdir: {(own.parent / named).resolve()}\n", encoding="utf-8")
        return

    def ignored(where: str, names: list[str]) -> set[str]:
        return {
            name
            for name in names
            if name.endswith(".lock") or (where, name) == (str(own), "objects")
        }

    shutil.copytree(own, copy, ignore=ignored, symlinks=True)
    info = copy / "objects" / "info"
    info.mkdir(parents=True)
    (info / "alternates").write_text(f"{own / 'objects'}\n", encoding="utf-8")
