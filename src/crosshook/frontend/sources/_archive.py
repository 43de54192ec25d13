"""Unpacking a source archive that nobody has vouched for.

An sdist is unpacked before any of its code runs, so a file name in it must not be able to reach
outside the directory it is unpacked into, and what it holds must not fill the disk or the memory.
The list of members is checked before any is written; the ``data`` filter of PEP 706, where this
Python has it, and a walk through what was written come on top.
"""

from __future__ import annotations

import calendar
import contextlib
import gzip
import io
import ntpath
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crosshook.errors import SourceError, UsageError
from crosshook.frontend.sources._members import UnsafeMember, check_members

SDIST_SUFFIXES = (".tar.gz", ".tgz", ".zip", ".tar.xz", ".tar.bz2")
"""What an sdist's name may end in, preferred first: PEP 625's and what indexes kept from before."""

LIMIT_VARIABLE = "CROSSHOOK_MAX_SDIST_SIZE"
USUAL_LIMIT = 2 << 30
"""Bytes that an sdist may unpack to, unless the user says otherwise."""

_CHUNK = 1 << 20
_LARGEST_DICTIONARY = 256 << 20
"""Bytes of memory that a decompressor may take."""
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_MOST_MEMBERS = 200_000
_LONGEST_HEADER = 1 << 20
"""tarfile reads what extends a header into memory, the members' own data by pieces."""
_DAMAGE: tuple[type[Exception], ...] = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    # zipfile: a compression method that this Python lacks, or an encrypted member.
    NotImplementedError,
    RuntimeError,
    ValueError,
)
with contextlib.suppress(ImportError):  # a Python can be built without lzma
    import lzma

    _DAMAGE += (lzma.LZMAError,)


def is_sdist_name(name: str) -> bool:
    """Return whether a file name ends like that of a source archive."""
    return name.lower().endswith(SDIST_SUFFIXES)


def read_limit(environ: Mapping[str, str]) -> int:
    """Return how many bytes an sdist may unpack to.

    :raises UsageError: if the variable that says so is no number.
    """
    text = environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return USUAL_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise UsageError(f"{LIMIT_VARIABLE}: {text[:80]!r} is not a number of bytes")
    return int(text)


def unpack(archive: Path, into: Path, *, limit: int = USUAL_LIMIT) -> Path:
    """Unpack a source archive and return its one top-level directory.

    The files land in a new directory inside ``into``. When anything is wrong, that directory is
    removed again.

    :param limit: How many bytes it may unpack to.
    :raises SourceError: if the archive is damaged, if it holds anything but one directory, or if
        a member is an absolute path, climbs with ``..``, is a device, or a link out of the tree.
    """
    into.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="sdist-", dir=into))
    try:
        if archive.name.lower().endswith(".zip"):
            top = _unzip(archive, place, limit)
        else:
            top = _untar(archive, place, limit)
        _check_links(archive, place / top)
    except BaseException as error:
        shutil.rmtree(place, ignore_errors=True)
        if isinstance(error, SourceError):
            raise
        if isinstance(error, UnsafeMember):
            raise _unsafe(archive, error.name, str(error)) from error
        if isinstance(error, _DAMAGE):
            raise _damaged(archive, error) from error
        if isinstance(error, OSError):
            # gzip, bz2 and the disk all speak OSError; only the last of them has an errno.
            if error.errno is None:
                raise _damaged(archive, error) from error
            raise SourceError(f"{archive}: cannot be unpacked into {into}: {error}") from error
        raise
    return place / top


