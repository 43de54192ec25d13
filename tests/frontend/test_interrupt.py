"""What ends a command in the middle of a build: nothing is left of it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from crosshook import _processes

BACKEND = """\
import os, signal, sys, tempfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    tempfile.mkdtemp()
    with open(os.path.join(wheel_directory, "half-1.0-py3-none-any.whl"), "wb") as file:
        file.write(b"half of a wheel")
    with open(os.environ["BUILD_HAS_BEGUN"], "w") as pipe:
        pipe.write(f"begun {os.getpid()}")
    while True:
        signal.pause()
"""


def read_pipe(pipe: Path, process: subprocess.Popen[str]) -> str:
    """Return what is written into a named pipe; nothing if the process ends without it."""
    # Opened for both directions, so that neither opening nor reading waits for a writer for good.
    with open(pipe, "r+b", buffering=0) as stream:
        while process.poll() is None:
            if select.select([stream], [], [], 0.1)[0]:
                return stream.read(100).decode()
    return ""


def heed_interrupts() -> None:
    """In a child: a shell has what it runs in the background ignore Ctrl-C, and ``nohup`` SIGHUP,
    children included."""
    for number in _processes.SIGNALS:
        signal.signal(number, signal.SIG_DFL)


@dataclass(frozen=True, kw_only=True)
class Build:
    """A build that goes on until it is ended."""

    process: subprocess.Popen[str]
    temporary: Path
    out: Path
    project: Path
    backend: int
    """The backend's process."""

    def said(self) -> str:
        printed, said = self.process.communicate(timeout=60)
        assert printed == ""
        return said

    def nothing_is_left(self) -> None:
        assert list(self.out.iterdir()) == []
        assert list(self.temporary.iterdir()) == []
        assert {path.name for path in self.project.iterdir()} == {"backend.py", "pyproject.toml"}


class Begin:
    """Starts builds of one project, all with the same directories."""

    def __init__(self, tmp_path: Path, backend: str = BACKEND) -> None:
        self._room = tmp_path
        self.project, self.temporary = tmp_path / "project", tmp_path / "tmp"
        for directory in (self.project, self.temporary):
            directory.mkdir()
        (self.project / "backend.py").write_text(backend)
        (self.project / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        )

    @contextlib.contextmanager
    def __call__(self, *options: str) -> Iterator[Build]:
        begun, out = self._room / "begun", self._room / "out"
        if not begun.exists():
            os.mkfifo(begun)
        environ = {
            **os.environ,
            "BUILD_HAS_BEGUN": str(begun),
            "TMPDIR": str(self.temporary),
            "CROSSHOOK_CACHE_DIR": str(self._room / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CC": "a-compiler-that-is-never-run",
        }
        command = [sys.executable, "-m", "crosshook.frontend", "--no-isolation"]
        command += ["--target", "linux_aarch64", "--outdir", str(out), str(self.project), *options]
        with subprocess.Popen(
            command,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=heed_interrupts,
        ) as process:
            try:
                said = read_pipe(begun, process)
                assert said.startswith("begun ")
                yield Build(
                    process=process,
                    temporary=self.temporary,
                    out=out,
                    project=self.project,
                    # Of several at once, more than one may have written by now.
                    backend=int(said.split("begun ")[1]),
                )
            finally:
                process.kill()


def is_running(pid: int) -> bool:
    """Tell whether a process goes on; one that was killed may need a moment."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False
        time.sleep(0.01)
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("to", ["group", "process"])
@pytest.mark.parametrize("number", _processes.SIGNALS)
def test_nothing_is_left(tmp_path: Path, number: signal.Signals, to: str) -> None:
    with Begin(tmp_path)() as build:
        # As a terminal does it, every process of the group gets the signal; kill sends it to one.
        send = os.killpg if to == "group" else os.kill
        send(build.process.pid, number)
        said = build.said()
    assert build.process.returncode == 128 + number
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in said
    build.nothing_is_left()
    assert not is_running(build.backend)


BACKEND_FOR_TARGETS = "class UnsupportedTarget(Exception): pass\n" + BACKEND.replace(
    "def build_wheel(wheel_directory,", "def cross_build_wheel(wheel_directory, target,"
).replace(
    "    tempfile.mkdtemp()\n",
    "    if target['platform_tag'] == 'linux_aarch64':\n"
    "        raise UnsupportedTarget('the first is built alone')\n"
    "    tempfile.mkdtemp()\n",
)


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number", _processes.SIGNALS)
def test_nothing_is_left_of_several_at_once(tmp_path: Path, number: signal.Signals) -> None:
    begin = Begin(tmp_path, BACKEND_FOR_TARGETS)
    targets = ["--target", "linux_x86_64", "--target", "linux_s390x"]
    with begin(*targets, "-j", "2") as build:
        os.kill(build.process.pid, number)
        said = build.said()
    assert build.process.returncode == 128 + number
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in said
    build.nothing_is_left()
    assert not is_running(build.backend)


@pytest.mark.skipif(not Path("/proc/self/environ").is_file(), reason="asks /proc")
def test_the_next_run_cleans_up_after_one_that_was_killed(tmp_path: Path) -> None:
    begin = Begin(tmp_path)
    with begin() as killed, begin() as living:
        killed.process.kill()
        killed.process.wait()
        # Of each run: what it fetched, and where it builds.
        assert len(list(begin.temporary.iterdir())) == 4
        assert is_running(killed.backend)
        with begin() as third:
            assert not is_running(killed.backend)
            assert is_running(living.backend)
            assert len(list(begin.temporary.iterdir())) == 4
            third.process.terminate()
            third.said()
        living.process.terminate()
        living.said()
    living.nothing_is_left()


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_a_backend_that_takes_too_long(tmp_path: Path) -> None:
    with Begin(tmp_path)("--build-timeout", "0.5") as build:
        said = build.said()
    assert build.process.returncode == 1
    assert "error: backend: build_wheel: did not end in 0.5 seconds\n" in said
    assert "hint: more time: --build-timeout SECONDS" in said
    build.nothing_is_left()
    assert not is_running(build.backend)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_while_a_thread_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted_start(thread: threading.Thread) -> None:
        signal.raise_signal(signal.SIGINT)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted_start)
    lasting = [sys.executable, "-c", "import signal; signal.pause()"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            _processes.run(lasting, cwd=None, environ=os.environ, output=_processes.Tail())
    finally:
        signal.signal(signal.SIGINT, before)
