"""Another platform tag for a wheel, for backends that write the one of the machine they run on."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from pathlib import Path

from crosshook.errors import BackendError


def retag(wheel: Path, platform: str) -> Path:
    """Give a wheel a platform tag, in its name and in its metadata; return its new path.

    Whether the code in it keeps what the tag promises is for others to check. A wheel for ``any``
    platform is left as it is.

    :param platform: A wheel platform tag.
    :raises BackendError: if it is not a wheel.
    """
    stem, _, old = wheel.name.removesuffix(".whl").rpartition("-")
    if old == "any":
        return wheel
    new = wheel.with_name(f"{stem}-{platform}.whl")
    draft = wheel.with_name(f"{wheel.name}.retagged")
    try:
        with zipfile.ZipFile(wheel) as source:
            metadata = _metadata(source)
            said = source.read(metadata)
            # Of its name and its metadata, either may be right.
            if old == platform and _tags(_retagged(said, platform)) == _tags(said):
                return wheel
            with zipfile.ZipFile(draft, "w") as target:
                _copy(source, target, metadata, platform)
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        draft.unlink(missing_ok=True)
        raise BackendError(f"{wheel.name}: cannot be given the tag {platform}: {error}") from None
    wheel.unlink()
    return draft.rename(new)


def _metadata(source: zipfile.ZipFile) -> str:
    (metadata,) = (n for n in source.namelist() if n.endswith(".dist-info/WHEEL"))
    return metadata


def _copy(source: zipfile.ZipFile, target: zipfile.ZipFile, metadata: str, platform: str) -> None:
    record = metadata.removesuffix("WHEEL") + "RECORD"
    changed = {metadata: _retagged(source.read(metadata), platform)}
    changed[record] = _recorded(source.read(record), metadata, changed[metadata])
    for entry in source.infolist():
        data = changed.get(entry.filename)
        target.writestr(
            entry, source.read(entry) if data is None else data, compress_type=entry.compress_type
        )


def _tags(text: bytes) -> list[bytes]:
    return [line for line in text.splitlines() if line.lower().startswith(b"tag")]


def _retagged(text: bytes, platform: str) -> bytes:
    lines = []
    for line in text.decode().splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == "tag":
            line = f"{key}: {value.strip().rpartition('-')[0]}-{platform}"
        lines.append(line)
    return "\n".join([*dict.fromkeys(lines), ""]).encode()


def _recorded(text: bytes, name: str, data: bytes) -> bytes:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    for row in csv.reader(io.StringIO(text.decode(), newline="")):
        writer.writerow([name, f"sha256={digest}", len(data)] if row[:1] == [name] else row)
    return output.getvalue().encode()
