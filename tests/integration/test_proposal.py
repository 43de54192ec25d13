"""The conformance kit over what is real, and released tools: as they are, and with a few lines."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import filelock
import pytest

from crosshook.target import parse_target
from crosshook.target.promise import promise_of
from crosshook.wheel.checks import accept_for_target
from scripts import upstream, wrong_machine
from tests.conftest import FIXTURES
from tests.integration.conftest import REPOSITORY

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="builds by Linux's rules"),
]

KIT = (sys.executable, "-m", "crosshook.conformance", "-q", "--tb=short")


def kit(environ: Mapping[str, str], *options: str | Path) -> None:
    done = subprocess.run(
        [*KIT, *map(str, options)], env=dict(environ), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def describe(tag: str, file: Path, environ: Mapping[str, str]) -> Path:
    words = [sys.executable, "-m", "crosshook", "describe", tag]
    with file.open("w", encoding="utf-8") as stream:
        subprocess.run(words, check=True, stdout=stream, env=dict(environ))
    return file


@pytest.mark.parametrize("tag", ["win_arm64", "manylinux_2_28_aarch64"])
def test_the_wrapper_conforms(environ: dict[str, str], tmp_path: Path, tag: str) -> None:
    target = describe(tag, tmp_path / "target.json", environ)
    project = FIXTURES / "wrapped"
    kit(environ, "--backend", "crosshook.backend", "--project", project, "--target", target)


def test_the_frontend_conforms(environ: dict[str, str]) -> None:
    command = f"{sys.executable} -m crosshook.frontend --no-isolation"
    kit(environ, "--frontend", command + " --target {tag} --outdir {outdir} {project}")


@pytest.mark.parametrize(
    ("tag", "beside"),
    [
        ("manylinux_2_28_aarch64", {"sysconfig_vars", "toolchain"}),
        ("win_arm64", {"sysconfig_vars", "toolchain", "import_libraries"}),
    ],
)
def test_what_a_frontend_provides(
    environ: dict[str, str], tmp_path: Path, tag: str, beside: set[str]
) -> None:
    target = json.loads(describe(tag, tmp_path / "target.json", environ).read_text("utf-8"))
    always = {"schema_version", "platform_tag", "python", "build_toolchain"}
    assert set(target) == always | beside
    assert all(target[key] for key in target)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the lines of ``upstream/``."""
    room = tmp_path_factory.getbasetemp().parent / "upstream"
    with filelock.FileLock(f"{room}.lock"):
        if not room.is_dir():
            upstream.environment(room)
    return room / "bin" / "python"


@pytest.mark.parametrize("backend", upstream.PROJECTS)
def test_a_released_backend_with_a_few_lines(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    changed: Path,
    tmp_path: Path,
    backend: str,
) -> None:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", environ["CROSSHOOK_CACHE_DIR"])
    there = subprocess.run([changed, "-c", "import crosshook"], capture_output=True, check=False)
    assert there.returncode == 1, "crosshook is in the environment"
    target = upstream.target_file(tmp_path)
    wheel = upstream.build(changed, backend, target, tmp_path)
    mapping = json.loads(target.read_text(encoding="utf-8"))
    assert accept_for_target(wheel, promise_of(parse_target(mapping))).objects


@pytest.mark.parametrize("backend", upstream.SDISTS)
def test_a_real_project_with_a_few_lines(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    changed: Path,
    tmp_path: Path,
    backend: str,
) -> None:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", environ["CROSSHOOK_CACHE_DIR"])
    target = upstream.target_file(tmp_path)
    (tmp_path / "sdist").mkdir()
    wheel = upstream.build_sdist(changed, backend, target, tmp_path / "sdist")
    mapping = json.loads(target.read_text(encoding="utf-8"))
    assert accept_for_target(wheel, promise_of(parse_target(mapping))).objects


def test_a_released_frontend_with_a_few_lines(
    environ: dict[str, str], changed: Path, tmp_path: Path
) -> None:
    target = describe(upstream.TARGET, tmp_path / "target.json", environ)
    command = f"{changed} -m build --wheel --no-isolation"
    command += " --target {target} --outdir {outdir} {project}"
    kit(environ, "--frontend", command, "--target", target)


@pytest.mark.parametrize("case", ["plat-name", "host-platform", "cc", "wheel-tags"])
def test_a_wheel_for_the_wrong_machine(tmp_path: Path, case: str) -> None:
    """Released tools still make it; the page names the releases."""
    row = wrong_machine.build(wrong_machine.CASES[case], tmp_path)
    assert wrong_machine.is_wrong(row)
    page = REPOSITORY / "docs" / "evidence" / "wrong-machine-wheels.md"
    assert row.case.given in page.read_text(encoding="utf-8")
