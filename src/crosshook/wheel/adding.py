"""Add files to a wheel's ``.dist-info``."""

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
    if not files:
        return wheel
    new = wheel.with_suffix(".new")
    with zipfile.ZipFile(wheel) as source, zipfile.ZipFile(new, "w") as target:
        names = source.namelist()
        (metadata,) = (n for n in names if n.endswith(".dist-info/WHEEL") and n.count("/") == 1)
        info = metadata.removesuffix("WHEEL")
        added = {info + name: data for name, data in files.items() if info + name not in names}
        # RECORD is the last, as it is in other wheels.
        entries = sorted(source.infolist(), key=lambda one: one.filename == f"{info}RECORD")
        for entry in entries:
            data = source.read(entry)
            if entry.filename == f"{info}RECORD":
                for name, content in added.items():
                    target.writestr(
                        zipfile.ZipInfo(name, date_time=_DATE),
                        content,
                        compress_type=zipfile.ZIP_DEFLATED,
                    )
                data = _recorded(data, added)
            target.writestr(entry, data, compress_type=entry.compress_type)
    return new.replace(wheel)


def _recorded(record: bytes, added: Mapping[str, bytes]) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    writer.writerows(csv.reader(io.StringIO(record.decode(), newline="")))
    for name, data in added.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={digest}", len(data)])
    return output.getvalue().encode()
