"""Files inside a wheel are read once, in pieces, and no more of them than is needed."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.wheel.contents import Content, Limits, read_content
from crosshook.wheel.reading import read_wheel
from tests.factory import make_elf, make_wheel, make_zip

MIB = 1 << 20


def content_of(
    name: str, data: bytes, limits: Limits | None = None, algorithm: str | None = "sha256"
) -> Content:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    with zipfile.ZipFile(stream) as archive:
        (info,) = archive.infolist()
        return read_content(archive, info, limits or Limits(), algorithm=algorithm)


def test_sizes_and_hashes() -> None:
    data = bytes(range(256)) * 10_000
    found = content_of("a", data)
    assert (found.size, found.digest) == (len(data), hashlib.sha256(data).digest())
    assert content_of("a", data, algorithm=None).digest == b""


@pytest.mark.parametrize("head", [b"", b"\x7fELF"])
def test_a_large_file_is_never_in_memory(head: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a", "w") as file:
            file.write(head)
            for _ in range(90):
                file.write(bytes(MIB))
    with zipfile.ZipFile(stream) as archive:
        (info,) = archive.infolist()
        tracemalloc.start()
        found = read_content(archive, info, Limits(), algorithm="sha256")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert found.size == 90 * MIB + len(head)
    assert len(found.objects) == bool(head)
    # What is kept goes to a file from 64 MiB on.
    assert peak < (80 * MIB if head else 8 * MIB)


def test_an_object_file_that_is_too_large() -> None:
    data = make_elf()
    found = content_of("a.so", data, Limits(object_size=len(data) - 1))
    (damaged,) = found.objects
    assert "it is larger than 0 MiB, and was not read" in str(damaged.damage)
    assert found.size == len(data)
    (whole,) = content_of("a.so", data, Limits(object_size=len(data))).objects
    assert whole.damage is None


def test_an_archive_inside_is_read_as_far_as_its_limit() -> None:
    elf = make_elf()
    data = make_zip({"a.so": elf, "b.so": elf, "c.so": elf})
    found = content_of("v.zip", data, Limits(nested_size=2 * len(elf)))
    assert [one.name for one in found.objects] == ["v.zip:a.so", "v.zip:b.so"]


def test_an_archive_in_an_archive_is_not_looked_into() -> None:
    data = make_zip({"inner.zip": make_zip({"b.so": make_elf()}), "a.so": make_elf()})
    assert [one.name for one in content_of("v.zip", data).objects] == ["v.zip:a.so"]


@pytest.mark.parametrize(
    ("name", "data", "loads"),
    [
        ("a.py", b"import os\nos.add_dll_directory(x)", True),
        ("a.py", b"ctypes.CDLL(path)", True),
        ("a.py", b" " * (MIB - 4) + b"add_dll_directory", True),
        ("a.txt", b"add_dll_directory", False),
        ("a.py", b"print()", False),
    ],
)
def test_python_code_that_loads_libraries(name: str, data: bytes, loads: bool) -> None:
    assert content_of(name, data).loads_libraries == loads


def test_metadata_is_not_read_without_end(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {"a.py": b""})
    with pytest.raises(RefusedWheel) as caught:
        read_wheel(path, Limits(metadata_size=10))
    assert caught.value.problems == ("demo-1.0.dist-info/METADATA: larger than 0 MiB",)
