"""``crosshook matrix``: what it prints for a project, by the times of its builds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.cli import main
from crosshook.frontend import times
from tests.factory import make_elf, make_wheel

VERSION = "{}.{}".format(*sys.version_info[:2])
DIGITS = VERSION.replace(".", "")
AARCH64 = "manylinux_2_28_aarch64"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\n[project]\nname = "Demo.One"\nrequires-python = ">=3.11"\n'
    )
    return root


@pytest.mark.parametrize("form", ["github", "gitlab", "json"])
def test_one_line_of_json(project: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    words = ["--format", form, "--target", "win_arm64,win_amd64", "--python", "3.12"]
    assert main(["matrix", *words, str(project)]) == 0
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out)


def test_jobs_are_shared_out_by_times(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cache" / "times").mkdir(parents=True)
    known = {"win_arm64": {"3.12": 50}, "win_amd64": {"3.12": 20}, "win32": {"3.12": 25}}
    (tmp_path / "cache" / "times" / "demo-one.json").write_text(json.dumps(known))
    words = ["--shards", "2", "--target", "win32,win_amd64,win_arm64", "--python", "3.12"]
    assert main(["matrix", *words, str(project)]) == 0
    jobs = json.loads(capsys.readouterr().out)
    assert [(job["targets"], job["seconds"]) for job in jobs] == [
        (["win32", "win_amd64"], 45.0),
        (["win_arm64"], 50.0),
    ]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "--target: none given"),
        (["--target", "win_arm64", "--shards", "0"], 2, "--shards: 0 is less than 1"),
        (["--target", "win_arm65"], 2, "win_arm65"),
        (["--target", "win_arm64", "--python", "3.10"], 1, "requires-python is '>=3.11'"),
    ],
)
def test_what_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["matrix", *words, str(project)]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


def test_builds_leave_their_times(
    copy_project: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("CC", "a-compiler-that-is-never-run")
    root = copy_project("prepared")
    module = f"demo/_core.cpython-{DIGITS}-aarch64-linux-gnu.so"
    tag = f"cp{DIGITS}-cp{DIGITS}-{AARCH64}"
    (root / "prepared").mkdir()
    make_wheel(root / "prepared", {"demo/__init__.py": b"", module: make_elf(183)}, tag=tag)
    (root / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "prepared:refuses"\n'
        'backend-path = ["_build"]\n'
    )
    targets = f"{AARCH64},manylinux_2_28_x86_64"
    words = ["--target", targets, "--toolchain", "environment", "-o", str(tmp_path / "out")]
    assert main(["build", *words, str(root)]) == 1
    ((cell, seconds),) = times.expected(tmp_path / "cache", "demo").items()
    assert cell == (AARCH64, VERSION)
    assert 0 <= seconds < 600
