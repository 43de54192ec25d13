"""Make a plan true around a hook of the delegate, in this process and those that it starts."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crosshook import overlay
from crosshook._files import working_directory, write_files
from crosshook._types import Command
from crosshook.adapters.plan import SCRATCH, Answer, Plan
from crosshook.project import identity
from crosshook.report import asked_questions, report
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
    with working_directory(of=_identity(target, project)) as scratch:
        sees = project if plan.project_sees_target else None
        tools, hooks = plan.tools_in_project, plan.build_hooks
        children = overlay.for_children(target, target_requires, sees, tools, hooks)
        placed = plan.merged(children).with_scratch(str(scratch))
        write_files(scratch, placed.files)
        for name in placed.executables:
            (scratch / name).chmod(0o755)
        try:
            _set_environ(placed)
            sys.path[:0] = placed.python_path
            with overlay.installed(target, target_requires, sees, tools, hooks, scratch=scratch):
                try:
                    yield placed
                finally:
                    for question in asked_questions(scratch / overlay.ASKED_LOG):
                        report("asked-processor", question)
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


def _identity(target: Target, project: Path) -> bytes:
    return identity(project) + f"{target.platform.tag} {target.python_version}".encode()


def _set_environ(plan: Plan) -> None:
    for name in plan.unset:
        os.environ.pop(name, None)
    os.environ.update(plan.environ)
    inherited = [entry for entry in [os.environ.get("PYTHONPATH")] if entry]
    os.environ["PYTHONPATH"] = os.pathsep.join([*plan.python_path, *inherited])
