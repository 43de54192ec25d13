"""``os.environ``, as a project's own modules see it for Windows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from tests.conftest import MakeTarget

WINDOWS_ALONE = ("ProgramFiles", "ProgramFiles(x86)", "APPDATA", "windir", "OS")


@pytest.fixture
def seen(make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return the ``os`` of a project that is built for 64-bit Arm."""
    for name in (*WINDOWS_ALONE, "TEMP", "PROCESSOR_ARCHITECTURE"):
        monkeypatch.delenv(name, raising=False)
    names: dict[str, Any] = {"__file__": str(tmp_path / "setup.py"), "__name__": "setup"}
    with applied.applied(Plan(project_sees_target=True), make_target("win_arm64"), tmp_path):
        exec("import os", names)
        yield names["os"]


def test_directories_that_every_windows_has_are_there_and_empty(seen: Any) -> None:
    for name in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA", "TEMP"):
        directory = Path(seen.environ[name])
        assert directory.is_absolute()
        assert list(directory.iterdir()) == []


def test_the_processor_is_the_targets_whatever_is_set(
    seen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_ARCHITECTURE", "AMD64")
    assert seen.environ["PROCESSOR_ARCHITECTURE"] == "ARM64"
    assert seen.getenv("OS") == "Windows_NT"
    assert int(seen.getenv("NUMBER_OF_PROCESSORS")) == os.cpu_count()


def test_a_directory_that_the_user_names_counts(
    seen: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert seen.environ["ProgramFiles"] == str(tmp_path)


def test_case_does_not_matter(seen: Any) -> None:
    assert seen.environ["Path"] == os.environ["PATH"]
    assert seen.environ["programfiles"] == seen.environ["PROGRAMFILES"]


def test_what_is_not_there_is_an_error(seen: Any) -> None:
    with pytest.raises(KeyError, match="NO_SUCH_VARIABLE"):
        seen.environ["NO_SUCH_VARIABLE"]
    assert seen.getenv("NO_SUCH_VARIABLE", "x") == "x"


def test_what_the_project_starts_has_the_real_ones(seen: Any) -> None:
    assert not set(WINDOWS_ALONE) & set(seen.environ.copy())
    assert not set(WINDOWS_ALONE) & set(seen.environ | {})
    assert seen.environ.copy() == dict(os.environ)
    assert {"A": "1"} | seen.environ == {"A": "1", **os.environ}


def test_what_is_set_is_set_in_the_process(seen: Any) -> None:
    real = os.environ
    seen.environ["CROSSHOOK_TRIES"] = "1"
    seen.environ |= {"PROCESSOR_ARCHITECTURE": "x86"}
    assert (os.environ["CROSSHOOK_TRIES"], os.environ["PROCESSOR_ARCHITECTURE"]) == ("1", "x86")
    assert seen.environ["PROCESSOR_ARCHITECTURE"] == "x86"
    assert os.environ is real


def test_what_is_deleted_is_not_told_again(seen: Any) -> None:
    seen.environ["CROSSHOOK_TRIES"] = "1"
    del seen.environ["CROSSHOOK_TRIES"]
    assert "CROSSHOOK_TRIES" not in os.environ
    assert seen.environ.pop("OS") == "Windows_NT"
    del seen.environ["APPDATA"]
    assert not {"OS", "APPDATA"} & {name for name in WINDOWS_ALONE if name in seen.environ}
    with pytest.raises(KeyError, match="APPDATA"):
        del seen.environ["APPDATA"]