class _Limited(io.RawIOBase):
    """What is read of a decompressed archive, up to a limit."""

    def __init__(self, archive: Path, stream: io.BufferedIOBase, limit: int) -> None:
        self._archive = archive
        self._stream = stream
        self._limit = limit
        self._read = 0
        self._header: int | None = 0

    def begin_header(self) -> None:
        """Count what is read from here on, up to the next call, as one header."""
        self._header = 0

    def end_headers(self) -> None:
        """Count no more headers: what is read from here on is data."""
        self._header = None

    def read(self, size: int = -1) -> bytes:
        if size > max(_LONGEST_HEADER, _CHUNK):
            raise _damaged(self._archive, ValueError(f"a header of {size} bytes"))
        data = self._stream.read(size if size >= 0 else _CHUNK)
        self._read += len(data)
        if self._read > self._limit:
            raise _too_large(self._archive, self._limit)
        if self._header is not None:
            self._header += len(data)
            if self._header > _LONGEST_HEADER:
                raise _damaged(self._archive, ValueError(f"a header of {self._header} bytes"))
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0 and offset > self._limit:
            raise _too_large(self._archive, self._limit)
        # Counted as well: to seek forward is to decompress.
        position = self._stream.seek(offset, whence)
        self._read = max(self._read, position)
        return position

    def tell(self) -> int:
        return self._stream.tell()

    def rewind(self) -> None:
        """Count from zero: what was looked through is unpacked now."""
        self._stream.seek(0)
        self._read = 0


def _untar(archive: Path, place: Path, limit: int) -> str:
    with (
        _decompressed(archive) as whole,
        tarfile.open(fileobj=(stream := _Limited(archive, whole, limit)), mode="r:") as tar,
    ):
        members = []
        for member in tar:
            stream.begin_header()
            members.append(member)
            if len(members) > _MOST_MEMBERS:
                raise _too_many(archive)
        stream.end_headers()
        _read_to_end(stream)
        top = _top_directory(archive, (m.name for m in members))
        check_members(members)
        if sum(member.size for member in members) > limit:
            raise _too_large(archive, limit)
        stream.rewind()
        try:
            _extract(tar, members, place)
        except tarfile.TarError as error:
            if not hasattr(error, "tarinfo"):
                raise
            raise _unsafe(archive, error.tarinfo.name, str(error)) from error
    return top


def _read_to_end(stream: _Limited) -> None:
    """Read what is behind the end-of-archive mark, where tarfile stops, for the checksum.

    What is behind that is no part of the archive: gzip ignores it, and pip does not see it.
    """
    try:
        while stream.read(_CHUNK):
            pass
    except gzip.BadGzipFile as error:
        # It says so of all that is not the head of one more archive.
        if not str(error).startswith("Not a gzipped file"):
            raise


def _extract(tar: tarfile.TarFile, members: Sequence[tarfile.TarInfo], place: Path) -> None:
    """Unpack members that were checked.

    Debian 12 has a Python without the filter. What else that does is to give the files to who
    unpacks them, and to leave out what others may do with them.
    """
    if hasattr(tarfile, "data_filter"):
        tar.extractall(place, filter="data")
        return
    for member in members:
        executable = member.isdir() or member.mode & stat.S_IXUSR
        member.mode = 0o755 if executable else 0o644
        member.uid, member.gid = os.getuid(), os.getgid()
        member.uname = member.gname = ""
    tar.extractall(place, members)


def _decompressed(archive: Path) -> io.BufferedIOBase:
    """Open a tar file so that damage shows, which ``tarfile``'s own modes hide in part."""
    name = archive.name.lower()
    try:
        if name.endswith(".bz2"):
            import bz2

            return bz2.open(archive)
        if name.endswith(".xz"):
            import lzma

            _check_dictionary(archive)
            return lzma.open(archive)
    except ImportError as error:
        raise SourceError(
            f"{archive}: this Python was built without the module {error.name}",
            hint="use the project's .tar.gz",
        ) from error
    return gzip.open(archive)


def _check_dictionary(archive: Path) -> None:
    """Raise :class:`lzma.LZMAError` if unpacking would take too much memory.

    The sizes of dictionaries are where their data is, so all of it is gone through.
    """
    import lzma

    with archive.open("rb") as stream:
        decompressor = lzma.LZMADecompressor(memlimit=_LARGEST_DICTIONARY)
        data = stream.read(_CHUNK)
        while data or not decompressor.needs_input:
            if decompressor.eof:
                data = decompressor.unused_data.lstrip(b"\0") or stream.read(_CHUNK).lstrip(b"\0")
                decompressor = lzma.LZMADecompressor(memlimit=_LARGEST_DICTIONARY)
                continue
            decompressor.decompress(data, max_length=_CHUNK)
            wants = decompressor.needs_input and not decompressor.eof
            data = stream.read(_CHUNK) if wants else b""


