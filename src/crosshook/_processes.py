"""Starting processes, and ending them: none outlives who started it.

Each is the first of a session of its own, which is ended as a whole. What leaves its session is
found by :data:`RUN_VARIABLE`, which processes that are started for a directory have in their
environment, as far as the system tells another process's environment: Linux does.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from crosshook._types import HookRunner, Output
from crosshook.errors import ToolchainError

RUN_VARIABLE = "CROSSHOOK_RUN"
"""Names, in the environment of a process, the directory that it works for."""

SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
    if hasattr(signal, name)
)
"""What asks a program to end, as far as the system has it."""

_LAST_OUTPUT_SECONDS = 5
_GRACE_SECONDS = 3
_TAIL = 1 << 20
_HEED_SIGNALS_SECONDS = 0.2


class Interrupted(KeyboardInterrupt):
    """A signal that asks this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Tail:
    """Keeps the end of what is written to it."""

    def __init__(self, size: int = _TAIL) -> None:
        self._size = size
        self._chunks: deque[bytes] = deque()
        self._kept = 0
        self.left_out = 0
        """How many bytes were written before what is kept."""

    def write(self, data: bytes, /) -> None:
        self._chunks.append(data)
        self._kept += len(data)
        while self._kept - len(self._chunks[0]) >= self._size:
            gone = len(self._chunks.popleft())
            self._kept -= gone
            self.left_out += gone

    def flush(self) -> None: ...

    def text(self) -> str:
        """Return what is kept, without the blanks around it."""
        return b"".join(self._chunks).decode(errors="replace").strip()


class Copies:
    """Writes to several outputs."""

    def __init__(self, *outputs: Output) -> None:
        self._outputs = outputs

    def write(self, data: bytes, /) -> None:
        for output in self._outputs:
            output.write(data)

    def flush(self) -> None:
        for output in self._outputs:
            output.flush()


def hook_runner(
    environ: Mapping[str, str], *, output: Output, timeout: float | None = None
) -> HookRunner:
    """Return what runs hook processes in an environment.

    :param output: Where what they print goes. Never stdout, which is for results.
    :param timeout: Seconds after which one is ended; None for no limit.
    """

    def run_hook(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        full = {**environ, **(extra_environ or {})}
        code = run(cmd, cwd=cwd, environ=full, output=output, timeout=timeout)
        if code:
            raise subprocess.CalledProcessError(code, cmd)

    return run_hook


def run(
    command: Sequence[str],
    *,
    cwd: str | None,
    environ: Mapping[str, str],
    output: Output,
    timeout: float | None = None,
) -> int:
    """Run a process, with both its output streams copied to one, and return its exit code.

    It and what it starts are ended after a time, or if this process is interrupted. What it leaves
    running is ended if :data:`RUN_VARIABLE` is in its environment.

    :param timeout: Seconds; None for no limit.
    :raises subprocess.TimeoutExpired: if it did not end in time.
    """
    process: subprocess.Popen[bytes] | None = None
    copier = None
    ended = False
    try:
        with signals_deferred():
            # Pipes: under Wine 8, Python 3.12 and newer start with no file or device for a stream.
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            _running.add(process)
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            copier = threading.Thread(target=_copy, args=(process.stdout, output), daemon=True)
            copier.start()
        code = _code_of(process, timeout)
        ended = True
        return code
    finally:
        if process is not None:
            _running.discard(process)
            if not ended:
                _end_session(process)
            elif RUN_VARIABLE in environ:
                _signal_session(process.pid, _KILL)
            if copier is not None:
                # What it left running may hold the pipe open.
                copier.join(_LAST_OUTPUT_SECONDS)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


def _code_of(process: subprocess.Popen[bytes], timeout: float | None) -> int:
    """Return the exit code of a process once it ended, as ``wait`` does.

    With a time limit, that one looks every twentieth of a second; here it is known at once.

    :raises subprocess.TimeoutExpired: if it did not end in time.
    """
    if sys.platform != "linux" or timeout is None:
        return process.wait(timeout)
    try:
        descriptor = os.pidfd_open(process.pid)
    except OSError:
        return process.wait(timeout)
    try:
        ends = select.poll()
        ends.register(descriptor, select.POLLIN)
        until = time.monotonic() + timeout
        # Not in one piece: a signal that came just before would be heeded at the end of it.
        while not ends.poll(_HEED_SIGNALS_SECONDS * 1000):
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(process.args, timeout)
    finally:
        os.close(descriptor)
    return process.wait()


def end_running() -> None:
    """End what :func:`run` has started in other threads, whose calls then return."""
    for process in tuple(_running):
        _signal_session(process.pid, _KILL)


_running: set[subprocess.Popen[bytes]] = set()


@contextlib.contextmanager
def signals_deferred() -> Iterator[None]:
    """Keep signals waiting: a process or thread that is being started could not be ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
    deferred = [number for number, handler in before.items() if callable(handler)]
    for number in deferred:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number in deferred:
            signal.signal(number, before[number])
    for number in came:
        signal.raise_signal(number)


def _copy(source: IO[bytes], output: Output) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(source.fileno(), 1 << 16):
            output.write(data)
            output.flush()


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started: first it is asked to."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        _signal_session(process.pid, signal.SIGTERM)
        process.wait(_GRACE_SECONDS)
    _signal_session(process.pid, _KILL)
    process.wait()


def _signal_session(leader: int, number: int) -> None:
    if sys.platform == "win32":
        ending = ["taskkill", "/F", "/T", "/PID", str(leader)]
        with contextlib.suppress(OSError):
            subprocess.run(ending, capture_output=True, check=False)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def can_be_watched() -> bool:
    """Tell whether this system tells which processes work for a directory."""
    return sys.platform == "linux" and Path("/proc/self/environ").is_file()


def resident(directories: Iterable[Path]) -> dict[Path, int]:
    """Return how many bytes the processes have in memory that work for each directory or one below
    it. What several of them share counts for each."""
    sizes = dict.fromkeys(directories, 0)
    page = os.sysconf("SC_PAGE_SIZE")
    for pid in _processes() if sizes else ():
        for directory in sizes:
            if _works_for(pid, directory):
                with contextlib.suppress(OSError, IndexError, ValueError):
                    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
                    sizes[directory] += int(pages) * page
    return sizes


def end_all(directory: Path) -> None:
    """End every process that was started for a directory or one below it, and still runs."""
    if not can_be_watched():
        return
    # Again, as one may start another meanwhile.
    for _ in range(10):
        found = [pid for pid in _processes() if _works_for(pid, directory)]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, _KILL)


def _processes() -> Iterator[int]:
    own = os.getpid()
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal() and int(entry.name) != own:
            yield int(entry.name)


def _works_for(pid: int, directory: Path) -> bool:
    try:
        # Of one that has ended and is not waited for, it is empty.
        environ = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
    name = RUN_VARIABLE.encode() + b"="
    place = os.fsencode(directory)
    return any(
        entry == name + place or entry.startswith(name + place + b"/")
        for entry in environ.split(b"\0")
        if entry.startswith(name)
    )


def run_tool(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> None:
    """Run a command that has nothing to say if all goes well.

    :raises ToolchainError: if it cannot be started, or fails.
    """
    tail = Tail()
    try:
        code = run(command, cwd=str(cwd), environ=environ or os.environ, output=tail)
    except OSError as error:
        raise ToolchainError(f"{command[0]}: {error.strerror}") from None
    if code:
        raise ToolchainError(
            f"{Path(command[0]).name} ended with exit code {code}: {list(command)}",
            detail=tail.text() or None,
        )
