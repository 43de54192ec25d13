"""Unpacking: good sdists come out whole, bad ones leave nothing behind."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.errors import SourceError, UsageError
from crosshook.frontend.sources import _archive
from crosshook.frontend.sources._archive import SDIST_SUFFIXES, is_sdist_name, unpack

from .conftest import PYPROJECT, sdist, tar_gz


def _member(name: str, kind: bytes, linkname: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = linkname
    return info


def _write(tmp_path: Path, content: bytes, name: str = "demo-1.0.tar.gz") -> Path:
    archive = tmp_path / name
    archive.write_bytes(content)
    return archive


def _refused(archive: Path, tmp_path: Path) -> SourceError:
    into = tmp_path / "work"
    with pytest.raises(SourceError) as caught:
        unpack(archive, into)
    assert list(into.iterdir()) == []
    assert str(archive) in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize("suffix", SDIST_SUFFIXES)
def test_every_format(tmp_path: Path, suffix: str) -> None:
    content = sdist("demo", "1.0")
    archive = tmp_path / f"Demö 1.0{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("demo-1.0/pyproject.toml", PYPROJECT)
    elif suffix == ".tar.bz2":
        archive.write_bytes(bz2.compress(gzip.decompress(content)))
    elif suffix == ".tar.xz":
        archive.write_bytes(lzma.compress(gzip.decompress(content)))
    else:
        archive.write_bytes(content)
    assert is_sdist_name(archive.name)
    tree = unpack(archive, tmp_path / "wörk dir")
    assert tree.name == "demo-1.0"
    assert (tree / "pyproject.toml").read_bytes() == PYPROJECT


def test_twice_into_the_same_directory(tmp_path: Path) -> None:
    archive = _write(tmp_path, sdist("demo", "1.0"))
    assert unpack(archive, tmp_path / "work") != unpack(archive, tmp_path / "work")


def test_names_that_start_with_a_dot(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({"./demo-1.0/setup.py": b""}))
    assert (unpack(archive, tmp_path / "work") / "setup.py").is_file()


def test_top_directory_is_not_called_as_the_file(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({"Other/setup.py": b""}), "demo-1.0.tar.gz")
    assert unpack(archive, tmp_path / "work").name == "Other"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_inside_the_tree_stay(tmp_path: Path) -> None:
    link = _member("demo-1.0/a/link", tarfile.SYMTYPE, "../setup.py")
    archive = _write(tmp_path, tar_gz({"demo-1.0/setup.py": b"x", link.name: link}))
    tree = unpack(archive, tmp_path / "work")
    assert (tree / "a" / "link").read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="no executable bit there")
def test_zip_keeps_the_executable_bit(tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.zip"
    info = zipfile.ZipInfo("demo-1.0/configure")
    info.external_attr = 0o100755 << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(info, b"#!/bin/sh\n")
        made.writestr("demo-1.0/data", b"")
    tree = unpack(archive, tmp_path / "work")
    assert os.access(tree / "configure", os.X_OK)
    assert not (tree / "data").stat().st_mode & 0o111


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "demo-1.0/../../evil",
        "demo-1.0/a/../b",
        "/tmp/evil",
        "\\evil",
        "C:/evil",
        "C:evil",
        "demo-1.0\\..\\..\\evil",
    ],
)
@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_names_that_lead_out(tmp_path: Path, name: str, suffix: str) -> None:
    archive = tmp_path / f"demo-1.0{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("demo-1.0/setup.py", b"")
            made.writestr(name, b"")
    else:
        archive.write_bytes(tar_gz({"demo-1.0/setup.py": b"", name: b""}))
    error = _refused(archive, tmp_path)
    # zipfile shows it as the system has it.
    shown = name.replace("\\", "/") if os.name == "nt" and suffix == ".zip" else name
    assert repr(shown) in error.message
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE], ids=["symlink", "hardlink"])
@pytest.mark.parametrize("aim", ["/etc/passwd", "../../../outside"])
def test_links_that_lead_out(tmp_path: Path, kind: bytes, aim: str) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    link = _member("demo-1.0/link", kind, aim)
    archive = _write(tmp_path, tar_gz({"demo-1.0/setup.py": b"", link.name: link}))
    assert "demo-1.0/link" in _refused(archive, tmp_path).message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_link_to_the_directory_above_the_tree(tmp_path: Path) -> None:
    """Inside of what was unpacked, so the filter lets it pass, but out of the tree."""
    link = _member("demo-1.0/link", tarfile.SYMTYPE, "..")
    archive = _write(tmp_path, tar_gz({"demo-1.0/setup.py": b"", link.name: link}))
    assert "out of the tree" in _refused(archive, tmp_path).message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_link_that_leads_out_through_a_later_one(tmp_path: Path) -> None:
    late = _member("demo-1.0/s", tarfile.SYMTYPE, ".")
    early = _member("demo-1.0/t", tarfile.SYMTYPE, "s/s/s/../../..")
    archive = _write(
        tmp_path, tar_gz({"demo-1.0/setup.py": b"", early.name: early, late.name: late})
    )
    assert "demo-1.0/t" in _refused(archive, tmp_path).message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_top_directory_that_is_a_link(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({"demo": _member("demo", tarfile.SYMTYPE, ".")}))
    assert "not a directory" in _refused(archive, tmp_path).message


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_devices(tmp_path: Path, kind: bytes) -> None:
    device = _member("demo-1.0/device", kind)
    archive = _write(tmp_path, tar_gz({"demo-1.0/setup.py": b"", device.name: device}))
    assert "demo-1.0/device" in _refused(archive, tmp_path).message


def test_link_in_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.zip"
    info = zipfile.ZipInfo("demo-1.0/link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(info, b"/etc/passwd")
    assert "demo-1.0/link" in _refused(archive, tmp_path).message


def test_two_top_directories(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({"a/setup.py": b"", "b/setup.py": b""}))
    assert "2 top-level names ('a', 'b')" in _refused(archive, tmp_path).message


def test_one_file_and_no_directory(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({"setup.py": b""}))
    assert "not a directory" in _refused(archive, tmp_path).message


def test_no_members(tmp_path: Path) -> None:
    archive = _write(tmp_path, tar_gz({}))
    assert "holds no files" in _refused(archive, tmp_path).message


@pytest.mark.parametrize("name", [f"demo-1.0{suffix}" for suffix in SDIST_SUFFIXES])
@pytest.mark.parametrize("content", [b"", b"<html>not found</html>" * 50], ids=["empty", "html"])
def test_not_an_archive(tmp_path: Path, name: str, content: bytes) -> None:
    assert "damaged" in _refused(_write(tmp_path, content, name), tmp_path).message


def _noise() -> bytes:
    noise = bytes(i * i % 251 for i in range(20_000))
    return tar_gz({"demo-1.0/setup.py": b"", "demo-1.0/data": noise})


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_truncated(tmp_path: Path, kept: float) -> None:
    content = _noise()
    archive = _write(tmp_path, content[: int(len(content) * kept)])
    assert "damaged" in _refused(archive, tmp_path).message


def test_checksum_cut_off(tmp_path: Path) -> None:
    assert "damaged" in _refused(_write(tmp_path, _noise()[:-8]), tmp_path).message


def test_checksum_wrong(tmp_path: Path) -> None:
    content = bytearray(_noise())
    content[-8] ^= 0xFF
    assert "damaged" in _refused(_write(tmp_path, bytes(content)), tmp_path).message


@pytest.mark.parametrize("behind", [b"x", b"0" * 108, bytes(600)])
def test_bytes_behind_the_archive_are_no_part_of_it(tmp_path: Path, behind: bytes) -> None:
    tree = unpack(_write(tmp_path, _noise() + behind), tmp_path / "out")
    assert (tree / "data").stat().st_size == 20_000


def test_zip_member_damaged(tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("demo-1.0/setup.py", b"0123456789")
    content = bytearray(archive.read_bytes())
    content[content.index(b"0123456789")] ^= 0xFF
    archive.write_bytes(bytes(content))
    assert "damaged" in _refused(archive, tmp_path).message


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="tarfile itself needs the filter")
@pytest.mark.filterwarnings("ignore:Python 3.14 will:DeprecationWarning")
@pytest.mark.parametrize(("mode", "unpacked"), [(0o4777, 0o755), (0o600, 0o644)])
def test_python_without_the_filter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, unpacked: int
) -> None:
    """Debian 12 has one."""
    monkeypatch.delattr(tarfile, "data_filter")
    script = tarfile.TarInfo("demo-1.0/script")
    script.mode, script.uid, script.uname = mode, 12345, "nobody"
    archive = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as made:
        made.addfile(script)
    status = (unpack(archive, tmp_path / "out") / "script").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_uid) == (unpacked, os.getuid())


def test_what_leads_out_without_the_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(tarfile, "data_filter")
    link = tarfile.TarInfo("demo-1.0/link")
    link.type, link.linkname = tarfile.SYMTYPE, "../../out"
    archive = tmp_path / "demo-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as made:
        made.addfile(link)
    assert "a link out of the tree" in _refused(archive, tmp_path).message


# The list of members is checked before any is written


def _long_way_out(out: Path, depth: int) -> dict[str, bytes | tarfile.TarInfo]:
    """Members whose links make some Pythons' realpath() give up, and tarfile with it."""
    top, step = "demo-1.0", "d" * 240
    members: dict[str, bytes | tarfile.TarInfo] = {f"{top}/setup.py": b""}
    place = top
    for letter in "abcdefghijklmnop":
        place += f"/{step}"
        directory = _member(place, tarfile.DIRTYPE)
        directory.mode = 0o755
        link = _member(f"{place.rpartition('/')[0]}/{letter}", tarfile.SYMTYPE, step)
        members |= {place: directory, link.name: link}
    long = "/".join("abcdefghijklmnop") + "/" + "l" * 254
    up = _member(f"{top}/{long}", tarfile.SYMTYPE, "../" * 16)
    escape = _member(f"{top}/escape", tarfile.SYMTYPE, f"{long}/{'../' * depth}{str(out)[1:]}")
    written = tarfile.TarInfo(f"{top}/escape/evil")
    return {**members, up.name: up, escape.name: escape, written.name: written}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_tarfile_loses_track_of(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    archive = _write(tmp_path, tar_gz(_long_way_out(out, len(tmp_path.parts) + 3)))
    assert _refused(archive, tmp_path).message
    assert list(out.iterdir()) == []


def _linked(*members: tarfile.TarInfo | str) -> bytes:
    made: dict[str, bytes | tarfile.TarInfo] = {"demo-1.0/setup.py": b"x"}
    for member in members:
        if isinstance(member, str):
            made[member] = b""
        else:
            made[member.name] = member
    return tar_gz(made)


SYM, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_linked(_member("demo-1.0/d", SYM, "."), "demo-1.0/d/file"), "below a link"),
        (_linked(_member("demo-1.0/D", SYM, "."), "demo-1.0/d/file"), "below a link"),
        (_linked(_member("demo-1.0/\u00e9", SYM, "."), "demo-1.0/e\u0301/file"), "below a link"),
        (_linked("demo-1.0/d/file", _member("demo-1.0/d", SYM, ".")), "place of a directory"),
        (_linked("demo-1.0/f", _member("demo-1.0/F", SYM, ".")), "place of another member"),
        (_linked(_member("demo-1.0/l", SYM, "."), "demo-1.0/L"), "a link of that name already"),
        (_linked(_member("demo-1.0/l", SYM, "x/../../..")), "out of the tree"),
        (_linked(_member("demo-1.0/l", SYM, "l")), "too many others"),
        (_linked(_member("demo-1.0/a", SYM, "b"), _member("demo-1.0/b", SYM, "a")), "too many"),
        (_linked(_member("demo-1.0/l", SYM, "")), "out of the tree"),
        (_linked(_member("demo-1.0/l", SYM, "..\\..\\x")), "out of the tree"),
        (_linked(_member("demo-1.0/l", HARD, "demo-1.0/none")), "no file before it"),
        (_linked(_member("demo-1.0/l", HARD, "demo-1.0/l")), "no file before it"),
        (_linked("demo-1.0/" + "n" * 256), "too long"),
        (_linked("demo-1.0/" + "n/" * 520 + "n"), "too long"),
        (_linked(_member("demo-1.0/l", SYM, "n/" * 520)), "too long"),
    ],
)
def test_members_that_no_sdist_has(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in _refused(_write(tmp_path, content), tmp_path).message


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_through_others_that_stay(tmp_path: Path) -> None:
    content = _linked(
        "demo-1.0/a/b/file",
        _member("demo-1.0/to_b", SYM, "a/b"),
        _member("demo-1.0/again", SYM, "to_b/file"),
        # Newer Pythons leave out the "..", and what the link was for.
        _member("demo-1.0/back", SYM, "to_b/../b/file"),
        _member("demo-1.0/dangling", SYM, "nothing/here"),
        _member("demo-1.0/hard", HARD, "demo-1.0/setup.py"),
    )
    tree = unpack(_write(tmp_path, content), tmp_path / "work")
    assert (tree / "hard").read_bytes() == b"x"
    assert (tree / "again").is_file()
    assert (tree / "back").is_symlink()


# Limits


def _zeros(tmp_path: Path, suffix: str, size: int) -> Path:
    content = gzip.decompress(tar_gz({"demo-1.0/setup.py": b"", "demo-1.0/zeros": bytes(size)}))
    archive = tmp_path / f"demo-1.0{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("demo-1.0/zeros", bytes(size))
    else:
        pack: dict[str, Callable[[bytes], bytes]] = {
            ".tar.gz": gzip.compress,
            ".tar.xz": lzma.compress,
            ".tar.bz2": bz2.compress,
        }
        archive.write_bytes(pack[suffix](content))
    return archive


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip", ".tar.xz", ".tar.bz2"])
def test_what_unpacks_to_too_much(tmp_path: Path, suffix: str) -> None:
    archive = _zeros(tmp_path, suffix, 3 << 20)
    assert unpack(archive, tmp_path / "good", limit=4 << 20)
    with pytest.raises(SourceError, match=f"unpacks to more than {1 << 20} bytes") as caught:
        unpack(archive, tmp_path / "work", limit=1 << 20)
    assert "CROSSHOOK_MAX_SDIST_SIZE=" in (caught.value.hint or "")
    assert list((tmp_path / "work").iterdir()) == []


def test_what_comes_after_the_end_counts(tmp_path: Path) -> None:
    tar = gzip.decompress(sdist("demo", "1.0"))
    archive = _write(tmp_path, gzip.compress(tar + bytes(3 << 20)))
    with pytest.raises(SourceError, match="unpacks to more than"):
        unpack(archive, tmp_path / "work", limit=1 << 20)


@pytest.mark.parametrize(
    "kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK]
)
@pytest.mark.parametrize("size", [2 << 20, 1 << 32])
def test_a_header_of_many_bytes(tmp_path: Path, kind: bytes, size: int) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = kind, size
    content = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(2 << 20))
    assert "a header of" in _refused(_write(tmp_path, content), tmp_path).message


