"""What a wheel is and holds: its name, tags, files and object files, read without installing it."""

from __future__ import annotations

import base64
import csv
import email.parser
import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from packaging.tags import Tag, parse_tag
from packaging.utils import (
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_wheel_filename,
)

from crosshook.errors import RefusedWheel
from crosshook.wheel.contents import Content, Limits, read_content
from crosshook.wheel.objects import ObjectFile

_NOT_IN_RECORD = ("RECORD", "RECORD.jws", "RECORD.p7s")
_WEAK = ("md5", "sha1")
_WHEEL_FORMAT = re.compile(r"1\.[0-9]+")
_METADATA = ("METADATA", "RECORD", "WHEEL")
_LIMITS = Limits()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wheel:
    """A wheel that is well-formed; whether it is accepted, :mod:`crosshook.wheel.checks` says."""

    path: Path
    name: str
    """The distribution's normalised name."""
    version: str
    tags: frozenset[Tag]
    root_is_purelib: bool
    requires_python: str | None
    """The version specifiers of ``Requires-Python``, as written."""
    files: tuple[str, ...]
    """Paths inside it, directories left out."""
    objects: tuple[ObjectFile, ...]
    """The object files among them, those in zip archives among them included."""
    loads_libraries: bool
    """Whether Python code in it loads libraries by itself, or says where they are."""


def read_wheel(path: Path, limits: Limits = _LIMITS) -> Wheel:
    """Return what a wheel is and holds.

    :raises RefusedWheel: if it is not a well-formed wheel: not a zip file, a name that is not a
        wheel's, metadata that contradicts the name, a ``RECORD`` that does not fit the files, or
        paths that lead out of it.
    :raises OSError: if the file cannot be opened.
    """
    with path.open("rb") as stream:
        try:
            return _read(path, stream, limits)
        except InvalidWheelFilename as error:
            raise _malformed(path, str(error)) from None
        except RefusedWheel:
            raise
        except Exception as error:  # zipfile and the decompressors raise anything at all.
            why = str(error) or type(error).__name__
            raise _malformed(path, f"not a zip file that can be read: {why}") from None


def _read(path: Path, stream: IO[bytes], limits: Limits) -> Wheel:
    name, version, _, tags = parse_wheel_filename(path.name)
    with zipfile.ZipFile(stream) as archive:
        files = _files(archive, path)
        info = _dist_info(files, path, name, str(version))
        texts = {file: _text(archive, f"{info}/{file}", path, limits) for file in _METADATA}
        wheel, metadata = (_headers(texts[file]) for file in ("WHEEL", "METADATA"))
        record = _Record(texts["RECORD"], info)
        problems = [
            *_format_problems(wheel),
            *_name_problems(metadata, name, str(version)),
            *_tag_problems(wheel.get_all("Tag") or [], tags),
            *record.problems,
        ]
        objects: list[ObjectFile] = []
        loads_libraries = False
        for entry in archive.infolist():
            if entry.filename.endswith("/"):
                continue
            algorithm = record.algorithm(entry.filename)
            content = read_content(archive, entry, limits, algorithm=algorithm)
            problems += record.contradictions(entry.filename, content)
            objects += content.objects
            loads_libraries = loads_libraries or content.loads_libraries
        problems += record.without_files(files)
    if problems:
        raise _malformed(path, *problems)
    return Wheel(
        path=path,
        name=name,
        version=str(version),
        tags=tags,
        requires_python=metadata.get("Requires-Python"),
        root_is_purelib=(wheel.get("Root-Is-Purelib") or "").strip().lower() == "true",
        files=files,
        objects=tuple(objects),
        loads_libraries=loads_libraries,
    )


def _malformed(path: Path, *problems: str) -> RefusedWheel:
    return RefusedWheel(f"{path.name}: not a well-formed wheel", problems=problems)


def _files(archive: zipfile.ZipFile, path: Path) -> tuple[str, ...]:
    everything = [info.filename for info in archive.infolist()]
    names = [name for name in everything if not name.endswith("/")]
    bad = [f"{name}: a path that leads out of the wheel" for name in everything if _leads_out(name)]
    bad += [f"{name}: in the archive twice" for name, n in Counter(names).items() if n > 1]
    if bad:
        raise _malformed(path, *sorted(bad))
    return tuple(names)


def _leads_out(name: str) -> bool:
    """Tell whether a path is not one below the directory that it is unpacked in, on any system."""
    path = PurePosixPath(name)
    drive = re.match(r"[A-Za-z]:", name) is not None
    return path.is_absolute() or ".." in path.parts or "\\" in name or drive


