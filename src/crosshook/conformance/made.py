"""Wheels and object files made by hand, byte by byte, so that no compiler is needed.

Standard library only: a copy of this file lies beside the backends of :mod:`odd_backend`, where
crosshook may not be importable.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

X86_64, AARCH64 = 62, 183
"""``e_machine`` of ELF files."""


def make_wheel(
    directory: Path,
    files: Mapping[str, bytes],
    *,
    tag: str = "py3-none-any",
    purelib: bool = True,
    wheel_tags: Sequence[str] | None = None,
    metadata_name: str = "demo",
    requires_python: str = "",
    record: Mapping[str, str] | None = None,
) -> Path:
    """Write ``demo-1.0-TAG.whl``; what is said twice in a wheel can be made to differ."""
    info = "demo-1.0.dist-info"
    tags = "".join(f"Tag: {t}\n" for t in (wheel_tags or [tag]))
    metadata = f"Metadata-Version: 2.1\nName: {metadata_name}\nVersion: 1.0\n"
    metadata += f"Requires-Python: {requires_python}\n" if requires_python else ""
    wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: {str(purelib).lower()}\n{tags}"
    everything = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": wheel.encode(),
    }
    rows = {name: f"sha256={_digest(data)}" for name, data in everything.items()}
    rows.update(record or {})
    lines = [f"{name},{digest}," for name, digest in rows.items()] + [f"{info}/RECORD,,"]
    everything[f"{info}/RECORD"] = "\n".join(lines).encode()
    path = directory / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in everything.items():
            archive.writestr(name, data)
    return path


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def make_elf(
    machine: int = 183,
    *,
    needed: Sequence[str] = ("libc.so.6",),
    versions: Mapping[str, Sequence[str]] | None = None,
    exports: Sequence[str] = ("PyInit__core",),
    flags: int = 0,
) -> bytes:
    """Return a 64-bit little-endian shared library with just the sections that are looked at."""
    strings = bytearray(b"\0")

    def name_at(text: str) -> int:
        offset = len(strings)
        strings.extend(text.encode() + b"\0")
        return offset

    symbols = bytes(24) + b"".join(
        struct.pack("<IBBHQQ", name_at(name), 0x12, 0, 1, 0x1000, 16) for name in exports
    )
    dynamic = b"".join(struct.pack("<qQ", 1, name_at(library)) for library in needed) + bytes(16)
    requirements = b""
    for index, (library, names) in enumerate((versions or {}).items()):
        last = index == len(versions or {}) - 1
        step = 0 if last else 16 + 16 * len(names)
        requirements += struct.pack("<HHIII", 1, len(names), name_at(library), 16, step)
        for position, version in enumerate(names):
            following = 0 if position == len(names) - 1 else 16
            requirements += struct.pack("<IHHII", 0, 0, 2, name_at(version), following)
    # Section 2 is the string table that the others refer to.
    sections = [
        (".dynsym", 11, symbols, 2, 1, 24),
        (".dynstr", 3, bytes(strings), 0, 0, 0),
        (".dynamic", 6, dynamic, 2, 0, 16),
        (".gnu.version_r", 0x6FFFFFFE, requirements, 2, len(versions or {}), 0),
    ]
    section_names = b"\0" + b"".join(s[0].encode() + b"\0" for s in sections) + b".shstrtab\0"
    sections.append((".shstrtab", 3, section_names, 0, 0, 0))
    body = b""
    headers = bytes(64)
    for section, kind, data, link, info, entry in sections:
        place = section_names.index(section.encode())
        offset = 64 + len(body)
        headers += struct.pack(
            "<IIQQQQIIQQ", place, kind, 0, 0, offset, len(data), link, info, 8, entry
        )
        body += data
    identity = b"\x7fELF\x02\x01\x01" + bytes(9)
    start = struct.pack(
        "<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, 64 + len(body), flags, 64, 0, 0, 64, 6, 5
    )
    return identity + start + body + headers
