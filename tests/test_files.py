"""Files that appear whole or not at all, and what is left of those who were killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.errors import CrosshookError

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="locks and links as POSIX has them")

HOLDS = """
import sys
from pathlib import Path
from crosshook import _files
place = Path(sys.argv[1])
context = {
    "directory": lambda: _files.draft_directory(place),
    "file": lambda: _files.written(place / "never"),
}[sys.argv[2]]()
context.__enter__()
print("begun", flush=True)
sys.stdin.read()
"""


def drafts(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir() if path.name.startswith(_files.DRAFT)]


def wheel(tmp_path: Path, content: bytes = b"a wheel") -> tuple[Path, str, Path]:
    file = tmp_path / "demo-1.0-py3-none-any.whl"
    file.write_bytes(content)
    out = tmp_path / "out"
    out.mkdir()
    return file, _files.digest(file), out


def test_a_delivery(tmp_path: Path) -> None:
    file, digest, out = wheel(tmp_path)
    assert _files.deliver(file, out, checked=digest) == out / file.name
    assert (out / file.name).read_bytes() == b"a wheel"
    assert [path.name for path in out.iterdir()] == [file.name]


def test_the_same_directory_for_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with _files.working_directory(of=b"a project") as first:
        with (
            _files.working_directory(of=b"a project") as second,
            _files.working_directory(of=b"another") as other,
        ):
            assert len({first, second, other}) == 3
    for _ in range(2):
        with _files.working_directory(of=b"a project") as again:
            assert again == first
    assert list(tmp_path.iterdir()) == []


def test_more_builds_than_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with contextlib.ExitStack() as stack:
        places = {stack.enter_context(_files.working_directory(of=b"a project")) for _ in range(20)}
        assert len(places) == 20


@POSIX
def test_a_directory_that_somebody_else_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with _files.working_directory(of=b"a project") as usual:
        pass
    (tmp_path / "elsewhere").mkdir()
    usual.symlink_to("elsewhere")
    with _files.working_directory(of=b"a project") as place:
        (place / "file").touch()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_was_changed_after_the_check_is_not_delivered(tmp_path: Path) -> None:
    file, digest, out = wheel(tmp_path)
    file.write_bytes(b"another")
    with pytest.raises(CrosshookError, match="changed after it had been checked"):
        _files.deliver(file, out, checked=digest)
    assert list(out.iterdir()) == []


def test_deliveries_at_the_same_time(tmp_path: Path) -> None:
    file, digest, out = wheel(tmp_path, b"x" * 3_000_000)
    errors: list[Exception] = []
    short: list[int] = []
    done = threading.Event()

    def deliver() -> None:
        try:
            for _ in range(10):
                _files.sweep(out)
                _files.deliver(file, out, checked=digest)
        except Exception as error:
            errors.append(error)

    def look() -> None:
        # On Windows, nobody replaces a file at the moment in which it is looked at.
        while not done.wait(0.001):
            if (out / file.name).exists() and (size := (out / file.name).stat().st_size) < 3e6:
                short.append(size)

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    watcher = threading.Thread(target=look)
    watcher.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    watcher.join()
    assert (errors, short) == ([], [])
    assert [path.name for path in out.iterdir()] == [file.name]


def test_a_directory_in_the_way_of_a_delivery(tmp_path: Path) -> None:
    file, digest, out = wheel(tmp_path)
    (out / file.name).mkdir()
    with pytest.raises(CrosshookError, match="cannot write"):
        _files.deliver(file, out, checked=digest)
    assert [path.name for path in out.iterdir()] == [file.name]


@POSIX
def test_links_are_not_followed(tmp_path: Path) -> None:
    file, digest, out = wheel(tmp_path)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (out / file.name).symlink_to(victim)
    (out / f".{file.name}.part").symlink_to(victim)
    _files.deliver(file, out, checked=digest)
    assert victim.read_bytes() == b"precious"
    assert not (out / file.name).is_symlink()


@POSIX
@pytest.mark.parametrize("kind", ["directory", "file"])
def test_only_what_is_abandoned_is_swept(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path), kind]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"begun\n"
        assert _files.sweep(tmp_path) == ()
        assert len(drafts(tmp_path)) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(_files.sweep(tmp_path)) == 1
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_a_link_of_such_a_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / f"{_files.DRAFT}x").symlink_to(tmp_path / "other")
    assert _files.sweep(tmp_path) == ()


@POSIX
def test_what_cannot_be_written_is_removed_too(tmp_path: Path) -> None:
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    deep.chmod(0o500)
    (tmp_path / "one").chmod(0o500)
    _files.remove(tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def wrong(launcher: Path, how: str) -> None:
    """Put something else in the place of a launcher."""
    launcher.parent.mkdir()
    if how == "directory":
        launcher.mkdir()
        (launcher / "file").touch()
    elif how == "dangling link":
        launcher.symlink_to("nowhere")
    elif how == "random bytes":
        launcher.write_bytes(b"\xff\xfe\x00\x81" * 3)
    elif how == "not executable":
        launcher.write_text("#!/bin/sh\n")
    elif how == "short":
        launcher.write_text("#!/bin")


@POSIX
@pytest.mark.parametrize(
    "how", ["directory", "dangling link", "random bytes", "not executable", "short"]
)
def test_a_launcher_is_mended(tmp_path: Path, how: str) -> None:
    launcher = tmp_path / "launchers" / "cc"
    wrong(launcher, how)
    for _ in range(2):
        _files.write_launchers({str(launcher): "#!/bin/sh\n"})
        assert launcher.read_text() == "#!/bin/sh\n"
        assert os.access(launcher, os.X_OK)
        assert not launcher.is_symlink()
    assert [path.name for path in launcher.parent.iterdir()] == ["cc"]


def test_a_file_in_the_place_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "launchers").touch()
    with pytest.raises(CrosshookError, match="has to be a directory") as caught:
        _files.write_launchers({str(tmp_path / "launchers" / "zig" / "cc"): ""})
    assert caught.value.hint == f"rm '{tmp_path / 'launchers'}'"
