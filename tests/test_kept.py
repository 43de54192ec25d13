"""What is kept between builds is as it was made, whatever happened to it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook import _files, _kept
from crosshook.errors import CrosshookError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and modes as POSIX has them")


class Maker:
    """Makes the same directory again and again, and counts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.made = 0
        self.notes: list[str] = []

    def __call__(self) -> Path:
        return _kept.keep_directory(self.directory, self._make, note=self.notes.append)

    def _make(self, draft: Path) -> None:
        self.made += 1
        _files.write_files(draft, {"include/Python.h": "/* */", "libs/python311.lib": "lib"})
        (draft / "include" / "empty.h").touch()
        if sys.platform != "win32":
            (draft / "bin").mkdir()
            (draft / "bin" / "python3").write_bytes(b"\x7fELF")
            (draft / "bin" / "python3").chmod(0o755)
            (draft / "bin" / "python").symlink_to("python3")


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path / "cache" / "pythons" / "3.11-win_arm64")


def in_cache(directory: Path) -> set[str]:
    """Return what is there beside locks, which stay on some systems and go on others."""
    return {path.name for path in directory.iterdir()} - {
        path.name for path in directory.glob("*.lock")
    }


def test_it_is_made_once(maker: Maker) -> None:
    assert maker() == maker() == maker.directory
    assert maker.made == 1
    assert maker.notes == []
    assert in_cache(maker.directory.parent) == {maker.directory.name}


def as_file(path: Path) -> None:
    _files.remove(path)
    path.write_bytes(b"\xff\x00")


def as_link(path: Path) -> None:
    _files.remove(path)
    path.symlink_to("nowhere")


def to_another(link: Path) -> None:
    link.unlink()
    link.symlink_to("sh")


def same_size(path: Path) -> None:
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def of_another_format(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": 99}))


MANIFEST = _kept.MANIFEST
Damage = Callable[[Path], object]

DAMAGES: list[tuple[str, Damage, str]] = [
    ("include", shutil.rmtree, "include/Python.h is missing"),
    ("include/Python.h", Path.unlink, "include/Python.h is missing"),
    ("include/Python.h", same_size, "include/Python.h was changed"),
    ("include/Python.h", lambda file: file.write_text(""), "include/Python.h was changed"),
    ("include/stdio.h", Path.touch, "include/stdio.h does not belong there"),
    ("include/Python.h", as_link, "include/Python.h was changed"),
    ("include", as_file, "include does not belong there"),
    ("include", as_link, "include does not belong there"),
    ("libs/python311.lib", Path.unlink, "libs/python311.lib is missing"),
    ("bin/python3", lambda file: file.chmod(0o644), "bin/python3 was changed"),
    ("bin/python", to_another, "bin/python was changed"),
    (MANIFEST, Path.unlink, "has no manifest that can be read"),
    (MANIFEST, lambda file: file.write_bytes(b"\xff\xfe{"), "has no manifest that can be read"),
    (MANIFEST, lambda file: file.write_text("[" * 100_000), "has no manifest that can be read"),
    (MANIFEST, lambda file: file.write_text("[]"), "has no manifest that can be read"),
    (MANIFEST, lambda file: file.write_text('{"format": 1, "entries": []}'), "has no manifest"),
    (MANIFEST, of_another_format, "does not belong there"),
    (".", shutil.rmtree, ""),
    (".", as_file, "is not a directory"),
    (".", as_link, "is not a directory"),
]


@POSIX
@pytest.mark.parametrize(("name", "damage", "why"), DAMAGES)
def test_what_was_damaged_is_made_anew(maker: Maker, name: str, damage: Damage, why: str) -> None:
    maker()
    damage(maker.directory / name if name != "." else maker.directory)
    assert _kept.what_is_wrong(maker.directory) is not None
    maker()
    assert maker.made == 2
    assert _kept.what_is_wrong(maker.directory) is None
    assert (maker.directory / "include" / "Python.h").read_text() == "/* */"
    if why:
        (note,) = maker.notes
        assert why in note
        assert note.startswith(f"{maker.directory}: ")
        assert note.endswith("; made anew")
    maker()
    assert maker.made == 2


def test_bytecode_does_no_harm(maker: Maker) -> None:
    maker()
    (maker.directory / "include" / "__pycache__").mkdir()
    (maker.directory / "include" / "__pycache__" / "x.pyc").touch()
    maker()
    assert maker.made == 1


def test_what_has_to_be_in_it(tmp_path: Path) -> None:
    def make(name: str) -> None:
        _kept.keep_directory(
            tmp_path / "stubs", lambda draft: (draft / name).touch(), note=print, names=[name]
        )

    make("one.a")
    make("two.a")
    assert (tmp_path / "stubs" / "two.a").is_file()


def test_nothing_is_left_where_it_cannot_be_made(tmp_path: Path) -> None:
    def fail(draft: Path) -> None:
        (draft / "half").touch()
        raise CrosshookError("no")

    with pytest.raises(CrosshookError, match="no"):
        _kept.keep_directory(tmp_path / "kept", fail, note=print)
    assert in_cache(tmp_path) == set()


@POSIX
@pytest.mark.parametrize("damage", [as_file, as_link, lambda path: path.mkdir()])
def test_a_lock_of_a_wrong_kind(maker: Maker, damage: Damage) -> None:
    maker.directory.parent.mkdir(parents=True)
    damage(maker.directory.parent / f"{maker.directory.name}.lock")
    maker()
    assert maker.made == 1


@POSIX
def test_an_abandoned_draft_is_removed_and_never_taken(maker: Maker) -> None:
    draft = maker.directory.parent / f"{_files.DRAFT}abc"
    (draft / "include").mkdir(parents=True)
    maker()
    assert not draft.exists()


def test_a_file_above_is_named(tmp_path: Path) -> None:
    (tmp_path / "pythons").touch()
    maker = Maker(tmp_path / "pythons" / "3.11")
    with pytest.raises(CrosshookError, match="has to be a directory") as caught:
        maker()
    assert caught.value.hint == f"rm '{tmp_path / 'pythons'}'"


def test_what_changes_during_a_build(maker: Maker) -> None:
    maker()
    _kept.check_unchanged(maker.directory)
    (maker.directory / "include" / "Python.h").write_text("other")
    with pytest.raises(CrosshookError, match=r"Python\.h was changed, since the build began"):
        _kept.check_unchanged(maker.directory)
