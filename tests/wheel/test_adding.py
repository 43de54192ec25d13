from __future__ import annotations

import zipfile
from pathlib import Path

from crosshook.wheel.adding import add_files, write_files
from crosshook.wheel.reading import read_wheel
from tests.factory import make_wheel


def test_added_files_are_recorded(tmp_path: Path) -> None:
    path = add_files(make_wheel(tmp_path, {"demo.py": b""}), {"sboms/a.json": b"{}"})
    wheel = read_wheel(path)
    assert "demo-1.0.dist-info/sboms/a.json" in wheel.files
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[-1] == "demo-1.0.dist-info/RECORD"
        assert b"demo-1.0.dist-info/sboms/a.json,sha256=" in archive.read(archive.namelist()[-1])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {"demo-1.0.dist-info/licenses/A": b"mine"})
    add_files(path, {"licenses/A": b"theirs"})
    with zipfile.ZipFile(path) as archive:
        assert archive.read("demo-1.0.dist-info/licenses/A") == b"mine"
    read_wheel(path)


def test_changed_files_are_recorded(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, {"demo.py": b"old", "other.py": b"other"})
    write_files(path, {"demo.py": b"changed"})
    assert "demo.py" in read_wheel(path).files
    with zipfile.ZipFile(path) as archive:
        assert (archive.read("demo.py"), archive.read("other.py")) == (b"changed", b"other")
        (record,) = (name for name in archive.namelist() if name.endswith("RECORD"))
        assert archive.read(record).count(b"demo.py,") == 1
