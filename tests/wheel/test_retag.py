"""Another platform tag for a wheel: its name, its metadata, and nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from crosshook.errors import BackendError
from crosshook.wheel.reading import read_wheel
from crosshook.wheel.retag import retag
from tests.factory import make_wheel

MODULE = "demo/_core.cpython-313-aarch64-linux-gnu.so"
OURS = "manylinux_2_28_aarch64"


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_native_wheel(tmp_path: Path) -> None:
    built = make_wheel(tmp_path, {MODULE: b"x"}, tag="cp313-cp313-linux_x86_64", purelib=False)
    before = contents(built)
    wheel = retag(built, OURS)
    assert wheel.name == f"demo-1.0-cp313-cp313-{OURS}.whl"
    assert [path.name for path in tmp_path.iterdir()] == [wheel.name]
    after = contents(wheel)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"demo-1.0.dist-info/WHEEL", "demo-1.0.dist-info/RECORD"}
    assert list(after) == list(before)
    # It checks the digests against the files.
    assert {str(tag) for tag in read_wheel(wheel).tags} == {f"cp313-cp313-{OURS}"}


def test_several_tags_become_one(tmp_path: Path) -> None:
    tag = "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64"
    built = make_wheel(
        tmp_path,
        {},
        tag=tag,
        wheel_tags=["cp313-cp313-manylinux_2_17_x86_64", "cp313-cp313-manylinux2014_x86_64"],
    )
    metadata = contents(retag(built, OURS))["demo-1.0.dist-info/WHEEL"].decode()
    assert metadata.count("Tag:") == 1


@pytest.mark.parametrize("tag", ["py3-none-any", f"cp313-cp313-{OURS}"])
def test_what_is_left_alone(tmp_path: Path, tag: str) -> None:
    built = make_wheel(tmp_path, {}, tag=tag)
    before = built.read_bytes()
    assert retag(built, OURS) == built
    assert built.read_bytes() == before


def test_metadata_that_the_name_does_not_agree_with(tmp_path: Path) -> None:
    built = make_wheel(
        tmp_path, {}, tag=f"cp313-cp313-{OURS}", wheel_tags=["cp313-cp313-linux_x86_64"]
    )
    wheel = retag(built, OURS)
    assert [path.name for path in tmp_path.iterdir()] == [wheel.name]
    assert {str(tag) for tag in read_wheel(wheel).tags} == {f"cp313-cp313-{OURS}"}


def test_not_a_wheel(tmp_path: Path) -> None:
    file = tmp_path / "demo-1.0-cp313-cp313-linux_x86_64.whl"
    file.write_bytes(b"nothing of the kind")
    with pytest.raises(BackendError, match=f"cannot be given the tag {OURS}"):
        retag(file, OURS)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
