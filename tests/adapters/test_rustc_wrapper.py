"""The program that stands in front of rustc."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from crosshook.adapters import _rust, rustc_wrapper
from crosshook.adapters.plan import SCRATCH
from tests.adapters.test_rust import machine_with
from tests.conftest import MakeTarget

TRIPLE = "aarch64-unknown-linux-gnu"
NATIVE = [
    ["-Ctarget-cpu=native"],
    ["-C", "target-cpu=native"],
    ["--codegen", "target-cpu=native"],
    ["--codegen=target-cpu=native"],
]


@pytest.mark.parametrize("flag", NATIVE)
@pytest.mark.parametrize("target", [["--target", TRIPLE], [f"--target={TRIPLE}"]])
def test_what_is_for_another_machine(flag: Sequence[str], target: Sequence[str]) -> None:
    kept = ["rustc", "--crate-name", "x", *target, "-C", "opt-level=3"]
    assert rustc_wrapper.without_native([*kept, *flag]) == (kept, [" ".join(flag)])
    assert rustc_wrapper.without_native([*kept[:3], *flag, *kept[3:]])[0] == kept


@pytest.mark.parametrize(
    "words", [["-Ctarget-cpu=native"], ["--target", TRIPLE, "-Ctarget-cpu=neoverse-n1"]]
)
def test_what_is_left_alone(words: Sequence[str]) -> None:
    """What is for this machine, and processors that somebody chose."""
    assert rustc_wrapper.without_native(["rustc", *words]) == (["rustc", *words], [])


@pytest.mark.skipif(os.name != "posix", reason="it is a script for /bin/sh")
@pytest.mark.parametrize("users", ["", "env"])
def test_a_process_of_its_own(make_target: MakeTarget, tmp_path: Path, users: str) -> None:
    target = make_target("linux_aarch64")
    machine = machine_with(target, TRIPLE, environ={"RUSTC_WRAPPER": users})
    for name, text in _rust.plan(target, machine).files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        mine = text.replace("'/python 3/bin/python'", sys.executable)
        file.write_text(mine.replace(SCRATCH, str(tmp_path)))
        file.chmod(0o755)
    script = str(tmp_path / "rust" / "rustc")
    environ = {**os.environ, "CROSSHOOK_REPORT": str(tmp_path / "report")}
    show = "import json, sys; print(json.dumps(sys.argv[1:])); sys.exit(7)"
    for flags in ([], ["-C", "target-cpu=native"]):
        command = [script, sys.executable, "-c", show, "a b", "--target", TRIPLE, *flags]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 7, done.stderr
        assert json.loads(done.stdout) == ["a b", "--target", TRIPLE]
    (line,) = (tmp_path / "report").read_text().splitlines()
    assert json.loads(line) == {"kind": "left-out-flag", "subject": "-C target-cpu=native"}
