"""The pytest plugin of the kit: its options, its fixtures, and its report."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crosshook.conformance.subjects import BackendSubject, FrontendSubject
from crosshook.project import Backend

_SUBJECTS = {"test_backend": "--backend", "test_frontend": "--frontend"}
_TITLE = "crosshook-title"

MakeBackend = Callable[..., BackendSubject]


def pytest_addoption(parser: pytest.Parser) -> None:
    add = parser.getgroup("crosshook.conformance").addoption
    add("--backend", help="a backend to check, as build-backend names it")
    add("--backend-path", action="append", default=[], help="as backend-path; repeatable")
    add("--backend-python", default=sys.executable, help="the Python that the backend runs in")
    add("--project", type=Path, help="a project with an extension module, which it can build")
    add("--pure-project", type=Path, help="one without compiled code")
    add("--target", action="append", default=[], type=Path, help="a target's JSON; repeatable")
    add("--frontend", help="a frontend's command line, with {project}, {tag}, {outdir}, {target}")
    add("--conformance-json", type=Path, help="write the outcomes to this file")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Report(config), "crosshook-conformance-report")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the checks of what was not named, and give each check a title."""
    chosen = []
    for item in items:
        module = item.path.stem
        if config.getoption(_SUBJECTS.get(module, "--backend")) is None:
            continue
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        doc = getattr(getattr(item, "function", None), "__doc__", None) or item.name
        case = parameters.get("case")
        target = parameters.get("target_file")
        title = case.about if case is not None else doc.strip().partition("\n")[0].rstrip(".")
        item.user_properties.append((_TITLE, f"{title} [{target.stem}]" if target else title))
        chosen.append(item)
    items[:] = chosen


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "target_file" in metafunc.fixturenames:
        files = metafunc.config.getoption("--target")
        metafunc.parametrize("target_file", files, ids=[file.stem for file in files])


class _Report:
    """Writes the outcome of each check, in order, as a JSON list."""

    def __init__(self, config: pytest.Config) -> None:
        self._file: Path | None = config.getoption("--conformance-json")
        self._rows: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        title = dict(report.user_properties).get(_TITLE, report.nodeid)
        crash = getattr(report.longrepr, "reprcrash", None)
        why = crash.message.removeprefix("Failed: ").partition("\n")[0] if crash is not None else ""
        self._rows.append({"title": title, "outcome": report.outcome, "why": why})

    def pytest_sessionfinish(self) -> None:
        if self._file is not None:
            self._file.write_text(json.dumps(self._rows, indent=1), encoding="utf-8")


@pytest.fixture
def make_backend(request: pytest.FixtureRequest, tmp_path: Path) -> MakeBackend:
    """Return a function that copies the project and returns the backend over the copy."""
    option = request.config.getoption

    def make(project: Path | None = None) -> BackendSubject:
        source = project or option("--project")
        if source is None:
            raise pytest.UsageError("--project: none given; --backend needs one")
        room = tmp_path / f"room-{len(list(tmp_path.iterdir()))}"
        return BackendSubject(
            root=Path(shutil.copytree(source, room / "project")),
            backend=Backend(name=option("--backend"), path=tuple(option("--backend-path"))),
            python=option("--backend-python"),
            work=room,
        )

    return make


@pytest.fixture
def backend(make_backend: MakeBackend) -> BackendSubject:
    return make_backend()


@pytest.fixture
def target(target_file: Path) -> dict[str, Any]:
    """A target's mapping."""
    data: dict[str, Any] = json.loads(target_file.read_text(encoding="utf-8"))
    return data


@pytest.fixture
def frontend(request: pytest.FixtureRequest, tmp_path: Path) -> FrontendSubject:
    option = request.config.getoption
    command = shlex.split(option("--frontend"))
    targets: list[Path] = option("--target")
    if any("{target}" in word for word in command) and not targets:
        raise pytest.UsageError("--target: none given; {target} in --frontend needs one")
    return FrontendSubject(
        command=tuple(command), target=targets[0].absolute() if targets else None, work=tmp_path
    )
