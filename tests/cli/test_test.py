"""``crosshook test``: a wheel that is there already is checked and run."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from crosshook.cli import main
from tests.factory import make_elf, make_wheel

MACHINES = {"x86_64": 62, "aarch64": 183}
ARCH = platform.machine()
TAG = f"manylinux_2_17_{ARCH}"
VERSION = "{}.{}".format(*sys.version_info[:2])
DIGITS = VERSION.replace(".", "")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or ARCH not in MACHINES, reason="runs the wheel's tests natively"
)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    files = {
        "demo/__init__.py": b"answer = 42\n",
        f"demo/_core.cpython-{DIGITS}-{ARCH}-linux-gnu.so": make_elf(MACHINES[ARCH]),
    }
    return make_wheel(tmp_path, files, tag=f"cp{DIGITS}-cp{DIGITS}-{TAG}", purelib=False)


def test_a_wheel_that_passes(wheel: Path, capfd: pytest.CaptureFixture[str]) -> None:
    command = "python -c 'import demo; assert demo.answer == 42'"
    assert main(["test", str(wheel), "--test-command", command]) == 0, capfd.readouterr().err
    said = f"{wheel.name}: passed for {TAG}, Python {VERSION}, on this machine\n"
    assert capfd.readouterr().out == said


def test_the_project_s_own_command(wheel: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (wheel.parent / "pyproject.toml").write_text('[tool.crosshook]\ntest-command = "exit 7"\n')
    assert main(["test", str(wheel)]) == 7
    said = capfd.readouterr().err
    assert "the test command ended with exit code 7: exit 7" in said
    # Nothing is delivered here, and there is no such option.
    assert "--keep-going" not in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--test-command", "true", "--target", "win_arm64"], 1, "wrong for win_arm64"),
        (["--test-command", "true", "--python", "3.99"], 1, "3.99"),
        ([], 2, "no test command"),
    ],
)
def test_what_is_not_run(
    wheel: Path, capfd: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["test", str(wheel), *words]) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err


def test_a_pure_wheel_and_none(
    wheel: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pure = make_wheel(tmp_path, {"demo.py": b""})
    assert main(["test", str(pure), "--test-command", "true"]) == 2
    assert "is for every platform\nhint: name one: --target TAG" in capfd.readouterr().err
    assert main(["test", "x.whl", "--test-command", "true"]) == 2
