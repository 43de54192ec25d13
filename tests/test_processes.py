"""Processes that are started, what they print, and that none is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crosshook import _processes
from crosshook._processes import RUN_VARIABLE, Tail

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="sessions as POSIX has them")

LEAVES_ONE = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", "import signal; print('there', flush=True); signal.pause()"],
    stdout=subprocess.PIPE, start_new_session={detached},
)
child.stdout.readline()
print(child.pid)
"""


def run(code: str, **environ: str) -> str:
    tail = Tail()
    command = [sys.executable, "-c", code]
    assert _processes.run(command, cwd=None, environ={**os.environ, **environ}, output=tail) == 0
    return tail.text()


def is_running(pid: int) -> bool:
    """Tell whether a process runs; one that was ended may be waited for by nobody yet."""
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        if state == "Z":
            return False
        time.sleep(0.01)
    return True


@LINUX
def test_what_a_process_leaves_in_its_session_is_ended(tmp_path: Path) -> None:
    pid = int(run(LEAVES_ONE.format(detached=False), **{RUN_VARIABLE: str(tmp_path)}))
    assert not is_running(pid)


@LINUX
def test_what_leaves_its_session_is_ended_with_the_directory(tmp_path: Path) -> None:
    work = tmp_path / "target-1"
    pid = int(run(LEAVES_ONE.format(detached=True), **{RUN_VARIABLE: str(work)}))
    _processes.end_all(tmp_path / "target-10")
    _processes.end_all(tmp_path / "other")
    os.kill(pid, 0)
    _processes.end_all(tmp_path)
    assert not is_running(pid)


@LINUX
def test_what_works_for_no_directory_is_left(tmp_path: Path) -> None:
    pid = int(run(LEAVES_ONE.format(detached=False)))
    try:
        _processes.end_all(tmp_path)
        os.kill(pid, 0)
    finally:
        os.kill(pid, signal.SIGKILL)


@LINUX
def test_what_does_not_end_in_time_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = LEAVES_ONE.format(detached=False).replace(
        "print(child.pid)", "open(sys.argv[1], 'w').write(str(child.pid)); child.wait()"
    )
    # It does not heed what asks it to end, either.
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n{code}"
    command = [sys.executable, "-c", deaf, str(pid_file)]
    with pytest.raises(subprocess.TimeoutExpired):
        _processes.run(command, cwd=None, environ=os.environ, output=Tail(), timeout=1)
    assert not is_running(int(pid_file.read_text()))


def test_the_end_of_much_output_is_kept() -> None:
    code = "import sys; write = sys.stdout.buffer.write\n"
    code += "for _ in range(100_000): write(b'x' * 99 + b'\\n')\nwrite(b'end\\n')"
    tail = Tail(size=10_000)
    command = [sys.executable, "-c", code]
    assert _processes.run(command, cwd=None, environ=os.environ, output=tail) == 0
    text = tail.text()
    assert text.endswith("x\nend")
    assert 10_000 <= len(text) <= 100_000
    assert tail.left_out + len(text) + 1 == 10_000_004


def test_a_short_tail() -> None:
    tail = Tail(size=10)
    assert tail.text() == ""
    tail.write(b"\xffabc")
    assert tail.text() == "\N{REPLACEMENT CHARACTER}abc"
    assert tail.left_out == 0


@POSIX
@pytest.mark.parametrize("number", _processes.SIGNALS)
def test_a_signal_while_a_process_is_started(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = subprocess.Popen.__init__

    def raise_interrupted(number: int, frame: object) -> None:
        raise _processes.Interrupted(number)

    def interrupted(self: object, *arguments: object, **options: object) -> None:
        started(self, *arguments, **options)  # type: ignore[call-overload]
        signal.raise_signal(number)

    monkeypatch.setattr(subprocess.Popen, "__init__", interrupted)
    before = signal.signal(number, raise_interrupted)
    try:
        lasting = [sys.executable, "-c", "import signal; signal.pause()"]
        with pytest.raises(_processes.Interrupted) as caught:
            _processes.run(lasting, cwd=None, environ=os.environ, output=Tail())
    finally:
        signal.signal(number, before)
    assert caught.value.number == number
