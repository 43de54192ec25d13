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
from collections.abc import Iterator
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
from crosshook.wheel.objects import ObjectFile, read_object, recognise

_ZIP_SUFFIXES = (".whl", ".zip", ".egg", ".pyz")
_ZIP_MAGIC = b"PK\3\4"

_NOT_IN_RECORD = ("RECORD", "RECORD.jws", "RECORD.p7s")
_WEAK = ("md5", "sha1")
_WHEEL_FORMAT = re.compile(r"1\.[0-9]+")


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
    """The object files among them, those of nested archives included."""


def read_wheel(path: Path) -> Wheel:
    """Return what a wheel is and holds.

    :raises RefusedWheel: if it is not a well-formed wheel: not a zip file, a name that is not a
        wheel's, metadata that contradicts the name, a ``RECORD`` that does not fit the files, or
        paths that lead out of it.
    :raises OSError: if the file cannot be opened.
    """
    with path.open("rb") as stream:
        try:
            return _read(path, stream)
        except InvalidWheelFilename as error:
            raise _malformed(path, str(error)) from None
        except RefusedWheel:
            raise
        except Exception as error:  # zipfile and the decompressors raise anything at all.
            why = str(error) or type(error).__name__
            raise _malformed(path, f"not a zip file that can be read: {why}") from None


def _read(path: Path, stream: IO[bytes]) -> Wheel:
    name, version, _, tags = parse_wheel_filename(path.name)
    with zipfile.ZipFile(stream) as archive:
        files = _files(archive, path)
        info = _dist_info(files, path, name, str(version))
        wheel = _headers(archive, f"{info}/WHEEL")
        metadata = _headers(archive, f"{info}/METADATA")
        problems = [
            *_format_problems(wheel),
            *_name_problems(metadata, name, str(version)),
            *_tag_problems(wheel.get_all("Tag") or [], tags),
            *_record_problems(archive, files, f"{info}/RECORD"),
        ]
        if problems:
            raise _malformed(path, *problems)
        objects = tuple(_objects(archive))
    return Wheel(
        path=path,
        name=name,
        version=str(version),
        tags=tags,
        requires_python=metadata.get("Requires-Python"),
        root_is_purelib=(wheel.get("Root-Is-Purelib") or "").strip().lower() == "true",
        files=files,
        objects=objects,
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
    missing = [n for n in ("METADATA", "RECORD", "WHEEL") if f"{info}/{n}" not in files]
    if missing:
        raise _malformed(path, *(f"{info}/{file}: missing" for file in missing))
    called, _, released = info.removesuffix(".dist-info").rpartition("-")
    if canonicalize_name(called) != name or canonicalize_version(released) != canonicalize_version(
        version
    ):
        raise _malformed(path, f"{info}: the file name says {name} {version}")
    return info


def _headers(archive: zipfile.ZipFile, name: str) -> email.message.Message:
    text = archive.read(name).decode("utf-8", errors="replace")
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


def _record_problems(
    archive: zipfile.ZipFile, files: tuple[str, ...], record: str
) -> Iterator[str]:
    text = archive.read(record).decode("utf-8", errors="replace")
    try:
        rows = {row[0]: row[1:] for row in csv.reader(io.StringIO(text)) if row}
    except csv.Error as error:
        yield f"RECORD: {error}"
        return
    exempt = {f"{PurePosixPath(record).parent}/{name}" for name in _NOT_IN_RECORD}
    for name in files:
        if name in exempt:
            continue
        if name not in rows:
            yield f"{name}: not in RECORD"
            continue
        algorithm, _, wanted = (rows[name][0] if rows[name] else "").partition("=")
        known = algorithm in hashlib.algorithms_guaranteed and algorithm not in _WEAK
        # A digest of SHAKE's has whatever length it is asked for.
        if not known or algorithm.startswith("shake_"):
            yield f"{name}: RECORD has no usable hash of it"
            continue
        data = archive.read(name)
        size = rows[name][1] if len(rows[name]) > 1 else ""
        if size and size != str(len(data)):
            yield f"{name}: its size is {len(data)}, RECORD says {size}"
        digest = hashlib.new(algorithm, data).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != wanted.rstrip("="):
            yield f"{name}: its {algorithm} is not the one in RECORD"
    for name in sorted(rows.keys() - set(files) - exempt):
        yield f"{name}: in RECORD and not in the wheel"


def _objects(archive: zipfile.ZipFile, prefix: str = "", depth: int = 0) -> Iterator[ObjectFile]:
    """Yield the object files in an archive, and in zip archives inside it."""
    for info in archive.infolist():
        if info.filename.endswith("/"):
            continue
        name = prefix + info.filename
        try:
            with archive.open(info) as stream:
                head = stream.read(64)
            # A .pyz may start with the line that names its interpreter.
            zipped = head.startswith(_ZIP_MAGIC) or info.filename.lower().endswith(_ZIP_SUFFIXES)
            zipped = zipped and depth == 0
            recognised = recognise(head, info.filename) is not None
            data = archive.read(info) if zipped or recognised else b""
        except Exception:
            if depth == 0:
                raise
            # An archive inside may be some test's damaged or encrypted one: the rest still counts.
            continue
        if zipped:
            yield from _nested_objects(data, f"{name}:", depth + 1)
        found = read_object(name, data) if recognised else None
        if found is not None:
            yield found


def _nested_objects(data: bytes, prefix: str, depth: int) -> Iterator[ObjectFile]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # Only named like one, or damaged.
        return
    with archive:
        yield from _objects(archive, prefix, depth)
