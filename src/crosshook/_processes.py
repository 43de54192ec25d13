"""Starting processes, and ending them: none outlives who started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from crosshook._types import HookRunner
from crosshook.errors import ToolchainError


def hook_runner(environ: Mapping[str, str], *, log: Path | None) -> HookRunner:
    """Return what runs hook processes in an environment.

    :param log: Where their output is appended; None for this process's stderr. Never stdout, which
        is for results.
    """

    def run_hook(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        full = {**environ, **(extra_environ or {})}
        if log is None:
            code = run(cmd, cwd=cwd, environ=full, output=sys.stderr)
        else:
            with log.open("ab") as stream:
                code = run(cmd, cwd=cwd, environ=full, output=stream)
        if code:
            raise subprocess.CalledProcessError(code, cmd)

    return run_hook


def run(
    command: Sequence[str], *, cwd: str | None, environ: Mapping[str, str], output: IO[Any]
) -> int:
    """Run a process, with both its output streams sent to one, and return its exit code.

    If this process is interrupted, so is that one, and it is waited for.
    """
    with subprocess.Popen(
        command, cwd=cwd, env=dict(environ), stdin=subprocess.DEVNULL, stdout=output, stderr=output
    ) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def run_for(
    command: Sequence[str],
    *,
    cwd: str | None,
    environ: Mapping[str, str],
    output: IO[bytes],
    timeout: float | None,
) -> int | None:
    """Run a process, with both its output streams copied to one, and return its exit code.

    It and what it starts are ended after a time, or if this process is interrupted.

    :param timeout: Seconds; None for no limit.

    Returns None if it did not end in time.
    """
    process: subprocess.Popen[bytes] | None = None
    copier = None
    try:
        with _interrupt_deferred():
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
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            copier = threading.Thread(target=_copy, args=(process.stdout, output), daemon=True)
            copier.start()
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process is not None:
            if process.poll() is None:
                _end_group(process)
            if copier is not None:
                # What it left running may hold the pipe open.
                copier.join(_LAST_OUTPUT_SECONDS)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()


@contextlib.contextmanager
def _interrupt_deferred() -> Iterator[None]:
    """Keep Ctrl-C waiting: a process or thread that is being started could not be ended."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


_LAST_OUTPUT_SECONDS = 5


def _copy(source: IO[bytes], output: IO[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(source.fileno(), 1 << 16):
            output.write(data)
            output.flush()


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_tool(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environ, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ToolchainError(f"{command[0]}: {error.strerror}") from None
    if done.returncode:
        raise ToolchainError(
            f"{Path(command[0]).name} ended with exit code {done.returncode}: {list(command)}",
            detail=(done.stdout + done.stderr).strip() or None,
        )
