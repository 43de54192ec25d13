"""Every question of the list, asked in a script of a project and in one that is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.adapters import environment
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.backend import applied
from crosshook.overlay.questions import QUESTIONS, Told
from crosshook.project import Backend, Project
from crosshook.target.python_version import running_python
from tests.conftest import MakeTarget

TARGETS = ("win32", "linux_s390x", "macosx_11_0_arm64")
"""Of each question that is answered, one at least answers otherwise than any machine that tests
run on."""

ASK = """
import json, sys
sys.path[:] = [entry for entry in sys.path if entry != sys.path[0]]
found = []
for imports, asks in json.load(sys.stdin):
    for expression in asks:
        names = {}
        try:
            exec(imports, names)
            answer = repr(eval(expression, names))
        except Exception as error:
            answer = f"raises {type(error).__name__}"
        found.append(answer)
print(json.dumps(found))
"""

Answers = Mapping[str, str]


def ask(directory: Path) -> Answers:
    """Return the answers that a script gets which stands in a directory, by what was asked."""
    directory.mkdir(exist_ok=True)
    script = directory / "ask.py"
    script.write_text(ASK)
    done = subprocess.run(
        [sys.executable, script],
        input=json.dumps([(question.imports, question.asks) for question in QUESTIONS]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    asked = [f"{q.imports}; {expression}" for q in QUESTIONS for expression in q.asks]
    return dict(zip(asked, json.loads(done.stdout), strict=True))


class Answered:
    """What is answered without an overlay, and under those of several targets."""

    def __init__(self, make_target: MakeTarget, directory: Path) -> None:
        project, elsewhere = directory / "project", directory / "elsewhere"
        self.real = ask(elsewhere)
        self.in_project: dict[str, Answers] = {}
        self.elsewhere: dict[str, Answers] = {}
        for tag in TARGETS:
            target = make_target(tag, str(running_python()))
            project.mkdir(exist_ok=True)
            told = environment.plan(
                target,
                Project(root=project, requires=(), backend=Backend(name="any")),
                BuildMachine(system="linux", environ=os.environ),
            )
            told = told.merged(Plan(project_sees_target=True))
            with applied.applied(told, target, project):
                self.in_project[tag] = ask(project)
                self.elsewhere[tag] = ask(elsewhere)


@pytest.fixture(scope="module")
def answered(make_target: MakeTarget, tmp_path_factory: pytest.TempPathFactory) -> Answered:
    return Answered(make_target, tmp_path_factory.mktemp("questions"))


def cases(told: Told) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "asked",
        [
            f"{question.imports}; {expression}"
            for question in QUESTIONS
            for expression in question.asks
            if question.told is told
        ],
    )


def skip_without_package(answer: str) -> None:
    if answer == "raises ModuleNotFoundError":
        pytest.skip("not installed")


@cases(Told.EVERYBODY)
def test_everybody_is_told_of_the_target(answered: Answered, asked: str) -> None:
    real = answered.real[asked]
    skip_without_package(real)
    for place in (answered.elsewhere, answered.in_project):
        told = {place[tag][asked] for tag in TARGETS}
        assert told != {real}
        assert not any(answer.startswith("raises ") for answer in told)


@cases(Told.PROJECT)
def test_the_project_is_told_of_the_target(answered: Answered, asked: str) -> None:
    real = answered.real[asked]
    told = {answered.in_project[tag][asked] for tag in TARGETS}
    if len(told) == 1:
        skip_without_package(real)
    assert told != {real}
    assert {answered.elsewhere[tag][asked] for tag in TARGETS} == {real}


@cases(Told.NOBODY)
def test_nobody_is_told_of_the_target(answered: Answered, asked: str) -> None:
    for tag in TARGETS:
        assert answered.in_project[tag][asked] == answered.real[asked]
