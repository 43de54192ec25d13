"""Writing files, so that each appears whole or not at all; temporary directories.

What is being made has a name of its own that begins with :data:`DRAFT`, and its maker holds a lock
on it. The system lets go of the lock when that process ends, however it ends: so whoever comes next
can tell what was abandoned, and :func:`sweep` removes it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from crosshook.errors import CrosshookError, UsageError

if sys.platform != "win32":
    import fcntl

DRAFT = ".crosshook-draft-"
"""What the names of files and directories that are being made begin with."""

_CHUNK = 1 << 20

_WAIT_SECONDS = 5
_WORK_SECONDS = 3600
"""How old a draft is on Windows that is taken for abandoned."""

RUN = "crosshook-run-"
"""What the names of temporary directories begin with."""

_PLACES = 8
"""How many builds of the same thing have paths that are not made up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A directory that says that its maker lives."""

    path: Path
    descriptor: int | None
    """Holds the lock; None on Windows, where a directory cannot be opened."""


@contextlib.contextmanager
def working_directory(*, of: bytes | None = None) -> Iterator[Path]:
    """Make an empty temporary directory, and remove it afterwards.

    :param of: What it is for. The same gets the same path each time, since compilers and backends
        write paths into what they make; one of a few others while somebody works there.
    """
    # resolve(): the short names and symlinks of temporary directories confuse backends that
    # compare paths.
    with _claimed(Path(tempfile.gettempdir()).resolve(), RUN, of) as path:
        yield path


@contextlib.contextmanager
def draft_directory(parent: Path) -> Iterator[Path]:
    """Make a directory to fill and then to rename; removed if it was not renamed."""
    with _claimed(parent, DRAFT, None) as path:
        path.chmod(0o755)
        yield path


@contextlib.contextmanager
def _claimed(parent: Path, prefix: str, of: bytes | None) -> Iterator[Path]:
    places = (parent / (prefix + name) for name in _names(of))
    claimed = next(claimed for place in places if (claimed := claim(place)) is not None)
    try:
        yield claimed.path
    finally:
        release(claimed)


def _names(of: bytes | None) -> Iterator[str]:
    """Yield names to try, the one that belongs to something first."""
    if of is not None:
        own = hashlib.sha256(of).hexdigest()[:8]
        yield own
        yield from (f"{own}-{number}" for number in range(2, _PLACES + 1))
    while True:
        yield secrets.token_hex(8)


def claim(directory: Path) -> Claimed | None:
    """Make a directory that this process holds a lock on; None if something is there."""
    try:
        directory.mkdir(mode=0o700)
    except FileExistsError:
        return None
    if sys.platform == "win32":
        return Claimed(path=directory, descriptor=None)
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        # Whoever sweeps came between the two.
        return None
    if not _is_held(descriptor, directory):
        os.close(descriptor)
        return None
    return Claimed(path=directory, descriptor=descriptor)


def release(claimed: Claimed) -> None:
    """Remove what was claimed, if it is still there, and let go of the lock."""
    remove(claimed.path)
    if claimed.descriptor is not None:
        with contextlib.suppress(OSError):
            os.close(claimed.descriptor)


@contextlib.contextmanager
def written(place: Path, *, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Open a new file, which gets its name at the end, if nothing was raised.

    What it is called before that is nobody else's, and no link of that name is followed.

    :param mode: As :func:`os.open` takes it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    while True:
        draft = place.parent / (DRAFT + secrets.token_hex(8))
        descriptor = os.open(draft, flags, mode)
        if _is_held(descriptor, draft):
            break
        os.close(descriptor)
    try:
        with open(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            if sys.platform != "win32":
                # While the lock is held.
                os.replace(draft, place)
        if sys.platform == "win32":
            _replace_when_free(draft, place)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _replace_when_free(draft: Path, place: Path) -> None:
    """Give a file its name; on Windows, that waits for whoever has a file of that name open."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return os.replace(draft, place)
        except PermissionError:
            if place.is_dir() or time.monotonic() > until:
                raise
        time.sleep(0.01)


def sweep(directory: Path, prefix: str = DRAFT) -> tuple[Path, ...]:
    """Remove what processes that are no more have left in a directory; return what that was.

    :param prefix: What the names begin with. Only this user's own is looked at.
    """
    swept = []
    try:
        entries = [Path(entry.path) for entry in os.scandir(directory)]
    except OSError:
        return ()
    for path in entries:
        if path.name.startswith(prefix) and _sweep_one(path):
            swept.append(path)
    return tuple(swept)


