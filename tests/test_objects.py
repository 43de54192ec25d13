from __future__ import annotations

import random
import struct

import pytest

from crosshook.objects import read_object, recognise
from tests.factory import make_archive, make_elf, make_pe


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
    fat = b"\xca\xfe\xba\xbe" + struct.pack(">I", 2)
    fat += struct.pack(">5I", 0x01000007, 3, 0x1000, 16, 12)
    fat += struct.pack(">5I", 0x0100000C, 0, 0x2000, 16, 12)
    found = read_object("a.dylib", fat)
    assert found is not None
    assert found.description == "Mach-O object file for x86_64 and arm64"


def test_text_that_starts_with_mz_is_no_object() -> None:
    assert read_object("a.txt", b"MZ is how DOS programs start. " * 10) is None


@pytest.mark.parametrize(
    "sample",
    [
        make_elf(versions={"libc.so.6": ("GLIBC_2.17",)}),
        make_pe(imports={"python313.dll": ("PyList_New",)}),
        make_archive(make_elf()),
    ],
    ids=["ELF", "PE", "ar"],
)
def test_damaged_files_are_described_and_never_a_traceback(sample: bytes) -> None:
    for length in range(0, len(sample), 7):
        read_object("a.so", sample[:length])
    chance = random.Random(20)
    for _ in range(400):
        damaged = bytearray(sample)
        for _ in range(3):
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
        (b"!<thin>\n", "a thin archive"),
    ],
)
def test_damaged_archives(data: bytes, why: str) -> None:
    found = read_object("a.a", data)
    assert found is not None
    assert found.damage is not None
    assert why in found.damage


def test_a_damaged_count_of_versions_is_not_believed() -> None:
    data = bytearray(make_elf(versions={"libc.so.6": ("GLIBC_2.17",)}))
    (headers,) = struct.unpack_from("<Q", data, 40)
    struct.pack_into("<I", data, headers + 4 * 64 + 44, 0x7FFFFFFF)
    found = read_object("a.so", bytes(data))
    assert found is not None
    assert found.versions == ("GLIBC_2.17",)
    struct.pack_into("<Q", data, headers + 4 * 64 + 32, 1 << 60)
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
