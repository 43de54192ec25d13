"""Nothing of the current directory is imported by what the frontend starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.frontend import modules

TRAP = "raise SystemExit('a stranger was imported')"
NAMES = ("pip", "uv", "runpy", "json", "packaging", "rich", "httpx2", "crosshook_relay")


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A directory with modules of names that everybody imports."""
    for name in NAMES:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(TRAP)
        (tmp_path / name / "__main__.py").write_text(TRAP)
    return tmp_path


@pytest.mark.parametrize("path", [None, "", os.pathsep, os.pathsep + os.sep])
def test_pip_is_the_one_that_is_installed(strange: Path, path: str | None) -> None:
    environ = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONSAFEPATH")}
    done = subprocess.run(
        [*modules.run(sys.executable, "pip"), "--version"],
        cwd=strange,
        env={**environ, **({} if path is None else {"PYTHONPATH": path})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("pip ")


@pytest.mark.parametrize("module", ["crosshook", "crosshook.frontend"])
def test_the_command_itself(strange: Path, module: str) -> None:
    environ = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
    # What runpy needs is Python's own affair.
    for name in ("runpy", "json"):
        (strange / name).rename(strange / f"no-{name}")
    arguments = [str(strange / "not-there"), "--target", "linux_aarch64"]
    words = ["build", *arguments] if module == "crosshook" else arguments
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=strange,
        env={**environ, "CROSSHOOK_CACHE_DIR": str(strange / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "a stranger was imported" not in done.stderr
    assert "not-there: no such file or directory" in done.stderr
    assert done.returncode == 2


def test_what_sends_packages_elsewhere_is_left_out() -> None:
    environ = {"PIP_TARGET": "/x", "PIP_USER": "1", "PIP_INDEX_URL": "https://i/", "PATH": "/bin"}
    assert modules.pip_environ(environ) == {"PIP_INDEX_URL": "https://i/", "PATH": "/bin"}