def _unzip(archive: Path, place: Path, limit: int) -> str:
    with zipfile.ZipFile(archive) as zip_file:
        members = zip_file.infolist()
        top = _top_directory(archive, (m.filename for m in members))
        if len(members) > _MOST_MEMBERS:
            raise _too_many(archive)
        # zipfile gives no more of a member than its size that is stated there.
        if sum(member.file_size for member in members) > limit:
            raise _too_large(archive, limit)
        for member in members:
            if member.compress_type not in _ZIP_METHODS:
                raise _damaged(archive, ValueError(f"compressed by method {member.compress_type}"))
            mode = member.external_attr >> 16
            # zipfile would write a link as a file that holds the link's target.
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _unsafe(archive, member.filename, "a link or a device")
            written = Path(zip_file.extract(member, place))
            if not member.is_dir():
                date = _date(member)
                os.utime(written, (date, date))
            if mode & stat.S_IXUSR and not member.is_dir():
                written.chmod(written.stat().st_mode | 0o111)
    return top


def _date(member: zipfile.ZipInfo) -> int:
    """Return the date of a member; some programs leave a month or a day at zero."""
    year, month, day, *time = member.date_time
    return calendar.timegm((year, min(max(month, 1), 12), max(day, 1), *time, 0, 0, 0))


def _top_directory(archive: Path, names: Iterable[str]) -> str:
    """Return the one first component of all names, having looked at each of them."""
    tops: set[str] = set()
    for name in names:
        slashed = name.replace("\\", "/")
        if posixpath.isabs(slashed) or ntpath.splitdrive(slashed)[0]:
            raise _unsafe(archive, name, "an absolute path")
        parts = [part for part in slashed.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise _unsafe(archive, name, "a path with '..'")
        tops.update(parts[:1])
    if not tops:
        raise SourceError(f"{archive}: holds no files", hint="download or build it again")
    if len(tops) > 1:
        some = ", ".join(repr(top) for top in sorted(tops)[:3])
        raise SourceError(
            f"{archive}: is not an sdist: it holds {len(tops)} top-level names ({some}), not one",
            hint="unpack it and give the directory with its pyproject.toml or setup.py",
        )
    return tops.pop()


def _check_links(archive: Path, tree: Path) -> None:
    """Refuse links that lead out of the tree, and a "tree" that is no directory at all.

    The filter judges each link when it is made. A link made early can come to mean another place
    through one that is made later, so they are all followed again at the end.
    """
    if tree.is_symlink() or not tree.is_dir():
        raise SourceError(
            f"{archive}: is not an sdist: {tree.name!r} in it is not a directory",
            hint="an sdist holds one directory, NAME-VERSION, and the project in it",
        )
    real = os.path.realpath(tree)
    for directory, directories, files in os.walk(tree):
        for name in (*directories, *files):
            path = Path(directory, name)
            if not path.is_symlink():
                continue
            aim = os.path.realpath(path)
            if aim != real and not aim.startswith(real + os.sep):
                inside = os.path.relpath(path, tree.parent)
                raise _unsafe(archive, inside, "a link out of the tree")


def _unsafe(archive: Path, member: str, why: str) -> SourceError:
    return SourceError(
        f"{archive}: refused: its member {member!r} is unsafe: {why}",
        hint="no well-made sdist holds such a member: make sure where this file comes from",
    )


def _too_large(archive: Path, limit: int) -> SourceError:
    return SourceError(
        f"{archive}: refused: it unpacks to more than {limit} bytes",
        hint=f"if it is meant to be so large: {LIMIT_VARIABLE}=BYTES; or unpack it and give the "
        "directory",
    )


def _too_many(archive: Path) -> SourceError:
    return SourceError(
        f"{archive}: refused: it has more than {_MOST_MEMBERS} members",
        hint="if it is meant to be so, unpack it and give the directory",
    )


def _damaged(archive: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{archive}: is damaged or not a source archive: {error or type(error).__name__}",
        hint="download or build it again",
    )
