"""Run a target's Python on this machine, and a wheel's tests in it.

Before a wheel is built, :func:`prepare` finds an emulator and an interpreter, makes a virtual
environment for them, and asks that Python what it is. :func:`run_tests` installs a wheel there,
with what it requires, and runs the user's command.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook import _files, _kept, _processes, emulators
from crosshook._types import Output, Reporter
from crosshook.emulators import Emulator, venv
from crosshook.emulators.venv import Venv
from crosshook.errors import CrosshookError, EmulatorError, UsageError
from crosshook.frontend import commands, pip_for_target, workplace
from crosshook.frontend.pip_for_target import TargetSite
from crosshook.machine import Machine
from crosshook.project import TargetTests
from crosshook.target import Target
from crosshook.target.tags import installable_tags

_PROBE = Path(emulators.__file__).parent / "probe.py"
_PROBE_SECONDS = 300
_ANSWER = "crosshook-probe:"

_OTHER_PYTHONS = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONPLATLIBDIR", "PYTHONUSERBASE")


@dataclass(frozen=True, kw_only=True, slots=True)
class Runner:
    """A target's Python that was run and has said what it is."""

    emulator: Emulator
    venv: Venv
    environ: Mapping[str, str]
    """Environment variables of processes that it is run in."""
    site: TargetSite
    """The virtual environment's ``site-packages``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    """What ``emulators/probe.py`` prints."""

    libc: str | None
    """``glibc 2.36``; None where there is no glibc."""
    extension_suffix: str
    markers: Mapping[str, str]
    brought: Mapping[str, str]
    """By name, the versions of the distributions that it has before anything is installed."""

    @property
    def glibc(self) -> tuple[int, int] | None:
        found = re.fullmatch(r"glibc (\d+)\.(\d+).*", self.libc or "")
        return (int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Tested:
    """What came of a wheel's tests."""

    command: str
    """What was run, with its placeholders filled in."""
    emulator: str
    exit_code: int
    """As a shell has it: 128 + N for signal N; 124 if it did not end in time, as ``timeout`` has
    it."""


class FailedTest(CrosshookError):
    """A wheel whose test command failed, or did not end in time; crosshook exits with its code."""

    def __init__(self, message: str, *, tested: Tested, detail: str | None) -> None:
        super().__init__(message, detail=detail)
        self.exit_code = tested.exit_code
        self.tested = tested


def prepare(
    target: Target,
    *,
    interpreter: Path,
    prefix: Path,
    machine: Machine,
    named: str | None,
    work: Path,
) -> Runner:
    """Return what runs a target's Python here.

    :param interpreter: The target's Python.
    :param prefix: The directory that it was unpacked into.
    :param named: ``--emulator``.
    :param work: A directory to make a virtual environment and other files in.
    :raises EmulatorError: if an emulator is missing, the Python does not run, or it is another one
        than the target's.
    """
    platform = target.platform
    if named is not None:
        emulator = emulators.named(named, platform)
    else:
        emulator = emulators.choose(platform, interpreter, prefix, machine)
    made = venv.plan(
        work / "venv",
        interpreter=interpreter,
        version=target.python_version,
        platform=platform,
        emulator=emulator,
    )
    made.site_packages.mkdir(parents=True)
    _files.write_files(made.root, made.files)
    _files.write_links(made.root, made.links)
    _files.write_launchers(made.scripts)
    environ = _environ(machine.environ, emulator, made, work)
    _first_run(emulator, environ)
    answer = _ask(made, emulator, environ, work)
    _check_answer(answer, target, interpreter)
    site = TargetSite(
        directory=made.site_packages,
        python_version=answer.markers["python_version"],
        tags=installable_tags(target, answer.glibc),
        markers=answer.markers,
        brought=answer.brought,
    )
    return Runner(emulator=emulator, venv=made, environ=environ, site=site)


def run_tests(
    runner: Runner,
    wheel: Path,
    testing: TargetTests,
    *,
    project: Path,
    timeout: float | None,
    work: Path,
    reporter: Reporter,
) -> Tested:
    """Install a wheel for its target, with what it requires, and run the test command.

    :param project: The source tree, ``{project}`` in the command.
    :param timeout: Seconds after which the command is ended; None for no limit.
    :param work: A directory for files of this run; the command runs in one below it, which holds
        nothing but ``test-sources``.
    :raises UsageError: if there is no file that ``test-sources`` names.
    :raises CrosshookError: if something cannot be installed.
    :raises FailedTest: if the command fails or does not end in time.
    """
    reporter.phase("testing")
    extras = f"[{','.join(testing.extras)}]" if testing.extras else ""
    # A URL, since pip takes a path with odd characters for something else.
    name = wheel.name.partition("-")[0]
    pip_for_target.install(
        runner.site,
        [f"{name}{extras} @ {wheel.as_uri()}", *testing.requires],
        environ=runner.environ,
        work=work,
    )
    _files.write_launchers(venv.program_launchers(runner.venv))
    place = work / "run"
    place.mkdir()
    _copy_sources(testing.sources, project, place)
    paths = {"project": str(project), "package": str(project), "wheel": str(wheel)}
    filled = commands.fill(testing.command, paths)
    reporter.step(f"testing on {runner.emulator.name}: {filled.text}")
    kept = _processes.Tail()
    code = _run(
        ["/bin/sh", "-c", filled.text],
        cwd=place,
        environ={**runner.environ, **testing.environ, **filled.environ},
        output=_processes.Copies(
            reporter.stream if reporter.streams_test_output else kept, reporter.log
        ),
        timeout=timeout,
    )
    tested = Tested(command=filled.text, emulator=runner.emulator.name, exit_code=_exit_code(code))
    if code == 0:
        return tested
    how = f"did not end in {timeout:g} seconds" if code is None else f"ended with exit code {code}"
    raise FailedTest(
        f"{wheel.name}: the test command {how}: {filled.text}",
        tested=tested,
        detail=kept.text() or None,
    )


