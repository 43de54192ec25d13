"""Add files to a wheel's ``.dist-info``, and change files of a wheel."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip file can have: the same files make the same wheel."""


def add_files(wheel: Path, files: Mapping[str, bytes]) -> Path:
    """Add files to a wheel that :func:`crosshook.wheel.reading.read_wheel` took; return its path.

    :param files: By path relative to ``.dist-info``; what is there already stays.
    """
    with zipfile.ZipFile(wheel) as source:
        names = source.namelist()
    (metadata,) = (n for n in names if n.endswith(".dist-info/WHEEL") and n.count("/") == 1)
    info = metadata.removesuffix("WHEEL")
    added = {info + name: data for name, data in files.items() if info + name not in names}
    return write_files(wheel, added)


def write_files(wheel: Path, files: Mapping[str, bytes]) -> Path:
    """Add or change files of a wheel that :func:`crosshook.wheel.reading.read_wheel` took; return
    its path.

    :param files: By path in the wheel.
    """
    if not files:
        return wheel
    new = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(new, "w") as target:
        # RECORD is the last, as it is in other wheels.
        *entries, record = sorted(source.infolist(), key=lambda one: _is_record(one.filename))
        for entry in entries:
            data = files.get(entry.filename)
            target.writestr(
                entry,
                source.read(entry) if data is None else data,
                compress_type=entry.compress_type,
            )
        for name in sorted(files.keys() - {entry.filename for entry in entries}):
            target.writestr(
                zipfile.ZipInfo(name, date_time=_DATE),
                files[name],
                compress_type=zipfile.ZIP_DEFLATED,
            )
        recorded = _recorded(source.read(record), files)
        target.writestr(record, recorded, compress_type=record.compress_type)
    return new.replace(wheel)


def _is_record(name: str) -> bool:
    return name.endswith(".dist-info/RECORD") and name.count("/") == 1


def _recorded(record: bytes, files: Mapping[str, bytes]) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    rows = csv.reader(io.StringIO(record.decode(), newline=""))
    writer.writerows(row for row in rows if row[:1] and row[0] not in files)
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={digest}", len(data)])
    return output.getvalue().encode()
