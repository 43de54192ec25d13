"""Wheels and object files made by hand, byte by byte: no compiler is needed to test their check."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence

from crosshook.conformance.made import make_elf as make_elf
from crosshook.conformance.made import make_wheel as make_wheel

MODULE = "demo/_core"


def make_zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


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
    characteristics: int = 0x2022,
    subsystem: int = 2,
    windows: tuple[int, int] = (6, 0),
) -> bytes:
    """Return a DLL with one section, which holds its import and export tables.

    :param windows: The version of the subsystem that it needs.
    """
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
            0x20B, 0, 0, 0, 0, 0, 0, 0, 0x180000000, 0x1000, 512, 6, 0, 0, 0, *windows, 0,
            0x1000 + size, 512, 0, subsystem, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16,
        )  # fmt: skip
    else:
        optional = struct.pack(
            "<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII",
            0x10B, 0, 0, 0, 0, 0, 0, 0, 0, 0x10000000, 0x1000, 512, 6, 0, 0, 0, *windows, 0,
            0x1000 + size, 512, 0, subsystem, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16,
        )  # fmt: skip
    optional += b"".join(struct.pack("<II", *entry) for entry in directories)
    header = bytearray(b"MZ" + bytes(0x3E))
    header[0x3C:0x40] = struct.pack("<I", 0x40)
    header += b"PE\0\0" + struct.pack(
        "<HHIIIHH", machine, 1, 0, 0, 0, len(optional), characteristics
    )
    header += optional
    header += struct.pack(
        "<8sIIIIIIHHI", b".rdata", len(data), base, size, 512, 0, 0, 0, 0, 0x40000040
    )
    return bytes(header.ljust(512, b"\0") + bytes(data).ljust(size, b"\0"))


ARM64 = 0x0100000C


def make_mach_o(
    cpu: int = ARM64,
    *,
    subtype: int = 0,
    kind: int = 8,
    needed: Sequence[str] = ("/usr/lib/libSystem.B.dylib",),
    weak: Sequence[str] = (),
    rpaths: Sequence[str] = (),
    name: str | None = None,
    macos: tuple[int, int] | None = (11, 0),
    platform: int = 1,
    before_2018: bool = False,
    exports: Sequence[str] = ("PyInit__core",),
    imports: Sequence[str] = (),
    flags: int = 0x80,
    signed: bool | None = None,
) -> bytes:
    """Return a 64-bit file with the load commands that are looked at, signed as arm64's are.

    :param kind: ``filetype``; 8 is a bundle.
    :param platform: That of the load command which says the oldest system.
    :param before_2018: Say the oldest macOS in the older of two load commands.
    :param imports: Undefined symbols; the number of a library behind an ``@`` where there is one.
    :param flags: Of the header; 0x80 has symbols name their libraries.
    """
    commands = [_text_command(0xC, library, 24) for library in needed]
    commands += [_text_command(0x80000018, library, 24) for library in weak]
    commands += [_text_command(0x8000001C, path, 12) for path in rpaths]
    commands += [_text_command(0xD, name, 24)] if name is not None else []
    if macos is not None:
        version = macos[0] << 16 | macos[1] << 8
        numbers = (0x24, 16, version, version)
        newer = (0x32, 24, platform, version, version, 0)
        commands.append(struct.pack("<4I", *numbers) if before_2018 else struct.pack("<6I", *newer))
    strings, table = b"\0", b""
    for exported in exports:
        table += struct.pack("<IBBHQ", len(strings), 0x0F, 1, 0, 0x1000)
        strings += b"_" + exported.encode() + b"\0"
    for imported in imports:
        plain, _, ordinal = imported.partition("@")
        table += struct.pack("<IBBHQ", len(strings), 0x01, 0, int(ordinal or 0xFE) << 8, 0)
        strings += b"_" + plain.encode() + b"\0"
    signed = cpu == ARM64 if signed is None else signed
    size = sum(map(len, commands)) + 24 + (16 if signed else 0)
    at = 32 + size
    count = len(exports) + len(imports)
    where = (at, count, at + len(table), len(strings))
    commands.append(struct.pack("<6I", 0x2, 24, *where))
    end = at + len(table) + len(strings)
    if signed:
        commands.append(struct.pack("<4I", 0x1D, 16, end, _signature_size(end)))
    header = struct.pack("<8I", 0xFEEDFACF, cpu, subtype, kind, len(commands), size, flags, 0)
    data = header + b"".join(commands) + table + strings
    return data + _signature(data) if signed else data


def _text_command(kind: int, text: str, at: int) -> bytes:
    """Return a load command with a text behind its numbers."""
    content = text.encode() + b"\0" * (8 - len(text) % 8)
    return struct.pack("<3I", kind, at + len(content), at) + bytes(at - 12) + content


def _signature_size(end: int) -> int:
    return 20 + 44 + 32 * -(-end // 4096)


def _signature(data: bytes) -> bytes:
    """Return an ad hoc code signature of a file's content."""
    pages = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    hashes = b"".join(hashlib.sha256(page).digest() for page in pages)
    numbers = (0xFADE0C02, 44 + len(hashes), 0x20100, 2, 44, 0, 0, len(pages), len(data))
    directory = struct.pack(">9I4BI", *numbers, 32, 2, 0, 12, 0) + hashes
    return struct.pack(">5I", 0xFADE0CC0, 20 + len(directory), 1, 0, 20) + directory


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
