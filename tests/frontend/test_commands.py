"""Paths in shell commands mean themselves, whatever they hold."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.frontend.commands import fill

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sh")

SHOW = f"{shlex.quote(sys.executable)} -c 'import json, sys; print(json.dumps(sys.argv[1:]))'"

NAMES = (
    "plain-1.0",
    "a b",
    "a b; touch X",
    "$(touch X)",
    "`touch X`",
    "it's",
    'say "x"',
    "a\\b",
    "*",
    "a\nb",
    "#no",
    "{wheel}",
    "ö&|<>",
    "-rf",
)


def shown(command: str, paths: Mapping[str, str], cwd: Path) -> list[str]:
    filled = fill(command, paths)
    done = subprocess.run(
        ["/bin/sh", "-c", filled.text],
        cwd=cwd,
        env={**os.environ, **filled.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    assert list(cwd.iterdir()) == []
    arguments: list[str] = json.loads(done.stdout)
    return arguments


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("written", "before", "after"),
    [
        ("{project}", "", ""),
        ("{project}/tests", "", "/tests"),
        ('"{project}/tests"', "", "/tests"),
        ("'{project}/tests'", "", "/tests"),
        ('"it\'s in {project}"', "it's in ", ""),
        ('\\"{project}', '"', ""),
        ("x{package}y", "x", "y"),
    ],
)
def test_it_is_one_argument(
    tmp_path: Path, name: str, written: str, before: str, after: str
) -> None:
    paths = {"project": name, "package": name, "wheel": "w.whl"}
    assert shown(f"{SHOW} {written} {{wheel}}", paths, tmp_path) == [
        f"{before}{name}{after}",
        "w.whl",
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "command",
    [
        "true # don't {project}",
        "cat >/dev/null <<EOF\n{project} '{project}' \"{project}\"\nEOF",
        'true "$(echo {project})"',
        "true `echo {project}`",
        "true '\\'{project}",
    ],
)
def test_nothing_of_it_is_ever_a_command(tmp_path: Path, name: str, command: str) -> None:
    filled = fill(command, {"project": name})
    environ = {**os.environ, **filled.environ}
    subprocess.run(["/bin/sh", "-c", filled.text], cwd=tmp_path, env=environ, check=False)
    assert list(tmp_path.iterdir()) == []


def test_a_plain_path_is_in_the_text() -> None:
    filled = fill("pytest {project}/tests {wheel}", {"project": "/p", "wheel": "/w-1.0.whl"})
    assert filled.text == "pytest /p/tests /w-1.0.whl"
    assert filled.environ == {}


def test_another_is_in_the_environment() -> None:
    filled = fill("pytest {project}/tests", {"project": "/a b"})
    assert filled.text == 'pytest "${CROSSHOOK_PROJECT}"/tests'
    assert filled.environ == {"CROSSHOOK_PROJECT": "/a b"}
