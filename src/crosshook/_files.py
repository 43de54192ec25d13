"""Writing files, so that each appears whole or not at all; temporary directories."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from crosshook.errors import CrosshookError, UsageError


@contextlib.contextmanager
def working_directory() -> Iterator[Path]:
    """Make an empty directory, and remove it afterwards."""
    # resolve(): the short names and symlinks of temporary directories confuse backends that
    # compare paths.
    directory = Path(tempfile.mkdtemp(prefix="crosshook-")).resolve()
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def unnamed_file() -> IO[bytes]:
    """Return an empty temporary file without a name: once it is closed, it is gone."""
    return tempfile.TemporaryFile()


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write text files, by path relative to a directory."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def write_links(root: Path, links: Mapping[str, str]) -> None:
    """Make symbolic links, by path relative to a directory."""
    for name, target in links.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


def write_launchers(launchers: Mapping[str, str]) -> None:
    """Write executable files by absolute path; each appears whole or not at all."""
    for name, text in launchers.items():
        _place(Path(name), text, mode=0o755)


def write_kept(files: Mapping[str, str]) -> None:
    """Write text files by absolute path; each appears whole or not at all."""
    for name, text in files.items():
        _place(Path(name), text, mode=0o644)


def _place(file: Path, text: str, *, mode: int) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
        new.write(text)
    os.chmod(new.name, mode)
    os.replace(new.name, file)


def check_writable(directory: Path, *, source: str) -> None:
    """Make a directory, if it is not there, and see whether files can be written into it.

    :param source: The option or variable that names it, for the error.
    :raises UsageError: if not.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UsageError(f"{source}: cannot write to {directory}: {error.strerror}") from None


def deliver(file: Path, directory: Path) -> Path:
    """Copy a file into a directory, where it appears whole or not at all; return its path there.

    :raises CrosshookError: if it cannot be written.
    """
    part = directory / f".{file.name}.part"
    try:
        shutil.copyfile(file, part)
        os.replace(part, directory / file.name)
    except OSError as error:
        raise CrosshookError(f"cannot write {directory / file.name}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return directory / file.name


def mark(files: Sequence[Path]) -> None:
    """Create empty files, whose being there says something."""
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
