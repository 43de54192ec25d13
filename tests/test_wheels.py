from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.wheels import read_wheel
from tests.factory import make_elf, make_wheel, make_zip

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
    ["../evil.py", "/etc/evil.py", "demo\\evil.py", "a/../../b.py", "C:/evil.py", "../evil/"],
)
def test_paths_that_lead_out(tmp_path: Path, name: str) -> None:
    assert "leads out of the wheel" in problems_of(make_wheel(tmp_path, {name: b""}))


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


@pytest.mark.parametrize("digest", ["", "md5=AAAA", "nonsense=AAAA"])
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
