"""Programs of the target that a build starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.adapters.plan import RUNNER, Plan
from crosshook.backend import applied
from tests.conftest import MakeTarget

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are of the POSIX kind")

RUNS = Plan(files={RUNNER: '#!/bin/sh\necho "run: ${1##*/} $2"\n'}, executables=frozenset({RUNNER}))

START = """
import json, pathlib, subprocess, sys
def start(*words, **named):
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, **named).stdout
    except OSError as error:
        return type(error).__name__
here = pathlib.Path(sys.argv[1])
asked = [
    start(here / "program", "one"),
    start("./program", "two words", cwd=here),
    start(here / "windows", "three"),
    start(here / "windows.exe", "three"),
    start(here / "script"),
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
            [
                "run: program one\n",
                "run: program two words\n",
                "run: windows.exe three\n",
                "run: windows.exe three\n",
            ],
        ),
        (Plan(), ["OSError", "OSError", "FileNotFoundError", "PermissionError"]),
    ],
)
def test_programs_are_run_by_what_runs_them(
    make_target: MakeTarget, directory: Path, plan: Plan, said: list[str]
) -> None:
    others = ["OSError", "FileNotFoundError", "3\n", "four"]
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
            subprocess.check_output(["ignored"], executable=program)
    with pytest.raises(OSError, match="Exec format error"):
        subprocess.check_output(program)
