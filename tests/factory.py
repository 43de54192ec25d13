"""Wheels and object files made by hand, byte by byte: no compiler is needed to test their check."""

from __future__ import annotations

import base64
import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

MODULE = "demo/_core"


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


def make_zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


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


def make_program(loader: str, machine: int = 183) -> bytes:
    """Return the beginning of a 64-bit little-endian program that names a dynamic loader."""
    name = loader.encode() + b"\0"
    header = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    interp = struct.pack("<IIQQQQQQ", 3, 4, 120, 0, 0, len(name), len(name), 1)
    return b"\x7fELF\x02\x01\x01" + bytes(9) + header + interp + name


def make_pe(
    machine: int = 0xAA64,
    *,
    imports: Mapping[str, Sequence[str]] | None = None,
    exports: Sequence[str] = ("PyInit__core",),
) -> bytes:
    """Return a DLL with one section, which holds its import and export tables."""
    wide = machine != 0x14C
    base = 0x1000
    data = bytearray()

    def put(blob: bytes) -> int:
        while len(data) % 8:
            data.append(0)
        address = base + len(data)
        data.extend(blob)
        return address

    word = "<Q" if wide else "<I"
    descriptors = b""
    for dll, names in (imports or {}).items():
        thunks = b"".join(
            struct.pack(word, put(b"\0\0" + name.encode() + b"\0")) for name in names
        ) + struct.pack(word, 0)
        table, bound = put(thunks), put(thunks)
        descriptors += struct.pack("<IIIII", table, 0, 0, put(dll.encode() + b"\0"), bound)
    import_table = put(descriptors + bytes(20)) if imports else 0
    names_at = [put(name.encode() + b"\0") for name in exports]
    functions = put(struct.pack("<I", base) * len(exports))
    pointers = put(b"".join(struct.pack("<I", at) for at in names_at))
    ordinals = put(b"".join(struct.pack("<H", i) for i in range(len(exports))))
    count = len(exports)
    export_table = put(
        struct.pack(
            "<IIHHIIIIIII",
            0,
            0,
            0,
            0,
            put(b"demo.pyd\0"),
            1,
            count,
            count,
            functions,
            pointers,
            ordinals,
        )
    )
    size = (len(data) + 511) // 512 * 512
    directories = [(export_table, 40), (import_table, len(descriptors) + 20)] + [(0, 0)] * 14
    if wide:
        optional = struct.pack(
            "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
            0x20B, 0, 0, 0, 0, 0, 0, 0, 0x180000000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0,
            0x1000 + size, 512, 0, 2, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16,
        )  # fmt: skip
    else:
        optional = struct.pack(
            "<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII",
            0x10B, 0, 0, 0, 0, 0, 0, 0, 0, 0x10000000, 0x1000, 512, 6, 0, 0, 0, 6, 0, 0,
            0x1000 + size, 512, 0, 2, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16,
        )  # fmt: skip
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    header = bytearray(b"MZ" + bytes(0x3E))
    header[0x3C:0x40] = struct.pack("<I", 0x40)
    header += b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2022)
    header += optional
    header += struct.pack(
        "<8sIIIIIIHHI", b".rdata", len(data), base, size, 512, 0, 0, 0, 0, 0x40000040
    )
    return bytes(header.ljust(512, b"\0") + bytes(data).ljust(size, b"\0"))


def make_mach_o(
    cpu: int = 0x0100000C,
    *,
    needed: Sequence[str] = ("/usr/lib/libSystem.B.dylib",),
    macos: tuple[int, int] = (11, 0),
    before_2018: bool = False,
    exports: Sequence[str] = ("PyInit__core",),
) -> bytes:
    """Return a 64-bit bundle with the load commands that are looked at.

    :param before_2018: Say the oldest macOS in the older of two load commands.
    """
    version = macos[0] << 16 | macos[1] << 8
    if before_2018:
        commands = [struct.pack("<4I", 0x24, 16, version, version)]
    else:
        commands = [struct.pack("<6I", 0x32, 24, 1, version, version, 0)]
    for library in needed:
        text = library.encode() + b"\0" * (8 - len(library) % 8)
        commands.append(struct.pack("<6I", 0xC, 24 + len(text), 24, 0, 0, 0) + text)
    size = sum(map(len, commands)) + 24
    strings, table = b"\0", b""
    for name in exports:
        table += struct.pack("<IBBHQ", len(strings), 0x0F, 1, 0, 0x1000)
        strings += b"_" + name.encode() + b"\0"
    at = 32 + size
    where = (at, len(exports), at + len(table), len(strings))
    commands.append(struct.pack("<6I", 0x2, 24, *where))
    header = struct.pack("<8I", 0xFEEDFACF, cpu, 0, 8, len(commands), size, 0, 0)
    return header + b"".join(commands) + table + strings


def make_fat(*slices: bytes) -> bytes:
    """Return a fat file of thin ones."""
    start = 8 + 20 * len(slices)
    table, body = b"", b""
    for part in slices:
        cpu = part[4:8][::-1]
        table += cpu + struct.pack(">4I", 0, start + len(body), len(part), 0)
        body += part
    return b"\xca\xfe\xba\xbe" + struct.pack(">I", len(slices)) + table + body


def make_archive(*members: bytes) -> bytes:
    data = b"!<arch>\n"
    for member in members:
        data += b"member.o/       0           0     0     644     " + b"%-10d`\n" % len(member)
        data += member + b"\n" * (len(member) % 2)
    return data
