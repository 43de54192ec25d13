"""What is checked: a backend over a project, and a frontend over a backend."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from crosshook import _processes
from crosshook.conformance.cases import TAG
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.project import Backend

_HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class BackendSubject:
    """A backend over a project; its hooks run in processes of their own."""

    root: Path
    """The project."""
    backend: Backend
    python: str
    work: Path
    """An existing directory beside the project."""

    @cached_property
    def hooks(self) -> HookCaller:
        path = [RELAY_DIRECTORY, os.environ.get("PYTHONPATH", "")]
        environ = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(entry for entry in path if entry),
            # What a build that can be repeated has for the time.
            "SOURCE_DATE_EPOCH": "1600000000",
        }
        runner = _processes.hook_runner(environ, output=_processes.Tail())
        return HookCaller(root=self.root, backend=self.backend, python=self.python, runner=runner)

    @cached_property
    def described(self) -> Mapping[str, Any]:
        """What can be seen of the backend without a call: ``describe_backend.py`` has the keys."""
        answer = self.work / "described.json"
        script = str(_HERE / "describe_backend.py")
        path = [str(self.root / entry) for entry in self.backend.path]
        said = _processes.Tail()
        code = _processes.run(
            [self.python, script, self.backend.name, str(answer), *path],
            cwd=str(self.root),
            environ=os.environ,
            output=said,
        )
        if code != 0:
            pytest.fail(said.text())
        described: Mapping[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return described

    def directory(self, name: str) -> Path:
        """Return an empty directory for wheels."""
        made = self.work / name
        made.mkdir()
        return made

    def cross_build(self, target: Mapping[str, Any], name: str = "wheel") -> Path:
        """Return the wheel that the hook built in a directory of its own."""
        if self.described["cross_build_wheel"] is None:
            pytest.fail("there is no cross_build_wheel")
        return self.hooks.cross_build_wheel(self.directory(name), target, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a frontend did."""

    code: int
    wheels: tuple[Path, ...]
    calls: tuple[Mapping[str, Any], ...]
    """Of the backend's hooks, in order."""
    output: str
    project: Path

    @property
    def called(self) -> list[str]:
        return [call["hook"] for call in self.calls]

    def call(self, hook: str) -> Mapping[str, Any]:
        found = [call for call in self.calls if call["hook"] == hook]
        if not found:
            pytest.fail(f"{hook} was not called")
        return found[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontendSubject:
    """A frontend, which is a command line with placeholders."""

    command: tuple[str, ...]
    target: Path | None
    work: Path

    def build(self, backend: str) -> Outcome:
        """Let it build a project whose backend is one of ``odd_backend``'s."""
        project, outdir, record = self.work / "project", self.work / "out", self.work / "record"
        own = project / "_build"
        own.mkdir(parents=True)
        outdir.mkdir()
        for file in ("odd_backend.py", "made.py"):
            shutil.copy(_HERE / file, own)
        (own / "record.txt").write_text(str(record), encoding="utf-8")
        (project / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbackend-path = ["_build"]\n'
            f'build-backend = "odd_backend:{backend}"\n[project]\nname = "demo"\nversion = "1.0"\n',
            encoding="utf-8",
        )
        places = {"project": project, "outdir": outdir, "tag": TAG, "target": self.target}
        said = _processes.Tail()
        code = _processes.run(
            [word.format(**places) for word in self.command],
            cwd=str(self.work),
            environ=os.environ,
            output=said,
        )
        lines = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
        return Outcome(
            code=code,
            wheels=tuple(sorted(outdir.glob("*.whl"))),
            calls=tuple(map(json.loads, lines)),
            output=said.text(),
            project=project,
        )
