"""The only place that writes files, changes ``os.environ`` or starts processes."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from crosshook import overlay
from crosshook._types import Command, HookRunner
from crosshook.errors import CrosshookError, ToolchainError, UsageError
from crosshook.overlay import project_view
from crosshook.plan import SCRATCH, Answer, Plan
from crosshook.pythons.composed import Composition
from crosshook.target import Target


@contextlib.contextmanager
def applied(
    plan: Plan, target: Target, project: Path, target_requires: Sequence[str] = ()
) -> Iterator[Plan]:
    """Make a plan true in this process, and put everything back afterwards.

    :param project: The source tree.
    :param target_requires: ``[tool.crosshook] target-requires``.

    Yields the plan with its scratch directory in place; the directory is gone afterwards.
    """
    environ, path = dict(os.environ), list(sys.path)
    with working_directory() as scratch:
        placed = plan.merged(overlay.for_children(target, target_requires)).with_scratch(
            str(scratch)
        )
        write_files(scratch, placed.files)
        for name in placed.executables:
            (scratch / name).chmod(0o755)
        try:
            _set_environ(placed)
            sys.path[:0] = placed.python_path
            view = project_view.installed if placed.project_sees_target else project_view.nothing
            with overlay.installed(target, target_requires), view(target, project):
                yield placed
        finally:
            sys.path[:] = path
            os.environ.clear()
            os.environ.update(environ)


def ask(
    commands: Sequence[Command], project: Path, environ: Mapping[str, str]
) -> Mapping[Command, Answer]:
    """Run short commands and return what each did.

    They run in the project's directory, which may choose the version of a tool. :data:`SCRATCH` in
    one stands for a directory that is gone afterwards.

    :param environ: Added to this process's environment.
    """
    answers = {}
    with working_directory() as scratch:
        for command in commands:
            words = [word.replace(SCRATCH, str(scratch)) for word in command]
            try:
                done = subprocess.run(
                    words,
                    cwd=project,
                    env={**os.environ, **environ},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            except OSError:
                answers[command] = Answer(code=None)
            else:
                output = done.stdout.decode(errors="replace")
                answers[command] = Answer(code=done.returncode, output=output)
    return answers


def _set_environ(plan: Plan) -> None:
    for name in plan.unset:
        os.environ.pop(name, None)
    os.environ.update(plan.environ)
    inherited = [entry for entry in [os.environ.get("PYTHONPATH")] if entry]
    os.environ["PYTHONPATH"] = os.pathsep.join([*plan.python_path, *inherited])


@contextlib.contextmanager
def working_directory() -> Iterator[Path]:
    """Make an empty directory, and remove it afterwards."""
    # resolve(): the short names and symlinks of temporary directories confuse backends that
    # compare paths.
    directory = Path(tempfile.mkdtemp(prefix="crosshook-")).resolve()
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Write text files, by path relative to a directory."""
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def write_links(root: Path, links: Mapping[str, str]) -> None:
    """Make symbolic links, by path relative to a directory."""
    for name, target in links.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)


def write_launchers(launchers: Mapping[str, str]) -> None:
    """Write executable files by absolute path; each appears whole or not at all."""
    for name, text in launchers.items():
        _place(Path(name), text, mode=0o755)


def write_kept(files: Mapping[str, str]) -> None:
    """Write text files by absolute path; each appears whole or not at all."""
    for name, text in files.items():
        _place(Path(name), text, mode=0o644)


def _place(file: Path, text: str, *, mode: int) -> None:
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
        new.write(text)
    os.chmod(new.name, mode)
    os.replace(new.name, file)


def make_files(commands: Mapping[str, Sequence[str]], environ: Mapping[str, str]) -> None:
    """Make files that are not there by running commands; each appears whole or not at all.

    :param commands: By absolute path; a command's last argument is where it is told to write.
    """
    for name, command in commands.items():
        file = Path(name)
        if file.is_file():
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent) as draft:
            made = Path(draft) / file.name
            _run_tool((*command[:-1], str(made)), Path(draft), {**os.environ, **environ})
            os.replace(made, file)


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


def check_writable(directory: Path, *, source: str) -> None:
    """Make a directory, if it is not there, and see whether files can be written into it.

    :param source: The option or variable that names it, for the error.
    :raises UsageError: if not.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UsageError(f"{source}: cannot write to {directory}: {error.strerror}") from None


def deliver(file: Path, directory: Path) -> Path:
    """Copy a file into a directory, where it appears whole or not at all; return its path there.

    :raises CrosshookError: if it cannot be written.
    """
    part = directory / f".{file.name}.part"
    try:
        shutil.copyfile(file, part)
        os.replace(part, directory / file.name)
    except OSError as error:
        raise CrosshookError(f"cannot write {directory / file.name}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return directory / file.name


def realise(composition: Composition, directory: Path) -> None:
    """Make a composition's directory; it appears whole or not at all."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{directory.name}-", dir=directory.parent))
    try:
        for name, source in composition.trees.items():
            shutil.copytree(source, draft / name, dirs_exist_ok=True)
        write_files(draft, composition.files)
        for command in composition.commands:
            _run_tool(command, draft)
        draft.chmod(0o755)
        os.replace(draft, directory)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _run_tool(command: Sequence[str], cwd: Path, environ: Mapping[str, str] | None = None) -> None:
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


def mark(files: Sequence[Path]) -> None:
    """Create empty files, whose being there says something."""
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
