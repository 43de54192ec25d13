"""Programs of the target that a build starts."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters.plan import RUNNER, Plan
from crosshook.backend import applied
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are of the POSIX kind")

RUNS = Plan(files={RUNNER: '#!/bin/sh\necho "run: ${1##*/} $2"\n'}, executables=frozenset({RUNNER}))

ITSELF = ["run: program one\n", "run: program two words\n"]
SHELLS = ["run: program five\n", "run: program six\n", "run: program seven\n"]

START = """
import json, os, pathlib, subprocess, sys
def start(*words, **named):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, **named).stdout
    except OSError as error:
        return type(error).__name__
here = pathlib.Path(sys.argv[1])
asked = [
    start(here / "program", "one"),
    start("./program", "two words", cwd=here),
    start(b"./program", cwd=bytes(here)),
    start("program", env={"PATH": str(here)}),
    start("ignored", executable=here / "program"),
    start(here / "windows"),
    start("./windows.exe", cwd=here),
    subprocess.getoutput(f"'{here}/program' five 2>/dev/null") + "\\n",
    os.popen(f"{here}/program six 2>/dev/null").read(),
    start(sys.executable, "-c", "import os; os.system('./program seven 2>&-')", cwd=here),
    start(here / "script"),
    start(b"./script", cwd=bytes(here)),
    start(here / "nothing"),
    start(sys.executable, "-c", "print(3)"),
    subprocess.getoutput("echo four"),
]
print(json.dumps(asked))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return a directory with a program of a processor that no kernel knows, and a script that
    names no interpreter."""
    for name, content in (("program", b"\x7fELF" + bytes(60)), ("script", b"echo no\n")):
        file = tmp_path / name
        file.write_bytes(content)
        file.chmod(0o755)
    # As linkers leave it.
    (tmp_path / "windows.exe").write_bytes(b"MZ" + bytes(60))
    return tmp_path


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            RUNS,
            [*ITSELF, *3 * ["run: program \n"], *2 * ["run: windows.exe \n"], *SHELLS],
        ),
        (Plan(), [*5 * ["OSError"], "FileNotFoundError", "PermissionError", "\n", "", ""]),
    ],
)
def test_programs_are_run_by_what_runs_them(
    make_target: MakeTarget, directory: Path, plan: Plan, said: list[str]
) -> None:
    others = ["OSError", "OSError", "FileNotFoundError", "3\n", "four"]
    with applied.applied(plan, make_target("linux_s390x"), directory):
        done = subprocess.run(
            [sys.executable, "-c", START, directory], stdout=subprocess.PIPE, check=True
        )
    assert json.loads(done.stdout) == [*said, *others]


def test_in_this_process(make_target: MakeTarget, directory: Path) -> None:
    program = str(directory / "program")
    with applied.applied(RUNS, make_target("linux_s390x"), directory):
        assert subprocess.check_output(program, text=True) == "run: program \n"
    with pytest.raises(OSError, match="Exec format error"):
        subprocess.check_output(program)


ASK = "import sysconfig; print(sysconfig.get_platform())"


@pytest.mark.parametrize(
    "named",
    [
        {"env": {}},
        {"env": {"PYTHONPATH": "elsewhere"}},
        {"env": {b"PYTHONPATH": b"elsewhere"}},
        {"env": {"ASK": ASK}, "args": f'{shlex.quote(sys.executable)} -c "$ASK"', "shell": True},
    ],
)
def test_a_python_with_variables_of_its_own_has_the_overlay(
    make_target: MakeTarget, tmp_path: Path, named: dict[str, Any]
) -> None:
    started = {"args": [sys.executable, "-c", ASK], **named}
    with applied.applied(Plan(), make_target("linux_s390x"), tmp_path):
        assert subprocess.check_output(**started, text=True) == "linux-s390x\n"
    assert subprocess.check_output(**started, text=True) == sysconfig.get_platform() + "\n"


def test_variables_that_the_project_sets(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = "import os, sysconfig; print(sysconfig.get_platform(), os.environ['PYTHONPATH'])"
    with applied.applied(Plan(), make_target("linux_s390x"), tmp_path):
        monkeypatch.setenv("PYTHONPATH", "elsewhere")
        said = subprocess.check_output([sys.executable, "-c", say], text=True)
    assert said.startswith("linux-s390x ")
    assert said.endswith(f"{os.pathsep}elsewhere\n")