def _sweep_one(path: Path) -> bool:
    """Remove a draft, if its maker is gone; return whether it was."""
    if sys.platform == "win32":
        # Nothing tells whether somebody is about to rename it.
        abandoned = False
        with contextlib.suppress(OSError):
            status = path.lstat()
            old = time.time() - status.st_mtime > _WORK_SECONDS
            abandoned = old and stat.S_ISREG(status.st_mode)
        if abandoned:
            remove(path)
        return abandoned
    try:
        status = path.lstat()
        if status.st_uid != os.getuid() or stat.S_ISLNK(status.st_mode):
            return False
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        abandoned = _lock(descriptor) is True
        if abandoned:
            remove(path)
        return abandoned
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Lock a file or directory, and tell whether that went well; None where there are no locks.

    False is for another that holds it.
    """
    if sys.platform == "win32":
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_held(descriptor: int, path: Path) -> bool:
    """Lock what was just made, and tell whether it is still there: whoever sweeps may have come
    between the two."""
    if _lock(descriptor) is False:
        return False
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def remove(path: Path) -> None:
    """Remove a file, a link or a directory, if it is there and can be removed."""
    with contextlib.suppress(OSError):
        if not path.is_dir() or path.is_symlink():
            path.unlink()
            return
        shutil.rmtree(path, ignore_errors=True)
        if path.is_dir():
            # Directories in it that may not be written.
            for directory, _, _ in os.walk(path):
                os.chmod(directory, 0o700)
            shutil.rmtree(path, ignore_errors=True)


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
    data = text.encode("utf-8")
    if _is_so(file, data, mode):
        return
    make_directory(file.parent)
    if file.is_dir() and not file.is_symlink():
        remove(file)
    with written(file) as stream:
        stream.write(data)
        if sys.platform != "win32":
            os.fchmod(stream.fileno(), mode)


def _is_so(file: Path, data: bytes, mode: int) -> bool:
    """Tell whether a file is there already, as it has to be."""
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size != len(data):
            return False
        executable = os.name == "nt" or status.st_mode & 0o111 == mode & 0o111
        return executable and file.read_bytes() == data
    except OSError:
        return False


def replace(draft: Path, place: Path) -> None:
    """Rename a directory; what has its new name already is removed, whatever it is."""
    if place.is_dir() and not place.is_symlink():
        aside = place.parent / (DRAFT + secrets.token_hex(8))
        os.replace(place, aside)
        os.replace(draft, place)
        remove(aside)
    else:
        remove(place)
        os.replace(draft, place)


def make_directory(directory: Path) -> None:
    """Make a directory and those above it.

    :raises CrosshookError: if it cannot be made, with what is in the way.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        for place in (directory, *directory.parents):
            if os.path.lexists(place) and not place.is_dir():
                raise CrosshookError(
                    f"{place}: has to be a directory, and is none", hint=f"rm '{place}'"
                ) from None
        raise CrosshookError(f"cannot make {directory}: {error.strerror}") from None


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def failure(error: OSError) -> CrosshookError:
    """Return what to raise where a file could not be read or written."""
    place = f"{error.filename}: " if error.filename else ""
    hint = None
    if error.errno in _FULL:
        hint = "make room, or name another place: TMPDIR, CROSSHOOK_CACHE_DIR, --outdir"
    return CrosshookError(f"{place}{error.strerror or error}", hint=hint)


def check_writable(directory: Path, *, source: str) -> None:
    """Make a directory, if it is not there, and see whether files can be written into it.

    :param source: The option or variable that names it, for the error.
    :raises UsageError: if not.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{source}: cannot write to {directory}: {why}",
            hint=f"name another directory with {source}",
        ) from None


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    hashed = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            hashed.update(chunk)
    return hashed.hexdigest()


def deliver(file: Path, directory: Path, *, checked: str) -> Path:
    """Copy a file into a directory, where it appears whole or not at all; return its path there.

    :param checked: The :func:`digest` that it had when it was checked.
    :raises CrosshookError: if it cannot be written, or is another by now.
    """
    place = directory / file.name
    try:
        with written(place) as out, file.open("rb") as stream:
            hashed = hashlib.sha256()
            while chunk := stream.read(_CHUNK):
                hashed.update(chunk)
                out.write(chunk)
            if hashed.hexdigest() != checked:
                raise CrosshookError(
                    f"{file.name}: was changed after it had been checked, and is not delivered",
                    hint="something that the build or the test command started writes to it",
                )
    except OSError as error:
        raise CrosshookError(f"cannot write {place}: {error.strerror}") from None
    return place


def mark(files: Sequence[Path]) -> None:
    """Create empty files, whose being there says something."""
    for file in files:
        make_directory(file.parent)
        file.touch()
