"""What differs between two wheels that should be the same."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.frontend.reproducible import check_same

NAME = "demo-1.0-py3-none-any.whl"
DATE = (2020, 2, 2, 0, 0, 0)


def wheel(
    directory: Path,
    members: Sequence[tuple[str, bytes]],
    *,
    date: tuple[int, int, int, int, int, int] = DATE,
    mode: int = 0o644,
    method: int = zipfile.ZIP_DEFLATED,
) -> Path:
    directory.mkdir()
    with zipfile.ZipFile(directory / NAME, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, date)
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, data)
    return directory / NAME


ONE = (("a.py", b"one\ntwo\n"), ("b.so", b"\0\xff\0"))


def test_the_same(tmp_path: Path) -> None:
    check_same(wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", ONE))


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ((ONE[0], ("b.so", b"\0\xff\1")), "b.so: byte 2 of 3 and 3"),
        ((ONE[0], ("b.so", b"\0\xff")), "b.so: byte 2 of 3 and 2"),
        ((("a.py", b"one\n2\n"), ONE[1]), "a.py: line 2: 'two' and '2'"),
        ((("a.py", b"one\n"), ONE[1]), "a.py: line 2: 'two' and ''"),
        ((("a.py", b"one\r\ntwo\n"), ONE[1]), "a.py: byte 3 of 8 and 9"),
        ((ONE[0],), "b.so: only there the first time"),
        ((*ONE, ("c", b"")), "c: only there the second time"),
        (ONE[::-1], "the order of its members"),
    ],
)
def test_what_differs(tmp_path: Path, second: Sequence[tuple[str, bytes]], said: str) -> None:
    with pytest.raises(RefusedWheel) as caught:
        check_same(wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", second))
    assert said in caught.value.problems


def test_dates(tmp_path: Path) -> None:
    first, second = wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", ONE, date=(2021, *DATE[1:]))
    with pytest.raises(RefusedWheel) as caught:
        check_same(first, second)
    assert caught.value.problems[0] == "a.py: its date: 2020-02-02 00:00:00 and 2021-02-02 00:00:00"


def test_modes(tmp_path: Path) -> None:
    with pytest.raises(RefusedWheel) as caught:
        check_same(wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", ONE, mode=0o600))
    assert caught.value.problems[0] == "a.py: its mode: 0o644 and 0o600"


def test_packing(tmp_path: Path) -> None:
    big = (("a.py", b"x" * 999),)
    with pytest.raises(RefusedWheel) as caught:
        check_same(
            wheel(tmp_path / "1", big), wheel(tmp_path / "2", big, method=zipfile.ZIP_STORED)
        )
    assert caught.value.problems == ("a.py: how it is packed",)


def test_what_no_member_tells(tmp_path: Path) -> None:
    first, second = wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", ONE)
    with zipfile.ZipFile(second, "a") as archive:
        archive.comment = b"made today"
    with pytest.raises(RefusedWheel) as caught:
        check_same(first, second)
    assert caught.value.problems == ("the archive around its members",)


def test_names(tmp_path: Path) -> None:
    first, second = wheel(tmp_path / "1", ONE), wheel(tmp_path / "2", ONE)
    second = second.rename(second.with_name("demo-1.1-py3-none-any.whl"))
    with pytest.raises(RefusedWheel) as caught:
        check_same(first, second)
    assert caught.value.problems == ("its name: demo-1.1-py3-none-any.whl the second time",)
