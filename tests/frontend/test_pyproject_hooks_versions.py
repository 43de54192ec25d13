"""The relay uses the public interface of pyproject_hooks alone, so every release of it will do."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import crosshook
from tests.conftest import FIXTURES

pytestmark = pytest.mark.integration

ASK = """
import json, os, sys
from pathlib import Path
import pyproject_hooks
from crosshook import errors
from crosshook._processes import hook_runner
from crosshook.frontend.hooks import RELAY_DIRECTORY, HookCaller
from crosshook.project import Backend

root, out, target = Path(sys.argv[1]), Path(sys.argv[2]), {"platform_tag": "win_arm64"}
runner = hook_runner(
    {**os.environ, "PYTHONPATH": RELAY_DIRECTORY}, output=(out / "log").open("wb")
)


def caller(name):
    backend = Backend(name=name, path=("_build",))
    return HookCaller(root=root, backend=backend, python=sys.executable, runner=runner)


def outcome(number, name):
    directory = out / str(number)
    directory.mkdir()
    try:
        return caller(name).cross_build_wheel(directory, target, {"a": ["1"]}).name
    except errors.CrosshookError as error:
        return [type(error).__name__, error.message, error.hint]


good = caller("hostile:good")
names = json.loads(sys.argv[3])
print(json.dumps({
    "version": pyproject_hooks.__version__,
    "available": sorted(good.available()),
    "missing": sorted(caller("hostile:pure_only").available()),
    "build_wheel": good.build_wheel(out, None).name,
    "requires": caller("hostile:strings").get_requires_for_cross_build_wheel(target, None),
    "outcomes": {name: outcome(number, name) for number, name in enumerate(names)},
}))
"""

WHEEL = "demo-1.0-py3-none-any.whl"

OUTCOMES: dict[str, Any] = {
    "hostile:good": WHEEL,
    "hostile:prints": WHEEL,
    "hostile:warns": WHEEL,
    "hostile:raises": ["BackendError", "ValueError: no wheel today", None],
    "hostile:raises_with_hint": ["BackendError", "Hint: no wheel today", "try another one"],
    "hostile:refuses": ["UnsupportedTarget", "not that one", None],
    "hostile:exits": ["BackendError", "it called sys.exit(3)", None],
    "hostile:vanishes": ["BackendError", "its process ended with exit code 3", None],
    "hostile:not_there": ["BackendError", None, None],
    "hostile:path": ["BackendError", None, None],
    "broken_import": [
        "BackendError",
        "ModuleNotFoundError: No module named 'a_module_that_is_not_there'",
        "is it among build-system.requires, and build-backend spelled right?",
    ],
}


def oldest() -> str:
    """The lower bound that crosshook declares."""
    for text in importlib.metadata.requires("crosshook") or ():
        requirement = Requirement(text)
        if requirement.name == "pyproject-hooks":
            (bound,) = [s.version for s in requirement.specifier if s.operator == ">="]
            return bound
    raise AssertionError("crosshook does not require pyproject-hooks")


@pytest.mark.parametrize("release", ["oldest", "newest"])
def test_the_relay(tmp_path: Path, release: str) -> None:
    environment, out = tmp_path / "env", tmp_path / "out"
    out.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    version = f"=={oldest()}" if release == "oldest" else ""
    needed = [f"pyproject-hooks{version}", *_own_requirements()]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *needed], check=True)
    source = str(Path(crosshook.__file__).parents[1])
    done = subprocess.run(
        [str(python), "-W", "error", "-c", ASK, FIXTURES / "hostile", out, json.dumps([*OUTCOMES])],
        env={**os.environ, "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    if release == "oldest":
        assert answer["version"].startswith(oldest())
    assert answer["available"] == [
        "build_wheel",
        "cross_build_wheel",
        "get_requires_for_build_wheel",
        "get_requires_for_cross_build_wheel",
    ]
    assert answer["missing"] == ["build_wheel"]
    assert answer["build_wheel"] == WHEEL
    assert answer["requires"] == ["a>=1", "b"]
    for name, expected in OUTCOMES.items():
        outcome = answer["outcomes"][name]
        if isinstance(expected, str):
            assert outcome == expected
            continue
        kind, said, hint = expected
        assert (outcome[0], outcome[2]) == (kind, hint)
        assert outcome[1].startswith(f"{name}: cross_build_wheel")
        if said is not None:
            assert outcome[1] == f"{name}: cross_build_wheel: {said}"


def _own_requirements() -> list[str]:
    requirements = [Requirement(text) for text in importlib.metadata.requires("crosshook") or ()]
    return [str(r) for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]
