from __future__ import annotations

import random
import struct

import pytest

from crosshook.wheel.objects import Import, read_object, recognise
from tests.factory import make_archive, make_elf, make_fat, make_mach_o, make_pe

FAT = make_fat(make_mach_o(0x01000007), make_mach_o())


def test_elf() -> None:
    data = make_elf(needed=("libc.so.6", "libm.so.6"), versions={"libc.so.6": ("GLIBC_2.17",)})
    found = read_object("a.so", data)
    assert found is not None
    assert found.description == "ELF shared library for aarch64"
    assert found.needed == ("libc.so.6", "libm.so.6")
    assert found.versions == ("GLIBC_2.17",)
    assert found.modules == ("_core",)


@pytest.mark.parametrize(
    ("machine", "name"), [(0xAA64, "aarch64"), (0x8664, "x86_64"), (0x14C, "x86")]
)
def test_pe(machine: int, name: str) -> None:
    imports = {"python313.dll": ("PyList_New", "PyDict_New"), "KERNEL32.dll": ("Sleep",)}
    found = read_object("a.pyd", make_pe(machine, imports=imports))
    assert found is not None
    assert found.description == f"PE shared library for {name}"
    assert found.imports == imports
    assert found.needed == ("python313.dll", "KERNEL32.dll")
    assert found.modules == ("_core",)


def test_archive_of_elf_objects_and_of_short_imports() -> None:
    found = read_object("a.a", make_archive(make_elf(62), make_elf(183)))
    assert found is not None
    assert found.description == "ar archive of ELF for x86_64 and ELF for aarch64"
    short = struct.pack("<HHHHIIHH", 0, 0xFFFF, 0, 0xAA64, 0, 12, 0, 0) + b"PyX\0python3\0"
    found = read_object("a.lib", make_archive(short))
    assert found is not None
    assert found.description == "ar archive of COFF for aarch64"


@pytest.mark.parametrize(
    ("head", "name", "format_"),
    [
        (b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C), "a", "Mach-O"),
        (b"\xca\xfe\xba\xbe" + struct.pack(">II", 2, 0x01000007), "a", "Mach-O"),
        (b"\xca\xfe\xba\xbe" + struct.pack(">HH", 0, 61), "A.class", None),
        (b"\0asm\1\0\0\0", "a.wasm", "wasm"),
        (b"BC\xc0\xde", "a.bc", "LLVM bitcode"),
        (struct.pack("<HH", 0x8664, 3), "a.obj", "COFF"),
        (struct.pack("<HH", 0x8664, 3), "a.dat", None),
        (struct.pack("<HHIIIHH", 0x8664, 3, 0, 0, 0, 0, 0) + b".text\0\0\0", "a.dat", "COFF"),
        (struct.pack("<HHIIIHH", 0x8664, 3, 0, 0, 0, 9, 0) + b".text\0\0\0", "a.dat", None),
        (struct.pack("<HHHH", 0, 0xFFFF, 2, 0xAA64), "a.obj", "COFF"),
        (b"\xca\xfe\xba\xbf" + struct.pack(">II", 2, 0x01000007), "a", "Mach-O"),
        (b"#!/bin/sh\n", "a.so", None),
        (b"", "a.so", None),
    ],
)
def test_files_are_recognised_by_what_they_hold(
    head: bytes, name: str, format_: str | None
) -> None:
    assert recognise(head, name) == format_


def test_mach_o_machines() -> None:
    found = read_object("a.dylib", FAT)
    assert found is not None
    assert found.description == "Mach-O shared library for x86_64 and arm64"


@pytest.mark.parametrize("before_2018", [False, True])
def test_mach_o(before_2018: bool) -> None:
    needed = ("/usr/lib/libSystem.B.dylib", "@rpath/libdemo.1.dylib")
    found = read_object("a.so", make_mach_o(needed=needed, macos=(10, 13), before_2018=before_2018))
    assert found is not None
    assert found.damage is None
    assert found.needed == needed
    assert found.system_version == (10, 13)
    assert found.modules == ("_core",)


def test_the_newest_macos_of_a_fat_files_parts_counts() -> None:
    found = read_object("a.so", make_fat(make_mach_o(0x01000007, macos=(10, 9)), make_mach_o()))
    assert found is not None
    assert found.system_version == (11, 0)


