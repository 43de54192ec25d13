"""The conformance kit accepts what is good, and each of its checks can fail."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.conformance.__main__ import main
from crosshook.conformance.cases import CASES
from tests.conftest import FIXTURES, MakeTarget

TAG = "manylinux_2_28_aarch64"
Run = Callable[..., dict[str, str]]

ON_LINUX = pytest.mark.skipif(
    sys.platform != "linux", reason="the subjects' own wheels are for Linux on x86-64"
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs the kit and returns what failed, by check, and why."""

    def run(*options: str | Path, exit_code: int | None = None) -> dict[str, str]:
        file = tmp_path / "outcomes.json"
        words = [sys.executable, "-m", "crosshook.conformance", *map(str, options)]
        done = subprocess.run(
            [*words, "-q", "--tb=no", "--conformance-json", str(file)],
            capture_output=True,
            text=True,
            check=False,
        )
        rows = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
        assert rows, done.stdout + done.stderr
        failed = {row["title"]: row["why"] for row in rows if row["outcome"] == "failed"}
        assert done.returncode == (1 if failed else 0)
        return failed

    return run


@pytest.fixture
def over_subject(run: Run, tmp_path: Path, make_target: MakeTarget) -> Run:
    """The same, with a backend of ``fixtures/subjects``, and perhaps with some checks alone."""
    version = "{}.{}".format(*sys.version_info[:2])
    target = tmp_path / f"{TAG}.json"
    target.write_text(json.dumps(make_target(TAG, version).to_json()), encoding="utf-8")
    pure = tmp_path / "pure-project"
    (pure / "pure").mkdir(parents=True)
    for file in ("pyproject.toml", "_build/subject.py"):
        (pure / file).parent.mkdir(exist_ok=True)
        (pure / file).write_bytes((FIXTURES / "subjects" / file).read_bytes())

    def over(backend: str, checks: str = "") -> dict[str, str]:
        return run(
            *("--backend", f"subject:{backend}", "--backend-path", "_build", "-k", checks),
            *("--project", FIXTURES / "subjects", "--pure-project", pure, "--target", target),
        )

    return over


@ON_LINUX
def test_a_good_backend(over_subject: Run) -> None:
    assert over_subject("good") == {}


@ON_LINUX
@pytest.mark.parametrize(
    ("backend", "check", "why"),
    [
        ("no_hook", "test_the_hook", "there is none"),
        ("no_hook", "test_a_compiler_that_is_not_there", "there is no cross_build_wheel"),
        ("other_names", "test_the_signature", "other names"),
        ("no_exception", "test_the_refusal", "there is none"),
        ("no_requirements", "test_the_requirements", "not a requirement"),
        ("other_machine", "test_the_wheel", "RefusedWheel"),
        ("other_tag", "test_the_wheel", "RefusedWheel"),
        ("other_suffix", "test_the_wheel", "RefusedWheel"),
        ("changing", "test_again", "demo/x"),
        ("strict", "test_unknown_keys", "UnsupportedTarget"),
        ("any_version", "test_another_major_version", "DID NOT RAISE"),
        ("any_platform", "test_an_unknown_platform", "DID NOT RAISE"),
        ("any_python", "test_an_unknown_python", "DID NOT RAISE"),
        ("other_exception", "test_an_unknown_platform", "not by UnsupportedTarget"),
        ("falls_back", "test_no_toolchain", "RefusedWheel"),
        ("falls_back", "test_a_compiler_that_is_not_there", "RefusedWheel"),
        ("leaves", "test_native_builds", "for another machine"),
        ("tags_pure", "test_a_pure_project", "RefusedWheel"),
    ],
)
def test_each_check_of_backends_can_fail(
    over_subject: Run, backend: str, check: str, why: str
) -> None:
    failed = over_subject(backend, check)
    assert failed
    assert all(why in said for said in failed.values()), failed


NAIVE = """
import importlib, json, os, subprocess, sys
from pathlib import Path

project, out, target = sys.argv[1:]
code = '''
import os, sys, json, tomllib
sys.path.insert(0, "_build")
import odd_backend
name = tomllib.load(open("pyproject.toml", "rb"))["build-system"]["build-backend"].partition(":")[2]
backend, out, target = getattr(odd_backend, name), sys.argv[1], json.load(open(sys.argv[2]))
if hasattr(backend, "cross_build_wheel"):
    backend.cross_build_wheel(out, target=target)
else:
    backend.build_wheel(out)
'''
sys.exit(subprocess.run([sys.executable, "-c", code, out, target], cwd=project).returncode)
"""
"""A frontend that believes everything, and passes an argument by keyword."""


@ON_LINUX
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the naive frontend has no tomllib")
def test_a_frontend_that_believes_everything(
    run: Run, tmp_path: Path, make_target: MakeTarget
) -> None:
    (tmp_path / "naive.py").write_text(NAIVE, encoding="utf-8")
    target = tmp_path / "target.json"
    target.write_text(json.dumps(make_target(TAG).to_json()), encoding="utf-8")
    command = [sys.executable, str(tmp_path / "naive.py"), "{project}", "{outdir}", "{target}"]
    failed = run("--frontend", shlex.join(command), "--target", target)
    # Where the backend raises, nothing can be delivered.
    harmless = {"refuses", "raises"}
    harmless |= {case.backend for case in CASES if case.delivers is not False} - {"two_wheels"}
    expected = {case.about for case in CASES if case.backend not in harmless}
    assert set(failed) & {case.about for case in CASES} == expected
    assert (
        failed["The arguments of the hooks are passed by position"] == "AssertionError: by keyword"
    )
    assert "the same target" in " ".join(failed)


def test_without_pytest_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    assert main() == 1
    said = 'error: the kit runs pytest, which is not installed\nhint: pip install "crosshook['
    assert capsys.readouterr().err.startswith(said)
