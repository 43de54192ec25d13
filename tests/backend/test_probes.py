"""What an adapter asks the build machine before it plans, and what its plan does to a build."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crosshook.adapters import SCRATCH, Adapter, Answer, BuildMachine, Plan
from crosshook.adapters.scikit_build_core import ScikitBuildCore
from crosshook.backend import applied
from crosshook.backend.wrapper import _CrossHooks
from crosshook.project import Backend, Project
from crosshook.report import VARIABLE, Remark, read_report, report
from crosshook.target import Target
from tests.conftest import MakeTarget

WHERE = "import os, sys; print(os.getcwd(), os.environ['SAID'], sys.argv[1]); sys.exit(3)"


def test_the_outcome_of_commands(tmp_path: Path) -> None:
    shown = (sys.executable, "-c", WHERE, SCRATCH)
    missing = (str(tmp_path / "no-such-program"),)
    errors = (sys.executable, "-c", "import sys; print('said', file=sys.stderr)")
    answers = applied.ask((shown, missing, errors), tmp_path, {"SAID": "yes"})
    assert answers[missing] == Answer(code=None)
    assert answers[errors] == Answer(code=0, output=f"said{os.linesep}")
    assert answers[shown].code == 3
    where, said, scratch = answers[shown].output.split()
    assert (Path(where), said) == (tmp_path.resolve(), "yes")
    assert SCRATCH not in scratch
    assert not Path(scratch).exists()


class Least(Adapter):
    """An adapter with what each has to have."""

    name = "least"

    def recognises(self, project: Project) -> bool:
        return True

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        return Plan()


def test_an_adapter_that_asks_nothing(make_target: MakeTarget, tmp_path: Path) -> None:
    machine = BuildMachine(system="linux", environ={})
    project = Project(root=tmp_path, requires=(), backend=Backend(name="demo"))
    assert tuple(Least().probes(make_target("win_arm64"), project, machine)) == ()
    assert tuple(Least().explain(project, Plan())) == ()


class Asking(Adapter):
    """An adapter that asks one thing, and answers with all that a plan can hold of it."""

    name = "asking"
    question = (sys.executable, "-c", "print('an answer')")

    def recognises(self, project: Project) -> bool:
        return True

    def probes(
        self, target: Target, project: Project, machine: BuildMachine
    ) -> tuple[tuple[str, ...], ...]:
        return (self.question,)

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        answer = machine.answers[self.question].output.strip()
        return Plan(
            files={"bin/program": "#!/bin/sh\n", "text": ""},
            executables=frozenset({"bin/program"}),
            config_settings={"ours": "1", "both": "ours"},
            replaced_settings={"arguments": f"{machine.config_settings['arguments']} {SCRATCH}"},
            environ={"PROGRAM": f"{SCRATCH}/bin/program"},
            notes=(answer,),
        )


def test_a_build_with_what_was_asked(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report"))
    seen: dict[str, Any] = {}

    def build_wheel(directory: str, settings: Any, metadata: Any) -> str:
        program = Path(os.environ["PROGRAM"])
        seen.update(settings, runs=os.access(program, os.X_OK), scratch=program.parents[1])
        seen["text runs"] = os.access(program.parents[1] / "text", os.X_OK)
        return "demo-1.0-py3-none-any.whl"

    project = Project(root=tmp_path, requires=(), backend=Backend(name="demo"))
    hooks = _CrossHooks(project, SimpleNamespace(build_wheel=build_wheel), Asking())
    mapping = make_target("win_arm64").to_json()
    users = {"arguments": "-v", "both": "users"}
    hooks.cross_build_wheel(str(tmp_path), json.loads(json.dumps(mapping)), users)
    assert seen == {
        "ours": "1",
        "both": "users",
        "arguments": f"-v {seen['scratch']}",
        "runs": True,
        "scratch": seen["scratch"],
        "text runs": os.name == "nt",
    }
    assert read_report(tmp_path / "report") == (Remark(kind="note", subject="an answer"),)


class Explains(Least):
    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        return Plan(files={"log": "the reason"})

    def explain(self, project: Project, plan: Plan) -> tuple[str, ...]:
        return (Path(plan.scratch, "log").read_text(encoding="utf-8"),)


def test_a_build_that_fails_is_explained(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report"))

    def build_wheel(directory: str, settings: Any, metadata: Any) -> str:
        raise SystemExit(1)

    project = Project(root=tmp_path, requires=(), backend=Backend(name="demo"))
    hooks = _CrossHooks(project, SimpleNamespace(build_wheel=build_wheel), Explains())
    with pytest.raises(SystemExit):
        hooks.cross_build_wheel(str(tmp_path), make_target("win_arm64").to_json())
    (remark,) = read_report(tmp_path / "report")
    assert remark == Remark(kind="cause", subject="the reason")
    assert (remark.sentence, remark.is_problem) == ("the reason", True)


def test_a_wheel_without_what_could_not_be_built(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As scikit-build-core makes it, where ``if.failed`` of an override says so."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report"))
    version = "{}.{}".format(*sys.version_info[:2])
    target = make_target("win_arm64", version).to_json()
    project = Project(root=tmp_path, requires=(), backend=Backend(name="scikit_build_core.build"))
    ran = False

    def build_wheel(directory: str, settings: Any, metadata: Any) -> str:
        made = Path(os.environ["SKBUILD_BUILD_DIR"])
        if ran:
            made.mkdir(parents=True)
            (made / "CMakeCache.txt").touch()
        return "demo-1.0-py3-none-any.whl"

    hooks = _CrossHooks(project, SimpleNamespace(build_wheel=build_wheel), ScikitBuildCore())
    hooks.cross_build_wheel(str(tmp_path), target)
    assert read_report(tmp_path / "report") == ()
    ran = True
    hooks.cross_build_wheel(str(tmp_path), target)
    (remark,) = read_report(tmp_path / "report")
    assert remark.is_problem
    assert remark.sentence.startswith("CMake ran, and the wheel holds no compiled code")


def test_a_note_is_no_problem(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    report("note", "chosen")
    report("missing-extension", "demo")
    first, second = capsys.readouterr().err.splitlines()
    assert first == "crosshook: note: chosen"
    assert second.startswith("crosshook: warning: the extension module demo is declared")
    assert not Remark(kind="note", subject="chosen").is_problem
    assert Remark(kind="missing-extension", subject="demo").is_problem
