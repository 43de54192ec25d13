"""Questions about this machine's processor that nothing answers for the target."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.adapters import BuildMachine, environment
from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from crosshook.project import Backend, Project
from crosshook.report import VARIABLE, asked_questions, read_report
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks as one does on Linux")


def sentences(
    make_target: MakeTarget, directory: Path, code: str, *, sees: bool = True
) -> list[str]:
    """Return what is said of a build that runs a script of the project."""
    script = directory / "setup.py"
    script.write_text(code)
    with applied.applied(Plan(project_sees_target=sees), make_target("linux_aarch64"), directory):
        subprocess.run([sys.executable, script], check=True, capture_output=True)
    return [remark.sentence for remark in read_report(directory / "report")]


@pytest.fixture(autouse=True)
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report"))


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("open('/proc/cpuinfo').close()", "/proc/cpuinfo"),
        ("import subprocess; subprocess.run(['/bin/uname', '-m'])", "uname"),
        ("import os; os.system('lscpu --parse')", "lscpu"),
        ("import subprocess; subprocess.getoutput('/bin/arch')", "arch"),
        ("import os; os.system('gcc -march=native -E -dM -xc /dev/null')", "gcc -march=native"),
    ],
)
def test_who_asked_is_told(make_target: MakeTarget, tmp_path: Path, code: str, asked: str) -> None:
    (said,) = sentences(make_target, tmp_path, code)
    assert said.startswith(f"{tmp_path / 'setup.py'} asked {asked} what the processor is: ")
    assert "CFLAGS" in said


@pytest.mark.parametrize(
    "code",
    [
        "import platform; platform.processor(); platform.uname()",
        "import os; os.cpu_count()",
        # A script answers for the target.
        "import subprocess; subprocess.run(['uname', '-m'])",
        "import os; os.system('arch')",
        "open(__file__).close()",
        "import subprocess, sys; subprocess.run([sys.executable, '-c', ''])",
    ],
)
def test_nothing_is_said_otherwise(make_target: MakeTarget, tmp_path: Path, code: str) -> None:
    assert sentences(make_target, tmp_path, code) == []


def test_nothing_is_said_of_a_script_that_is_started_by_its_path(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    """As Meson starts what it has looked for."""
    code = "import shutil, subprocess; subprocess.run([shutil.which('uname'), '-m'])"
    (tmp_path / "setup.py").write_text(code)
    project = Project(root=tmp_path, requires=(), backend=Backend(name="any"))
    target = make_target("linux_aarch64")
    machine = BuildMachine(system="linux", environ=os.environ)
    plan = environment.plan(target, project, machine).merged(Plan(project_sees_target=True))
    with applied.applied(plan, target, tmp_path):
        said = subprocess.check_output([sys.executable, tmp_path / "setup.py"], text=True)
    assert said == "aarch64\n"
    assert not (tmp_path / "report").exists()


def test_nothing_is_said_to_who_wants_this_machine(make_target: MakeTarget, tmp_path: Path) -> None:
    code = "open('/proc/cpuinfo').close()"
    assert sentences(make_target, tmp_path, code, sees=False) == []


def test_a_script_that_setuptools_executes(make_target: MakeTarget, tmp_path: Path) -> None:
    asks = "open('/proc/cpuinfo').close()"
    code = f"exec({asks!r}, {{'__file__': '/project/setup.py', '__name__': '__main__'}})"
    (said,) = sentences(make_target, tmp_path, code)
    assert said.startswith("/project/setup.py asked /proc/cpuinfo")


def test_it_listens_in_this_process_too(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target("linux_aarch64")
    with applied.applied(Plan(project_sees_target=True), target, tmp_path):
        Path("/proc/cpuinfo").read_text(encoding="utf-8")
    assert len(read_report(tmp_path / "report")) == 1
    Path("/proc/cpuinfo").read_text(encoding="utf-8")
    assert len(read_report(tmp_path / "report")) == 1


def test_each_question_is_told_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert asked_questions(log) == ()
    log.write_text(3 * (json.dumps({"what": "lscpu", "who": "a.py"}) + "\n"))
    assert asked_questions(log) == ("a.py asked lscpu what the processor is",)
