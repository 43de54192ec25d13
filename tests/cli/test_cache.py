"""``crosshook cache``, and damaged caches seen from the command line."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.cli import main

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


class Cache:
    """A cache, and the commands that use it."""

    def __init__(self, root: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capfd = capfd

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._capfd.readouterr()
        code = main(list(arguments))
        return code, *self._capfd.readouterr()

    def describe(self) -> Path:
        """Compose a Python, and return the directory that it is in."""
        code, out, err = self("describe", "win_arm64", "--toolchain", "environment")
        assert code == 0, err
        prefix = Path(json.loads(out)["python"]["base_prefix"])
        assert (prefix / "include" / "Python.h").is_file()
        assert next((prefix / "libs").glob("*.lib")).read_text() == "a library"
        return prefix


@pytest.fixture
def cache(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Cache:
    root = tmp_path / "cache"
    writes = "import sys; open(sys.argv[-1], 'x').write('a library')"
    monkeypatch.setenv("CC", "a-compiler-that-is-never-run")
    monkeypatch.setenv("DLLTOOL", shlex.join([sys.executable, "-c", writes]))
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(root))
    return Cache(root, capfd)


def headers_gone(prefix: Path) -> None:
    shutil.rmtree(prefix / "include")


def another_library(prefix: Path) -> None:
    next((prefix / "libs").glob("*.lib")).write_text("other")


def a_file(prefix: Path) -> None:
    shutil.rmtree(prefix)
    prefix.write_bytes(b"\xff")


DAMAGES = pytest.mark.parametrize("damage", [headers_gone, another_library, a_file])


@DAMAGES
def test_what_was_damaged_is_made_anew(cache: Cache, damage: Callable[[Path], None]) -> None:
    damage(cache.describe())
    cache.describe()


@DAMAGES
def test_verify(cache: Cache, damage: Callable[[Path], None]) -> None:
    prefix = cache.describe()
    assert cache("cache", "--verify") == (0, "all is as it was made\n", "")
    damage(prefix)
    code, out, _ = cache("cache", "--verify")
    assert code == 1
    assert out.startswith(f"{prefix}: ")
    assert not prefix.exists()
    assert cache("cache", "--verify")[0] == 0


def test_sizes(cache: Cache) -> None:
    _files.write_files(cache.root, {"zig/o/x": "x" * 1_234_567, "pythons/y": "yy"})
    code, out, err = cache("cache")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == str(cache.root)
    assert lines[1].split(maxsplit=3) == ["2", "B", "pythons", "composed target Pythons"]
    assert lines[2].split()[:3] == ["1.2", "MB", "zig"]
    assert lines[3].split() == ["1.2", "MB", "in", "all"]


def test_prune_removes_what_is_crosshook_s(cache: Cache) -> None:
    _files.write_files(cache.root, {"zig/o/x": "x" * 2_000, "pythons/y": "", "mine/z": ""})
    code, out, _ = cache("cache", "--prune")
    assert (code, out) == (0, f"{cache.root}: 2.0 kB removed\n")
    assert [path.name for path in cache.root.iterdir()] == ["mine"]


def test_no_cache(cache: Cache) -> None:
    assert cache("cache") == (0, f"{cache.root}\n       0 B  in all\n", "")
    assert cache("cache", "--prune")[0] == 0
    assert cache("cache", "--verify")[0] == 0
    assert not (cache.root / "pythons").exists()
