"""``action.yml``: its inputs are used, and none of them is taken for code."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crosshook import _files, cli

yaml = pytest.importorskip("yaml")
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="its steps are bash's")

ROOT = Path(__file__).parents[1]
INPUT = re.compile(r"\$\{\{\s*inputs\.(\w+)\s*\}\}")

PRINTS = """\
#!{python} -I
import json, os, sys
with open({log!r}, "a") as stream:
    stream.write(json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]) + "\\n")
"""


@pytest.fixture
def action() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return data


def run(action: Mapping[str, Any], given: Mapping[str, str], room: Path) -> list[list[str]]:
    """Run the steps as GitHub does; return the commands that they start, and their arguments."""
    inputs = {name: about.get("default", "") for name, about in action["inputs"].items()}
    inputs.update(given)
    log = room / "log"
    text = PRINTS.format(python=sys.executable, log=str(log))
    _files.write_launchers({str(room / "bin" / name): text for name in ("python", "crosshook")})
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        told = {name: INPUT.sub(lambda m: inputs[m[1]], v) for name, v in step["env"].items()}
        subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={
                "PATH": f"{room / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "GITHUB_OUTPUT": str(room / "output"),
                **told,
            },
            cwd=room,
            check=True,
        )
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_every_input_is_used_and_every_used_one_is_there(action: Mapping[str, Any]) -> None:
    steps = json.dumps(action["runs"]["steps"])
    assert set(INPUT.findall(steps)) == set(action["inputs"])
    assert all(about["description"] for about in action["inputs"].values())
    assert all("default" in a or a.get("required") for a in action["inputs"].values())


def test_no_expression_is_in_code(action: Mapping[str, Any]) -> None:
    assert all("${{" not in step["run"] for step in action["runs"]["steps"])


def test_the_usual(action: Mapping[str, Any], tmp_path: Path) -> None:
    installed, built = run(action, {"targets": "win_arm64,win_amd64"}, tmp_path)
    assert installed == ["python", "-m", "pip", "install", "--", "crosshook[cli]"]
    told = ["--outdir=wheelhouse", "--target=win_arm64,win_amd64", "--adapt"]
    assert built == ["crosshook", "build", *told, "--", "."]
    assert (tmp_path / "output").read_text() == "outdir=wheelhouse\n"


def test_what_is_given(action: Mapping[str, Any], tmp_path: Path) -> None:
    given = {"targets": "win32", "pythons": "3.12,3.13", "options": "--test-command\na b\n\n-v\n"}
    _, built = run(action, given, tmp_path)
    told = ["--target=win32", "--python=3.12,3.13", "--test-command", "a b", "-v"]
    assert built[3:-2] == told


@pytest.mark.parametrize(
    "hostile",
    ["$(touch owned)", "`touch owned`", '"; touch owned; "', "'; touch owned; '", "a b", "*", "-x"],
)
def test_nothing_is_taken_for_code(action: Mapping[str, Any], tmp_path: Path, hostile: str) -> None:
    inputs = dict.fromkeys(action["inputs"], hostile)
    installed, built = run(action, inputs, tmp_path)
    assert installed[-1] == built[-1] == built[-3] == hostile
    assert built[2:5] == [f"--{name}={hostile}" for name in ("outdir", "target", "python")]
    assert not (tmp_path / "owned").exists()


def test_a_directory_with_a_line_break_says_no_other_output(
    action: Mapping[str, Any], tmp_path: Path
) -> None:
    run(action, {"targets": "win32", "outdir": "a\nother=b"}, tmp_path)
    assert (tmp_path / "output").read_text() == "outdir=aother=b\n"


def test_its_options_are_the_command_s(action: Mapping[str, Any]) -> None:
    _, parsers = cli.make_parser(["build"])
    words = ["--outdir=o", "--target=t", "--python=3.12", "--adapt", "--", "source"]
    told = parsers["build"].parse_args(words)
    assert (told.outdir, told.target, told.python) == ("o", ["t"], ["3.12"])
    assert (told.adapt, told.sources) == (True, ["source"])


# The files that the documentation shows.

BLOCKS = re.findall(
    r"```yaml\n(.*?)```", (ROOT / "docs/how-to/ci.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("text", BLOCKS)
def test_documented_files(action: Mapping[str, Any], text: str) -> None:
    data = yaml.safe_load(text)
    for job in data.get("jobs", {}).values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            if "crosshook" in step.get("uses", ""):
                assert step["with"].keys() <= action["inputs"].keys()
        needed = job.get("needs", [])
        assert set([needed] if isinstance(needed, str) else needed) <= data["jobs"].keys()
