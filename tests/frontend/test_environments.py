"""Which installer makes a build environment, and how many are made at once."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crosshook._types import SilentReporter
from crosshook._uv import find_uv
from crosshook.frontend import environments
from crosshook.frontend.build_environments import BuildEnvironments
from crosshook.frontend.request import Request
from crosshook.frontend.uv_settings import with_uv_variables
from crosshook.project import Backend, Project

NOTHING = {"PIP_CONFIG_FILE": os.devnull, "PATH": os.environ.get("PATH", os.defpath)}


@pytest.mark.skipif(find_uv(os.environ) is None, reason="uv is not installed")
@pytest.mark.parametrize(
    ("environ", "installer"),
    [
        ({}, "uv"),
        ({"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_TARGET": "elsewhere"}, "uv"),
        ({"PIP_INDEX_URL": "https://example.org/simple"}, "pip"),
        ({"PIP_FIND_LINKS": "wheels"}, "pip"),
        # What uv was told itself is no reason.
        ({"UV_DEFAULT_INDEX": "https://example.org/simple"}, "uv"),
        ({"UV_DEFAULT_INDEX": "https://example.org/simple", "PIP_PRE": "1"}, "pip"),
        ({"UV_FIND_LINKS": "wheels", "PIP_FIND_LINKS": "others"}, "pip"),
    ],
)
def test_uv_is_used_where_pip_was_told_nothing(
    tmp_path: Path, environ: dict[str, str], installer: str
) -> None:
    said = with_uv_variables({**NOTHING, **environ})
    assert environments.usual_installer(said) == installer


def test_pip_is_used_where_there_is_no_uv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "find_uv", lambda environ: shutil.which("uv", path="/none"))
    assert environments.usual_installer(NOTHING) == "pip"


class TestBuildEnvironments:
    @pytest.fixture
    def made(self, monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
        """Replace what makes an environment by what goes on once two are being made."""
        made: list[Path | None] = []
        barrier = threading.Barrier(2, timeout=20)

        @contextlib.contextmanager
        def isolated(
            environ: object, installer: object, interpreter: Path | None, *rest: object
        ) -> Iterator[Any]:
            made.append(interpreter)
            barrier.wait()
            yield SimpleNamespace(install=lambda requirements: None, python=str(interpreter))

        monkeypatch.setattr(environments, "isolated", isolated)
        return made

    def test_those_of_two_pythons_are_made_at_once_and_each_once(
        self, made: list[Path | None], tmp_path: Path
    ) -> None:
        project = Project(root=tmp_path, requires=(), backend=Backend(name="demo"))
        pythons = [Path("one"), Path("other"), Path("one"), Path("other")]
        with contextlib.ExitStack() as stack, ThreadPoolExecutor(len(pythons)) as pool:
            request = Request(targets=("win_arm64",))
            found = BuildEnvironments(project, request, {}, tmp_path, stack, SilentReporter())
            got = [one.python for one in pool.map(found.get, pythons)]
        assert got == ["one", "other", "one", "other"]
        assert sorted(map(str, made)) == ["one", "other"]


def test_an_environment_that_is_not_needed_any_more(tmp_path: Path) -> None:
    project = Project(root=tmp_path, requires=(), backend=Backend(name="demo"))
    request = Request(targets=("win_arm64",), installer="pip")
    with contextlib.ExitStack() as stack:
        found = BuildEnvironments(project, request, {}, tmp_path, stack, SilentReporter())
        python = Path(found.get(None).python)
        assert python.is_file()
        found.discard(None)
        assert list(tmp_path.iterdir()) == []
        # There is none now, which does no harm.
        found.discard(None)
        assert Path(found.get(None).python) == python
        assert python.is_file()