def test_text_that_starts_with_mz_is_no_object() -> None:
    assert read_object("a.txt", b"MZ is how DOS programs start. " * 10) is None


SAMPLES = {
    "ELF": make_elf(versions={"libc.so.6": ("GLIBC_2.17",)}),
    "PE": make_pe(imports={"python313.dll": ("PyList_New",)}),
    "PE32": make_pe(0x14C, imports={"python313.dll": ("PyList_New",)}),
    "ar": make_archive(make_elf()),
    "Mach-O": FAT,
}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_file_that_is_cut_off_never_passes_for_whole(sample: bytes) -> None:
    # An archive's last byte may be there to make it even.
    for length in range(len(sample.rstrip(b"\n"))):
        found = read_object("a.so", sample[:length])
        empty_archive = sample[:length] == b"!<arch>\n"
        assert found is None or found.damage or empty_archive, length
    found = read_object("a.so", sample)
    assert found is not None
    assert found.damage is None


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_damaged_files_are_described_and_never_a_traceback(sample: bytes) -> None:
    chance = random.Random(20)
    for changes in (1, 3):
        for _ in range(400):
            damaged = bytearray(sample)
            for _ in range(changes):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            read_object("a.so", bytes(damaged))


def test_archives_with_names_in_front_of_the_content() -> None:
    member = b"member.o\0\0\0\0" + b"\xcf\xfa\xed\xfe" + struct.pack("<I", 0x0100000C)
    header = b"#1/12           0           0     0     644     %-10d`\n" % len(member)
    found = read_object("a.a", b"!<arch>\n" + header + member)
    assert found is not None
    assert found.description == "ar archive of Mach-O for arm64"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (make_archive(b"x" * 60).replace(b" 60 ", b" -60"), "is cut off"),
        (make_archive(make_elf())[:-10], "is cut off"),
        (make_archive(make_elf()) + b"member.o/", "is cut off"),
        (b"!<thin>\n", "a thin archive"),
    ],
)
def test_damaged_archives(data: bytes, why: str) -> None:
    found = read_object("a.a", data)
    assert found is not None
    assert found.damage is not None
    assert why in found.damage


def test_a_damaged_count_of_versions_is_not_believed() -> None:
    # One entry, with one version; the name of its library is the first text of all.
    requirement = struct.pack("<HHI", 1, 1, 1)
    data = make_elf(versions={"libc.so.6": ("GLIBC_2.17",)})
    assert data.count(requirement) == 1
    found = read_object("a.so", data.replace(requirement, struct.pack("<HHI", 1, 0xFFFF, 1)))
    assert found is not None
    assert found.versions == ("GLIBC_2.17",)


def test_a_segment_that_is_larger_than_the_file() -> None:
    data = bytearray(make_elf())
    struct.pack_into("<Q", data, 64 + 32, 1 << 60)
    found = read_object("a.so", bytes(data))
    assert found is not None
    assert "larger than the file" in str(found.damage)


def test_a_dll_that_two_entries_import_from() -> None:
    imports = {"python313.dll": ("PyList_New",), "PYTHON313.dll": ("PyDict_New", "PyList_New")}
    data = make_pe(imports=imports).replace(b"PYTHON313", b"python313")
    found = read_object("a.pyd", data)
    assert found is not None
    assert found.imports == {"python313.dll": ("PyList_New", "PyDict_New")}


def test_a_mach_o_header_that_is_cut_off() -> None:
    for data in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe" + struct.pack(">II", 2, 7)):
        found = read_object("a.dylib", data)
        assert found is not None
        assert found.damage is not None


def test_a_section_that_ends_behind_the_file() -> None:
    data = bytearray(with_section(make_elf(), 1, b"content"))
    struct.pack_into("<Q", data, len(data) - 64 + 32, 1000)
    found = read_object("a.so", bytes(data))
    assert found is not None
    assert "larger than the file" in str(found.damage)


def test_a_section_without_data_in_the_file_is_no_damage() -> None:
    data = bytearray(make_pe(exports=()))
    # Linkers leave .bss like this: a size, and nothing that it is the size of.
    struct.pack_into("<I", data, data.index(b".rdata") + 16, len(data) * 2)
    struct.pack_into("<I", data, data.index(b".rdata") + 20, 0)
    found = read_object("a.pyd", bytes(data))
    assert found is not None
    assert found.damage is None


