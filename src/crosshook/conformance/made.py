"""Wheels and object files made by hand, byte by byte, so that no compiler is needed.

Standard library only: a copy of this file lies beside the backends of :mod:`odd_backend`, where
crosshook may not be importable.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
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
    name: str = "demo",
    metadata_name: str | None = None,
    requires_python: str = "",
    record: Mapping[str, str] | None = None,
) -> Path:
    """Write ``NAME-1.0-TAG.whl``; what is said twice in a wheel can be made to differ."""
    info = f"{name}-1.0.dist-info"
    tags = "".join(f"Tag: {t}\n" for t in (wheel_tags or [tag]))
    metadata = f"Metadata-Version: 2.1\nName: {metadata_name or name}\nVersion: 1.0\n"
    metadata += f"Requires-Python: {requires_python}\n" if requires_python else ""
    wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: {str(purelib).lower()}\n{tags}"
    everything = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": wheel.encode(),
    }
    rows = {file: f"sha256={_digest(data)}" for file, data in everything.items()}
    rows.update(record or {})
    lines = [f"{file},{digest}," for file, digest in rows.items()] + [f"{info}/RECORD,,"]
    everything[f"{info}/RECORD"] = "\n".join(lines).encode()
    path = directory / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in everything.items():
            archive.writestr(file, data)
    return path


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def make_elf(
    machine: int = 183,
    *,
    needed: Sequence[str] = ("libc.so.6",),
    versions: Mapping[str, Sequence[str]] | None = None,
    exports: Sequence[str] = ("PyInit__core",),
    imports: Sequence[str] = (),
    paths: Mapping[int, str] | None = None,
    flags: int = 0,
    kind: int = 3,
    stack: int = 6,
    entries: Mapping[int, int] | None = None,
    wide: bool = True,
    order: str = "<",
) -> bytes:
    """Return an ELF file with just the segments and tables that a loader looks at.

    :param versions: The symbol versions that it requires, by library.
    :param imports: Symbols that relocations name; the version behind an ``@`` where there is one.
    :param paths: Texts of the dynamic segment by their tags: 14 ``SONAME``, 15 ``RPATH``,
        29 ``RUNPATH``.
    :param kind: ``e_type``; 3 is a shared library.
    :param entries: More numbers of the dynamic segment, by their tags.
    :param stack: The flags of ``PT_GNU_STACK``; the lowest bit is for executable.
    """
    strings = bytearray(b"\0")

    def name_at(text: str) -> int:
        offset = len(strings)
        strings.extend(text.encode() + b"\0")
        return offset

    word, header, entry = ("Q", 64, 56) if wide else ("I", 52, 32)
    requirements, numbers = _version_table(versions or {}, name_at, order)
    symbols, symbol_versions = bytes(24 if wide else 16), struct.pack(order + "H", 0)
    for name, bind, section in [(n, 0x10, 0) for n in imports] + [(n, 0x12, 1) for n in exports]:
        plain, _, version = name.partition("@")
        symbols += (
            struct.pack(order + "IBBHQQ", name_at(plain), bind, 0, section, 0, 16)
            if wide
            else struct.pack(order + "IIIBBH", name_at(plain), 0, 16, bind, 0, section)
        )
        symbol_versions += struct.pack(order + "H", numbers.get(version, 1))
    count = 1 + len(imports) + len(exports)
    infos = [(number + 1) << (32 if wide else 8) | 1 for number in range(len(imports))]
    relocations = b"".join(struct.pack(f"{order}3{word}", 0, info, 0) for info in infos)
    chain = [0, *range(2, count), 0] if count > 1 else [0]
    table = struct.pack(f"{order}{3 + count}I", 1, count, int(count > 1), *chain)
    texts = [(1, name_at(library)) for library in needed]
    texts += [(tag, name_at(text)) for tag, text in (paths or {}).items()]
    tables = {4: table, 6: symbols, 7: relocations, 0x6FFFFFFE: requirements}
    tables |= {0x6FFFFFF0: symbol_versions, 5: bytes(strings)}
    placed = [*texts, *(entries or {}).items(), (8, len(relocations)), (10, len(strings))]
    body = b""
    for tag, content in tables.items():
        if content:
            placed.append((tag, header + 3 * entry + len(body)))
            body += content + bytes(-len(content) % 8)
    dynamic = b"".join(struct.pack(f"{order}2{word}", *pair) for pair in [*placed, (0, 0)])
    at = header + 3 * entry + len(body)
    identity = b"\x7fELF" + bytes([1 + wide, 1 + (order == ">"), 1]) + bytes(9)
    start = struct.pack(
        f"{order}HHI3{word}I6H", kind, machine, 1, 0, header, 0, flags, header, entry, 3, 0, 0, 0
    )
    segments = ((1, 5, 0, at + len(dynamic)), (2, 6, at, len(dynamic)), (0x6474E551, stack, 0, 0))
    return identity + start + _segment_table(segments, wide, order) + body + dynamic


def _version_table(
    versions: Mapping[str, Sequence[str]], name_at: Callable[[str], int], order: str
) -> tuple[bytes, dict[str, int]]:
    """Return a table of required versions, and the number of each."""
    table = b""
    numbers: dict[str, int] = {}
    for index, (library, names) in enumerate(versions.items()):
        step = 0 if index == len(versions) - 1 else 16 + 16 * len(names)
        table += struct.pack(order + "HHIII", 1, len(names), name_at(library), 16, step)
        for position, version in enumerate(names):
            number = numbers.setdefault(version, 2 + len(numbers))
            following = 0 if position == len(names) - 1 else 16
            table += struct.pack(order + "IHHII", 0, 0, number, name_at(version), following)
    return table, numbers


def _segment_table(segments: Sequence[tuple[int, int, int, int]], wide: bool, order: str) -> bytes:
    """Return program headers for segments that are where the file has them."""
    table = b""
    for kind, flags, offset, size in segments:
        table += (
            struct.pack(order + "IIQQQQQQ", kind, flags, offset, offset, 0, size, size, 8)
            if wide
            else struct.pack(order + "8I", kind, offset, offset, 0, size, size, flags, 8)
        )
    return table
