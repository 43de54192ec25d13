"""Each build works on a copy of the source tree."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from crosshook.frontend.working_copy import working_copy
from crosshook.project import Backend, Project

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def project(root: Path) -> Project:
    return Project(root=root, requires=(), backend=Backend(name="any"))


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{name}\n")


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def git(directory: Path, *arguments: str) -> str:
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    done = subprocess.run(
        ["git", *own, *arguments], cwd=directory, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def test_a_directory(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, "a.py", "src/b.c", "venv/pyvenv.cfg", "venv/lib/c.py", "__pycache__/a.pyc")
    copied = working_copy(project(root), tmp_path / "copy")
    assert copied.root == tmp_path / "copy"
    assert files(copied.root) == {"a.py", "src/b.c"}
    write(copied.root, "left.so")
    assert "left.so" not in files(root)


def test_what_a_configure_of_this_machine_found_out_is_left_out(tmp_path: Path) -> None:
    root, work = tmp_path / "project", tmp_path / "work"
    write(root, "a.py", "config.status", "lib/config.cache", "lib/build/CMakeCache.txt")
    prepared = working_copy(project(root), work / "prepared")
    assert files(prepared.root) == {"a.py"}
    # By a command before the build, and for the target.
    write(prepared.root, "config.status")
    assert files(working_copy(prepared, work / "tree").root) == {"a.py", "config.status"}


@needs_git
def test_a_project_in_a_checkout(tmp_path: Path) -> None:
    """What is beside it is reached, and the version is what it was."""
    root = tmp_path / "mono"
    write(root, "native/core.c", "python/pkg/pyproject.toml")
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    git(root, "tag", "v1.0")
    write(root, "python/pkg/new.py")
    copied = working_copy(project(root / "python" / "pkg"), tmp_path / "copy")
    assert copied.root == tmp_path / "copy" / "python" / "pkg"
    assert (copied.root / "../../native/core.c").is_file()
    assert git(copied.root, "describe", "--tags") == "v1.0"
    assert git(copied.root, "status", "--porcelain") == "?? new.py".replace("new", "python/pkg/new")
    git(copied.root, "add", ".")
    git(copied.root, "commit", "-qm", "second")
    assert git(root, "log", "--format=%s") == "first"


@needs_git
def test_a_worktree(tmp_path: Path) -> None:
    root, tree = tmp_path / "project", tmp_path / "tree"
    write(root, "a.py")
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    git(root, "worktree", "add", "-q", str(tree))
    copied = working_copy(project(tree), tmp_path / "copy")
    assert git(copied.root, "log", "--format=%s") == "first"
    assert git(copied.root, "status", "--porcelain") == ""