def test_the_dates_of_files(tmp_path: Path) -> None:
    archive = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(zipfile.ZipInfo("demo-1.0/setup.py", (2001, 2, 3, 4, 5, 6)), b"")
        made.writestr(zipfile.ZipInfo("demo-1.0/undated", (1980, 0, 0, 0, 0, 0)), b"")
    tree = unpack(archive, tmp_path / "work")
    assert (tree / "setup.py").stat().st_mtime == 981173106
    assert (tree / "undated").stat().st_mtime == 315532800


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_archive, "_MOST_MEMBERS", 1)
    assert "more than 1 members" in _refused(_write(tmp_path, sdist("d", "1")), tmp_path).message


def test_a_dictionary_that_takes_memory(tmp_path: Path) -> None:
    content = lzma.compress(gzip.decompress(sdist("demo", "1.0")))
    # The property byte of LZMA2 in the first block's header: the size of the dictionary.
    at = content.index(b"\x21\x01") + 2
    header = bytearray(content[12:24])
    header[at - 12] = 37
    header[8:12] = zlib.crc32(bytes(header[:8])).to_bytes(4, "little")
    changed = content[:12] + bytes(header) + content[24:]
    error = _refused(_write(tmp_path, changed, "demo-1.0.tar.xz"), tmp_path)
    assert "emory" in error.message


@pytest.mark.parametrize("text", ["much", "-1", "1e9", "\u0663", "9" * 5000])
def test_a_limit_that_is_no_number(text: str) -> None:
    with pytest.raises(UsageError, match="CROSSHOOK_MAX_SDIST_SIZE"):
        _archive.read_limit({"CROSSHOOK_MAX_SDIST_SIZE": text})


def test_the_limit() -> None:
    assert _archive.read_limit({}) == _archive.USUAL_LIMIT
    assert _archive.read_limit({"CROSSHOOK_MAX_SDIST_SIZE": "17"}) == 17
