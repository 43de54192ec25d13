from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import random
import zipfile
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.wheel.reading import read_wheel
from tests.factory import make_elf, make_pe, make_wheel, make_zip

CODE = {"demo/__init__.py": b"answer = 42\n"}


def problems_of(path: Path) -> str:
    with pytest.raises(RefusedWheel) as caught:
        read_wheel(path)
    return "\n".join(caught.value.problems)


def test_what_a_wheel_is_and_holds(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, {**CODE, "demo/a.so": make_elf()}))
    assert (wheel.name, wheel.version, wheel.root_is_purelib) == ("demo", "1.0", True)
    assert {str(tag) for tag in wheel.tags} == {"py3-none-any"}
    assert "demo/__init__.py" in wheel.files
    assert [found.name for found in wheel.objects] == ["demo/a.so"]


def test_objects_are_found_under_any_name_and_in_nested_archives(tmp_path: Path) -> None:
    nested = make_zip({"inner/b.bin": make_elf()})
    files = {"demo/a.dat": make_elf(), "demo/vendored.whl": nested, "demo/c.zip": b"PK\3\4broken"}
    wheel = read_wheel(make_wheel(tmp_path, files))
    assert [f.name for f in wheel.objects] == ["demo/a.dat", "demo/vendored.whl:inner/b.bin"]


def test_a_zip_application_with_an_interpreter_line(tmp_path: Path) -> None:
    data = b"#!/usr/bin/env python3\n" + make_zip({"b.so": make_elf()})
    wheel = read_wheel(make_wheel(tmp_path, {"demo/a.pyz": data}))
    assert [found.name for found in wheel.objects] == ["demo/a.pyz:b.so"]


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/evil.py", "a/../../b.py", "C:/evil.py", "../evil/"],
)
def test_paths_that_lead_out(tmp_path: Path, name: str) -> None:
    assert "leads out of the wheel" in problems_of(make_wheel(tmp_path, {name: b""}))


def test_a_path_that_is_another_on_windows(tmp_path: Path) -> None:
    said = problems_of(make_wheel(tmp_path, {"demo\\evil.py": b""}))
    # There, zipfile has a slash in it, and the name is not the one in RECORD.
    assert ("not in RECORD" if os.name == "nt" else "leads out of the wheel") in said


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo/__init__.py", b"answer = 43\n")
    assert problems_of(path) == "demo/__init__.py: in the archive twice"


def test_record_that_does_not_fit(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE, record={"demo/__init__.py": "sha256=AAAA", "gone.py": "x"})
    said = problems_of(path)
    assert "demo/__init__.py: its sha256 is not the one in RECORD" in said
    assert "gone.py: in RECORD and not in the wheel" in said
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo/more.py", b"")
    assert "demo/more.py: not in RECORD" in problems_of(path)


@pytest.mark.parametrize("digest", ["", "md5=AAAA", "nonsense=AAAA", "shake_128=AAAA"])
def test_record_without_a_usable_hash(tmp_path: Path, digest: str) -> None:
    path = make_wheel(tmp_path, CODE, record={"demo/__init__.py": digest})
    assert "no usable hash" in problems_of(path)


def test_tags_that_differ_from_the_name(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE, wheel_tags=["cp313-cp313-win_arm64"])
    assert "its tags are cp313-cp313-win_arm64, the file name says py3-none-any" in problems_of(
        path
    )


def test_metadata_that_differs_from_the_name(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE, metadata_name="other")
    assert "Name is 'other', the file name says 'demo'" in problems_of(path)


def test_a_wheel_without_metadata(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(make_zip({"demo/__init__.py": b""}))
    assert problems_of(path).startswith("0 .dist-info directories")


@pytest.mark.parametrize("content", [b"", b"not a zip file", b"PK\3\4 half of one"])
def test_not_a_zip_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(content)
    assert "not a zip file" in problems_of(path)


def test_a_name_that_is_no_wheels(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE)
    odd = path.rename(tmp_path / "demo.whl")
    assert "Invalid wheel filename" in problems_of(odd)


def test_a_size_in_record_that_does_not_fit(tmp_path: Path) -> None:
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"x").digest()).rstrip(b"=").decode()
    rows = {"demo/a.py": f"sha256={digest},7"}
    path = make_wheel(tmp_path, {"demo/a.py": b"x"}, record=rows)
    assert problems_of(path) == "demo/a.py: its size is 1, RECORD says 7"


def test_a_record_that_is_no_csv(tmp_path: Path) -> None:
    assert "RECORD: " in problems_of(make_wheel(tmp_path, CODE, record={"a": "z" * 200_000}))


def test_a_tag_that_is_none(tmp_path: Path) -> None:
    assert "WHEEL: " in problems_of(make_wheel(tmp_path, CODE, wheel_tags=["nonsense"]))


def test_the_metadata_of_another_release(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE)
    moved = path.rename(tmp_path / "demo-1.1-py3-none-any.whl")
    assert "demo-1.0.dist-info: the file name says demo 1.1" in problems_of(moved)