def test_text_in_an_archive_that_starts_with_mz() -> None:
    found = read_object("a.lib", make_archive(make_elf(), b"MZ is how DOS programs start. " * 10))
    assert found is not None
    assert found.description == "ar archive of ELF for aarch64"


def test_names_that_are_imported_when_first_called() -> None:
    data = bytearray(make_pe(imports={"python313.dll": ("PyList_New",)}))
    directories = data.index(b"PE\0\0") + 24 + 112
    (imported,) = struct.unpack_from("<I", data, directories + 8)
    table, _, _, dll, bound = struct.unpack_from("<5I", data, 512 + imported - 0x1000)
    place = len(data) - 64
    assert not any(data[place:])
    struct.pack_into("<8I", data, place, 1, dll, 0, bound, table, 0, 0, 0)
    struct.pack_into("<II", data, directories + 8, 0, 0)
    struct.pack_into("<II", data, directories + 13 * 8, 0x1000 + place - 512, 64)
    found = read_object("a.pyd", bytes(data))
    assert found is not None
    assert found.imports == {"python313.dll": ("PyList_New",)}


@pytest.mark.parametrize(
    ("wide", "order", "description"),
    [
        (True, "<", "ELF shared library for aarch64"),
        (False, "<", "ELF shared library for aarch64, 32-bit"),
        (True, ">", "ELF shared library for aarch64, big-endian"),
        (False, ">", "ELF shared library for aarch64, 32-bit, big-endian"),
    ],
)
def test_processors_that_share_a_machine_number(wide: bool, order: str, description: str) -> None:
    found = read_object("a.so", make_elf(183, needed=(), wide=wide, order=order))
    assert found is not None
    assert found.damage is None
    assert found.description == description


@pytest.mark.parametrize(
    ("machine", "wide", "order", "description"),
    [
        (22, True, ">", "ELF shared library for s390x"),
        (22, False, ">", "ELF shared library for s390x, 32-bit"),
        (22, True, "<", "ELF shared library for s390x, little-endian"),
        (3, False, "<", "ELF shared library for i686"),
        (40, False, "<", "ELF shared library for armv7l"),
        (40, False, ">", "ELF shared library for armv7l, big-endian"),
        (21, True, "<", "ELF shared library for ppc64le"),
        (21, True, ">", "ELF shared library for ppc64le, big-endian"),
        (243, True, "<", "ELF shared library for riscv64"),
        (243, False, "<", "ELF shared library for riscv64, 32-bit"),
        (8, False, ">", "ELF shared library for mips, 32-bit, big-endian"),
    ],
)
def test_what_is_usual_for_a_machine_number_is_not_said(
    machine: int, wide: bool, order: str, description: str
) -> None:
    found = read_object("a.so", make_elf(machine, needed=(), wide=wide, order=order))
    assert found is not None
    assert found.description == description


# Counts that a file claims, and does not have


def claiming(head: bytes, size: int = 4096) -> bytes:
    return head + bytes(size)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (
            claiming(struct.pack("<8I", 0xFEEDFACF, 0x0100000C, 0, 6, 10**7, 8 * 10**7, 0, 0)),
            "it claims 10000000 load commands",
        ),
        (claiming(b"\xca\xfe\xba\xbf" + struct.pack(">I", 10**6)), "for 1000000 processors"),
        (
            make_mach_o(signed=False).replace(
                struct.pack("<I", 0x2) + struct.pack("<I", 24),
                struct.pack("<I", 0x2) + struct.pack("<I", 4),
            ),
            "smaller than its header",
        ),
    ],
)
def test_counts_are_not_believed(data: bytes, why: str) -> None:
    found = read_object("a.dylib", data)
    assert found is not None
    assert why in str(found.damage)


# What loaders read