def _dist_info(files: tuple[str, ...], path: Path, name: str, version: str) -> str:
    roots = {root for root, slash, _ in (name.partition("/") for name in files) if slash}
    found = [root for root in roots if root.endswith(".dist-info")]
    if len(found) != 1:
        raise _malformed(path, f"{len(found)} .dist-info directories, not one")
    (info,) = found
    missing = [n for n in _METADATA if f"{info}/{n}" not in files]
    if missing:
        raise _malformed(path, *(f"{info}/{file}: missing" for file in missing))
    called, _, released = info.removesuffix(".dist-info").rpartition("-")
    if canonicalize_name(called) != name or canonicalize_version(released) != canonicalize_version(
        version
    ):
        raise _malformed(path, f"{info}: the file name says {name} {version}")
    return info


def _text(archive: zipfile.ZipFile, name: str, path: Path, limits: Limits) -> str:
    with archive.open(name) as stream:
        data = stream.read(limits.metadata_size + 1)
    if len(data) > limits.metadata_size:
        raise _malformed(path, f"{name}: larger than {limits.metadata_size >> 20} MiB")
    return data.decode("utf-8", errors="replace")


def _headers(text: str) -> email.message.Message:
    return email.parser.Parser().parsestr(text, headersonly=True)


def _format_problems(wheel: email.message.Message) -> Iterator[str]:
    """Check ``Wheel-Version``: installers refuse a wheel without it, or of another major one."""
    version = wheel.get("Wheel-Version")
    if not _WHEEL_FORMAT.fullmatch(str(version).strip()):
        yield f"WHEEL: Wheel-Version is {version!r}, this reads 1"


def _name_problems(metadata: email.message.Message, name: str, version: str) -> Iterator[str]:
    for key, wanted, normal in (
        ("Name", name, canonicalize_name),
        ("Version", version, canonicalize_version),
    ):
        found = metadata.get(key)
        try:
            same = found is not None and normal(str(found)) == normal(wanted)
        except ValueError:  # A number of more digits than int() takes.
            same = False
        if not same:
            yield f"METADATA: {key} is {found!r}, the file name says {wanted!r}"


def _tag_problems(listed: list[str], tags: frozenset[Tag]) -> Iterator[str]:
    try:
        in_file = frozenset(tag for text in listed for tag in parse_tag(str(text).strip()))
    except ValueError as error:
        yield f"WHEEL: {error}"
        return
    if in_file != tags:
        names = ", ".join(sorted(map(str, in_file))) or "none"
        yield f"WHEEL: its tags are {names}, the file name says {', '.join(sorted(map(str, tags)))}"


class _Record:
    """The hashes and sizes in ``RECORD``."""

    def __init__(self, text: str, info: str) -> None:
        self.problems: tuple[str, ...] = ()
        self._exempt = {f"{info}/{name}" for name in _NOT_IN_RECORD}
        self._rows: dict[str, list[str]] = {}
        try:
            self._rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(text)) if row}
        except csv.Error as error:
            self.problems = (f"RECORD: {error}",)

    def algorithm(self, name: str) -> str | None:
        """Return what a file's hash is made with; None if it has no usable one."""
        algorithm = self._hash(name)[0]
        known = algorithm in hashlib.algorithms_guaranteed and algorithm not in _WEAK
        # A digest of SHAKE's has whatever length it is asked for.
        return algorithm if known and not algorithm.startswith("shake_") else None

    def contradictions(self, name: str, content: Content) -> Iterator[str]:
        """Yield what is said of a file and is not so."""
        if name in self._exempt or self.problems:
            return
        if name not in self._rows:
            yield f"{name}: not in RECORD"
            return
        algorithm = self.algorithm(name)
        if algorithm is None:
            yield f"{name}: RECORD has no usable hash of it"
            return
        size = "".join(self._rows[name][1:2])
        if size and size != str(content.size):
            yield f"{name}: its size is {content.size}, RECORD says {size}"
        digest = base64.urlsafe_b64encode(content.digest).decode()
        if digest.rstrip("=") != self._hash(name)[1].rstrip("="):
            yield f"{name}: its {algorithm} is not the one in RECORD"

    def without_files(self, files: Iterable[str]) -> Iterator[str]:
        for name in sorted(self._rows.keys() - set(files) - self._exempt):
            yield f"{name}: in RECORD and not in the wheel"

    def _hash(self, name: str) -> tuple[str, str]:
        algorithm, _, digest = "".join(self._rows.get(name, ())[:1]).partition("=")
        return algorithm, digest
