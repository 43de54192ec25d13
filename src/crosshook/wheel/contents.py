"""What the files inside an archive hold, each read once and in pieces.

An archive's table may promise gigabytes. Only what begins like an object file or an archive is
kept, large ones in a temporary file that is mapped into memory and has no name; of everything else
no more than a piece is in memory at a time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import mmap
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from crosshook._files import unnamed_file
from crosshook.wheel.objects import Data, ObjectFile, read_object, recognise
from crosshook.wheel.objects.recognise import HEAD

_PIECE = 1 << 20
_IN_MEMORY = 64 << 20

_ZIP_SUFFIXES = (".whl", ".zip", ".egg", ".pyz")
_ZIP_MAGIC = b"PK\3\4"
_CODE_SUFFIXES = (".py", ".pth")
_LOADS = re.compile(rb"add_dll_directory|LoadLibrary|WinDLL|CDLL")
_LONGEST_TOKEN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How much of a wheel is looked into, in bytes."""

    object_size: int = 4 << 30
    """Of one object file, or one archive inside; a larger one counts as damaged."""
    nested_size: int = 8 << 30
    """Of all files in one archive inside, unpacked; the rest of it is not looked into."""
    metadata_size: int = 64 << 20
    """Of ``METADATA``, ``WHEEL`` and ``RECORD``, each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What is known of a file once it was read."""

    size: int
    digest: bytes
    """By the algorithm that was asked for; empty without one."""
    objects: tuple[ObjectFile, ...] = ()
    """Itself if it is an object file, and those inside it if it is an archive."""
    loads_libraries: bool = False
    """Whether it is Python code that loads libraries by itself, or says where they are."""


def read_content(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, *, algorithm: str | None
) -> Content:
    """Return what a file in an archive holds.

    :param algorithm: A name that :mod:`hashlib` knows.
    """
    return _read(archive, info, limits, algorithm, prefix="", depth=0)


def _read(
    archive: zipfile.ZipFile,
    info: zipfile.ZipInfo,
    limits: Limits,
    algorithm: str | None,
    *,
    prefix: str,
    depth: int,
) -> Content:
    digest = hashlib.new(algorithm) if algorithm else None
    is_code = info.filename.endswith(_CODE_SUFFIXES)
    with archive.open(info) as stream, contextlib.ExitStack() as stack:
        piece = stream.read(_PIECE)
        head = piece[:HEAD]
        # A .pyz may start with the line that names its interpreter.
        zipped = head.startswith(_ZIP_MAGIC) or info.filename.lower().endswith(_ZIP_SUFFIXES)
        zipped = zipped and depth == 0
        format_ = recognise(head, info.filename)
        kept = _Kept(stack) if zipped or format_ is not None else None
        size, end, loads = 0, b"", False
        while piece:
            size += len(piece)
            if digest is not None:
                digest.update(piece)
            if kept is not None and size <= limits.object_size:
                kept.add(piece)
            if is_code:
                loads = loads or _LOADS.search(end + piece) is not None
                end = piece[-_LONGEST_TOKEN:]
            piece = stream.read(_PIECE)
        objects: tuple[ObjectFile, ...] = ()
        name = prefix + info.filename
        if kept is not None and size > limits.object_size:
            damage = f"it is larger than {limits.object_size >> 20} MiB, and was not read"
            objects = (ObjectFile(name=name, format=format_ or "zip", damage=damage),)
        elif kept is not None:
            objects = tuple(_objects(kept, name, limits, zipped=zipped))
    return Content(
        size=size,
        digest=digest.digest() if digest is not None else b"",
        objects=objects,
        loads_libraries=loads,
    )


def _objects(kept: _Kept, name: str, limits: Limits, *, zipped: bool) -> Iterator[ObjectFile]:
    if zipped:
        yield from _nested(kept.stream, f"{name}:", limits)
    found = read_object(name, kept.data())
    if found is not None:
        yield found


def _nested(stream: IO[bytes], prefix: str, limits: Limits) -> Iterator[ObjectFile]:
    """Yield the object files in a zip archive inside a wheel; those inside of that are not sought.

    It may be some test's damaged or encrypted one: what can be read of it counts.
    """
    left = limits.nested_size
    try:
        archive = zipfile.ZipFile(stream)
    except Exception:  # Only named like one, or damaged; zipfile raises anything at all.
        return
    with archive:
        for info in archive.infolist():
            left -= info.file_size
            if info.filename.endswith("/") or left < 0:
                continue
            try:
                content = _read(archive, info, limits, None, prefix=prefix, depth=1)
            except Exception:
                continue
            yield from content.objects


class _Kept:
    """A file's content, in memory or, if it is large, in a temporary file."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._memory = io.BytesIO()
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        if self._file is None and self._memory.tell() + len(piece) > _IN_MEMORY:
            file = self._stack.enter_context(unnamed_file())
            file.write(self._memory.getbuffer())
            self._file = file
            self._memory = io.BytesIO()
        self.stream.write(piece)

    @property
    def stream(self) -> IO[bytes]:
        return self._memory if self._file is None else self._file

    def data(self) -> Data:
        if self._file is None:
            return self._memory.getvalue()
        self._file.flush()
        mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._stack.enter_context(mapped)