def _copy_sources(sources: Sequence[str], project: Path, place: Path) -> None:
    """Copy files and directories of a project, under the paths that they have in it."""
    for name in sources:
        source, copy = project / name, place / name
        if not source.exists() or not _is_inside(copy, place):
            raise UsageError(
                f"test-sources: {name!r}: no file or directory in the project {project}"
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, dirs_exist_ok=True)
        else:
            shutil.copy2(source, copy)


def _is_inside(path: Path, directory: Path) -> bool:
    return Path(os.path.abspath(path)).is_relative_to(directory)


def _run(
    command: Sequence[str],
    *,
    cwd: Path | None,
    environ: Mapping[str, str],
    output: Output,
    timeout: float | None,
) -> int | None:
    """Run a process and return its exit code; None if it did not end in time."""
    try:
        return _processes.run(
            command,
            cwd=None if cwd is None else str(cwd),
            environ=environ,
            output=output,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired:
        return None


def _exit_code(code: int | None) -> int:
    if code is None:
        return 124
    return code if code >= 0 else 128 - code


def _environ(
    environ: Mapping[str, str], emulator: Emulator, made: Venv, work: Path
) -> dict[str, str]:
    without = {*_OTHER_PYTHONS, *emulator.unset}
    own = workplace.environ_of(work)
    if emulator.state is not None:
        # What it leaves running serves other runs as well.
        own.pop(_processes.RUN_VARIABLE)
        without.add(_processes.RUN_VARIABLE)
    return {
        **{name: value for name, value in environ.items() if name not in without},
        **emulator.environ,
        **own,
        "PATH": os.pathsep.join([str(made.launchers), environ.get("PATH", os.defpath)]),
        "VIRTUAL_ENV": str(made.root),
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _first_run(emulator: Emulator, environ: Mapping[str, str]) -> None:
    """Make the emulator's state directory, if it has one and it is not there."""
    if emulator.state is None:
        return
    done = emulator.state / "crosshook-made"
    with _kept.locked(emulator.state):
        if done.is_file():
            return
        _files.remove(emulator.state)
        output = _processes.Tail()
        for command in emulator.first_run:
            code = _run(command, cwd=None, environ=environ, output=output, timeout=_PROBE_SECONDS)
            if code != 0:
                raise EmulatorError(
                    f"{emulator.name}: {' '.join(command)} failed", detail=output.text() or None
                )
        _files.mark((done,))


def _ask(made: Venv, emulator: Emulator, environ: Mapping[str, str], work: Path) -> _Answer:
    """Return what the target's Python says of itself."""
    output = _processes.Tail()
    code = _run(
        [str(made.python), str(_PROBE)],
        cwd=work,
        environ=environ,
        output=output,
        timeout=_PROBE_SECONDS,
    )
    text = output.text()
    answers = [line for line in text.splitlines() if line.startswith(_ANSWER)]
    if code != 0 or not answers:
        ended = f"in {_PROBE_SECONDS} seconds" if code is None else f"exit code {code}"
        raise EmulatorError(
            f"the target's Python does not run here ({emulator.name}; {ended}): "
            f"{' '.join(made.python_command)}",
            hint="another emulator: --emulator CMD; no tests: --test-command ''"
            + ("; if it ran before: crosshook cache --prune" if emulator.state is not None else ""),
            detail=text or None,
        )
    return _Answer(**json.loads(answers[-1].removeprefix(_ANSWER)))


def _check_answer(answer: _Answer, target: Target, interpreter: Path) -> None:
    """Check that the Python that ran is the target's, and has the libc that the tag promises."""
    wanted = target.extension_suffixes[0]
    if answer.extension_suffix != wanted:
        raise EmulatorError(
            f"{interpreter}: a Python whose extension modules end in {answer.extension_suffix}, "
            f"{target.platform.tag} needs {wanted}"
        )
    promised = target.platform.glibc
    if promised is not None and answer.glibc is not None and answer.glibc < promised:
        raise EmulatorError(
            f"{interpreter}: runs with glibc {answer.glibc[0]}.{answer.glibc[1]}, older than "
            f"{target.platform.tag} promises",
            hint="a Python with a newer libc beside it, or a target with an older one",
        )
