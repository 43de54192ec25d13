"""Ctrl-C in the middle of a build."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crosshook import _processes

BACKEND = """\
import os, signal, sys

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with open(os.path.join(wheel_directory, "half-1.0-py3-none-any.whl"), "wb") as file:
        file.write(b"half of a wheel")
    with open(os.environ["BUILD_HAS_BEGUN"], "w") as pipe:
        pipe.write("begun")
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
    """In a child: a shell has what it runs in the background ignore Ctrl-C, children included."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to a process group")
def test_nothing_is_left(tmp_path: Path) -> None:
    project, temporary, out = tmp_path / "project", tmp_path / "tmp", tmp_path / "out"
    for directory in (project, temporary):
        directory.mkdir()
    (project / "backend.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    environ = {
        **os.environ,
        "BUILD_HAS_BEGUN": str(begun),
        "TMPDIR": str(temporary),
        "CROSSHOOK_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "CC": "a-compiler-that-is-never-run",
    }
    command = [sys.executable, "-m", "crosshook.frontend", "--no-isolation"]
    command += ["--target", "linux_aarch64", "--outdir", str(out), str(project)]
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_interrupts,
    ) as process:
        assert read_pipe(begun, process) == "begun"
        # As a terminal does it: every process of the group gets the signal.
        os.killpg(process.pid, signal.SIGINT)
        printed, said = process.communicate()
    assert process.returncode == 130
    assert printed == ""
    assert said.splitlines()[-1] == "interrupted"
    assert list(out.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert {path.name for path in project.iterdir()} == {"backend.py", "pyproject.toml"}


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_while_a_thread_is_being_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    start = threading.Thread.start

    def interrupted_start(thread: threading.Thread) -> None:
        signal.raise_signal(signal.SIGINT)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", interrupted_start)
    lasting = [sys.executable, "-c", "import signal; signal.pause()"]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with open(tmp_path / "output", "wb") as output, pytest.raises(KeyboardInterrupt):
            _processes.run_for(lasting, cwd=None, environ=os.environ, output=output, timeout=None)
    finally:
        signal.signal(signal.SIGINT, before)
