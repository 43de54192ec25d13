"""The command line, run in this process for a project that needs no compiler."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from crosshook.cli import main
from crosshook.target import TOOL_VARIABLES
from tests.factory import make_elf, make_wheel

PURE = {"demo/__init__.py": b"answer = 42\n"}
DIGITS = "{}{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"


@dataclass
class Finished:
    code: int
    out: str
    err: str


class CommandLine:
    """``crosshook build --no-isolation`` in a project; CC is named and never run."""

    def __init__(self, project: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capfd = capfd

    def __call__(self, *arguments: str | Path, tag: str | None = AARCH64) -> Finished:
        target = ["--target", tag] if tag else []
        words = ["--no-isolation", "--toolchain", "environment", *target, *map(str, arguments)]
        return self.plain("build", *words)

    def plain(self, *arguments: str | Path) -> Finished:
        self._capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            # argparse ends the process where it does not understand.
            code = ended.code if isinstance(ended.code, int) else -1
        out, err = self._capfd.readouterr()
        return Finished(code=code, out=out, err=err)

    def backend(self, name: str) -> None:
        (self.project / "pyproject.toml").write_text(
            f'[build-system]\nrequires = []\nbuild-backend = "prepared:{name}"\n'
            'backend-path = ["_build"]\n'
        )

    def wheel(self, *, native: bool = False) -> Path:
        prepared = self.project / "prepared"
        prepared.mkdir()
        if not native:
            return make_wheel(prepared, PURE)
        module = f"demo/_core.cpython-{DIGITS}-aarch64-linux-gnu.so"
        tag = f"cp{DIGITS}-cp{DIGITS}-{AARCH64}"
        return make_wheel(prepared, {**PURE, module: make_elf(183)}, tag=tag, purelib=False)


@pytest.fixture
def crosshook(
    copy_project: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> CommandLine:
    for name in (*TOOL_VARIABLES.values(), "FORCE_COLOR", "COLUMNS", "PYTHONPATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CC", "a-compiler-that-is-never-run")
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    project = copy_project("prepared")
    monkeypatch.chdir(project)
    return CommandLine(project, capfd)