def with_section(elf: bytes, kind: int, content: bytes) -> bytes:
    """Return an ELF file with one section, whatever its segments say."""
    wide, order = elf[4] == 2, "<" if elf[5] == 1 else ">"
    at = len(elf) + len(content)
    layout, place, size = ("IIQQQQIIQQ", 40, 64) if wide else ("10I", 32, 40)
    header = struct.pack(order + layout, 0, kind, 0, 0, len(elf), len(content), 0, 0, 1, 0)
    data = bytearray(elf + content + header)
    struct.pack_into(order + ("Q" if wide else "I"), data, place, at)
    struct.pack_into(order + "HH", data, 58 if wide else 46, size, 1)
    return bytes(data)


def test_the_loaders_view_and_not_that_of_sections() -> None:
    # A dynamic section that names no library: linkers and readelf go by it, the loader does not.
    data = with_section(make_elf(needed=("libc.so.6", "libdemo.so")), 6, bytes(16))
    found = read_object("a.so", data)
    assert found is not None
    assert found.needed == ("libc.so.6", "libdemo.so")


def arm_attributes(*pairs: int) -> bytes:
    """Return a section that compilers for Arm write, with tags and their numbers."""
    attributes = b"\x05cortex-a9\0" + bytes(pairs)
    of_file = b"\x01" + struct.pack("<I", 5 + len(attributes)) + attributes
    return b"A" + struct.pack("<I", 10 + len(of_file)) + b"aeabi\0" + of_file


@pytest.mark.parametrize(
    ("attributes", "right"),
    [
        (arm_attributes(28, 1), True),
        (arm_attributes(6, 10, 28, 3), True),
        (arm_attributes(6, 10), False),
        (arm_attributes(28, 0), False),
        (b"", True),
        (b"B", True),
    ],
)
def test_software_floating_point_behind_a_flag_for_hardware(attributes: bytes, right: bool) -> None:
    elf = make_elf(40, needed=(), wide=False, flags=0x5000400)
    found = read_object("a.so", with_section(elf, 0x70000003, attributes))
    assert found is not None
    assert found.damage is None
    assert (found.images[0].flaws == ()) == right


@pytest.mark.parametrize("length", range(1, len(arm_attributes(6, 10))))
def test_attributes_that_are_cut_off(length: int) -> None:
    elf = make_elf(40, needed=(), wide=False, flags=0x5000400)
    found = read_object("a.so", with_section(elf, 0x70000003, arm_attributes(6, 10)[:length]))
    assert found is not None


@pytest.mark.parametrize(("wide", "order"), [(True, "<"), (False, "<"), (True, ">"), (False, ">")])
def test_symbols_of_elf(wide: bool, order: str) -> None:
    data = make_elf(
        wide=wide,
        order=order,
        versions={"libc.so.6": ("GLIBC_2.17", "GLIBC_2.28"), "libm.so.6": ("GLIBC_2.29",)},
        imports=("plain", "fcntl@GLIBC_2.28", "exp@GLIBC_2.29"),
        exports=("PyInit__core", "run"),
        paths={14: "libdemo.so.1", 15: "$ORIGIN/a:$ORIGIN/b", 29: "$ORIGIN"},
    )
    found = read_object("a.so", data)
    assert found is not None
    (image,) = found.images
    assert image.imports == (
        Import(name="plain"),
        Import(name="fcntl", library="libc.so.6"),
        Import(name="exp", library="libm.so.6"),
    )
    assert image.exports == {"PyInit__core", "run"}
    assert image.name == "libdemo.so.1"
    assert (image.rpath, image.runpath) == (("$ORIGIN/a", "$ORIGIN/b"), ("$ORIGIN",))
    assert image.versions == ("GLIBC_2.17", "GLIBC_2.28", "GLIBC_2.29")


def test_symbols_of_mach_o() -> None:
    needed = ("/usr/lib/libSystem.B.dylib", "@rpath/libdemo.dylib")
    data = make_mach_o(needed=needed, imports=("free@1", "run@2", "PyList_New"), name="@rpath/x")
    found = read_object("a.so", data)
    assert found is not None
    (image,) = found.images
    assert image.imports == (
        Import(name="free", library=needed[0]),
        Import(name="run", library=needed[1]),
        Import(name="PyList_New"),
    )
    assert (image.name, image.system, image.flaws) == ("@rpath/x", "macOS", ())
    flat = read_object("a.so", make_mach_o(imports=("free@1",), flags=0))
    assert flat is not None
    assert flat.images[0].imports == (Import(name="free"),)