def test_files_that_cannot_be_decompressed(tmp_path: Path) -> None:
    source = make_wheel(tmp_path, {"demo/a.py": bytes(range(256)) * 9})
    path = tmp_path / "compressed" / source.name
    path.parent.mkdir()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    data = bytearray(path.read_bytes())
    data[50:100] = b"\xff" * 50
    path.write_bytes(data)
    assert "not a zip file that can be read" in problems_of(path)


def test_encrypted_files(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in problems_of(path)


def edited(path: Path, name: str, content: bytes) -> Path:
    """Give a file of a wheel another content, and RECORD the hashes that go with it."""
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in archive.namelist() if not n.endswith("/RECORD")}
    files[f"demo-1.0.dist-info/{name}"] = content
    digests = {n: hashlib.sha256(data).digest() for n, data in files.items()}
    rows = [
        f"{n},sha256={base64.urlsafe_b64encode(digest).rstrip(b'=').decode()},"
        for n, digest in digests.items()
    ]
    record = "\n".join([*rows, "demo-1.0.dist-info/RECORD,,"])
    path.write_bytes(make_zip({**files, "demo-1.0.dist-info/RECORD": record.encode()}))
    return path


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Wheel-Version: 1.9\n", None),
        ("Wheel-Version: 2.0\n", "WHEEL: Wheel-Version is '2.0', this reads 1"),
        ("", "WHEEL: Wheel-Version is None, this reads 1"),
    ],
)
def test_the_version_of_the_format(tmp_path: Path, line: str, problem: str | None) -> None:
    content = f"{line}Root-Is-Purelib: true\nTag: py3-none-any\n".encode()
    path = edited(make_wheel(tmp_path, CODE), "WHEEL", content)
    if problem is None:
        assert read_wheel(path).root_is_purelib
    else:
        assert problems_of(path) == problem


@pytest.mark.parametrize("version", ["1.1", "nonsense", "9" * 5000, ""])
def test_a_version_in_the_metadata_that_is_not_the_names(tmp_path: Path, version: str) -> None:
    content = f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n".encode()
    path = edited(make_wheel(tmp_path, CODE), "METADATA", content)
    assert problems_of(path) == f"METADATA: Version is {version!r}, the file name says '1.0'"


def test_two_dist_info_directories(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {**CODE, "other-1.0.dist-info/METADATA": b""})
    assert problems_of(path) == "2 .dist-info directories, not one"


@pytest.mark.parametrize("file", ["METADATA", "RECORD", "WHEEL"])
def test_a_file_of_the_metadata_is_missing(tmp_path: Path, file: str) -> None:
    path = make_wheel(tmp_path, CODE)
    with zipfile.ZipFile(path) as archive:
        files = {n: archive.read(n) for n in archive.namelist() if not n.endswith(f"/{file}")}
    path.write_bytes(make_zip(files))
    assert problems_of(path) == f"demo-1.0.dist-info/{file}: missing"


def test_problems_come_in_order(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, CODE, record=dict.fromkeys("hgfedcba", ""))
    said = problems_of(path).splitlines()
    assert said == [f"{name}: in RECORD and not in the wheel" for name in "abcdefgh"]


def test_an_object_file_with_a_zip_file_behind_it(tmp_path: Path) -> None:
    data = make_elf() + make_zip({"b.pyd": make_pe()})
    wheel = read_wheel(make_wheel(tmp_path, {"demo/a.zip": data}))
    assert [found.name for found in wheel.objects] == ["demo/a.zip:b.pyd", "demo/a.zip"]


def test_a_nested_archive_that_can_be_read_in_part(tmp_path: Path) -> None:
    nested = bytearray(make_zip({"encrypted": b"x", "b.so": make_elf()}))
    nested[6] |= 1
    nested[nested.index(b"PK\1\2") + 8] |= 1
    wheel = read_wheel(make_wheel(tmp_path, {"demo/a.zip": bytes(nested)}))
    assert [found.name for found in wheel.objects] == ["demo/a.zip:b.so"]


@pytest.mark.parametrize(
    "name",
    ["demo-1.0-py3-none.whl", "demo-x!-py3-none-any.whl", "demo-1.0.zip", "-1.0-py3-none-any.whl"],
)
def test_file_names_that_are_no_wheels(tmp_path: Path, name: str) -> None:
    assert problems_of(make_wheel(tmp_path, CODE).rename(tmp_path / name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_wheel(tmp_path / "demo-1.0-py3-none-any.whl")


def test_damaged_wheels_are_refused_and_never_a_traceback(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {**CODE, "demo/a.zip": make_zip({"b.so": b"\x7fELF"})})
    sample = path.read_bytes()
    damaged = [sample[:length] for length in range(len(sample))]
    chance = random.Random(20)
    # 0 and 12 are where zipfile's own errors are not its own: no name, and bzip2.
    for byte in (0, 12, *(chance.randrange(256) for _ in range(2))):
        for place in range(len(sample)):
            damaged.append(sample[:place] + bytes([byte]) + sample[place + 1 :])
    for data in damaged:
        path.write_bytes(data)
        with contextlib.suppress(RefusedWheel):
            read_wheel(path)
