"""``crosshook wrap``: pyproject.toml is edited, and what was there can be had back."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.cli import main
from crosshook.project import Backend, read_project

pytest.importorskip("tomlkit")

PLAIN = """\
# A project.
[build-system]
requires = ["setuptools>=77"]  # and nothing else
build-backend = "setuptools.build_meta"

[project]
name = "demo"
version = "1"
"""

SEVERAL_LINES = """\
[build-system]
requires = [
    "setuptools",
    "Cython>=3.0; python_version >= '3.13'"
]
build-backend = "_own"
backend-path = ["packaging"]

[tool.other]
x = 1  # kept
"""

NO_BACKEND = """\
[build-system]
requires = ["setuptools"]
"""

WITH_SETTINGS = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[tool.crosshook]
test-command = "true"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "packaging").mkdir()
    return tmp_path / "pyproject.toml"


@pytest.mark.parametrize("text", [PLAIN, SEVERAL_LINES, NO_BACKEND, WITH_SETTINGS])
def test_wrapped_and_undone(file: Path, text: str) -> None:
    file.write_text(text)
    before = read_project(file.parent)
    assert main(["wrap", str(file.parent)]) == 0
    project = read_project(file.parent)
    assert project.backend == Backend(name="crosshook.backend")
    assert project.delegate == before.backend
    assert project.requires == ("crosshook", *before.requires)
    assert project.settings.testing == before.settings.testing
    assert main(["wrap", "--undo", str(file.parent)]) == 0
    assert file.read_text() == text


def test_what_has_changed_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(PLAIN)
    assert main(["wrap", "--diff", str(file.parent)]) == 0
    changed = [line for line in capsys.readouterr().out.splitlines() if line[:1] in "+-"]
    assert changed == [
        f"--- {file}",
        f"+++ {file}",
        '-requires = ["setuptools>=77"]  # and nothing else',
        '-build-backend = "setuptools.build_meta"',
        '+requires = ["crosshook", "setuptools>=77"]  # and nothing else',
        '+build-backend = "crosshook.backend"',
        "+",
        "+[tool.crosshook]",
        '+build-backend = "setuptools.build_meta"',
    ]
    assert file.read_text() == PLAIN


@pytest.mark.parametrize("options", [[], ["--undo"]])
def test_nothing_to_do(file: Path, capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    file.write_text(PLAIN)
    if not options:
        main(["wrap", str(file.parent)])
    before = file.read_text()
    capsys.readouterr()
    assert main(["wrap", *options, str(file.parent)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "nothing to do" in err
    assert file.read_text() == before


def test_a_bare_setup_py(file: Path) -> None:
    (file.parent / "setup.py").write_text("")
    assert main(["wrap", str(file.parent)]) == 0
    project = read_project(file.parent)
    assert project.delegate == Backend(name="setuptools.build_meta:__legacy__")
    assert project.requires == ("crosshook", "setuptools")


def test_line_ends_stay(file: Path) -> None:
    file.write_bytes(PLAIN.replace("\n", "\r\n").encode())
    assert main(["wrap", str(file.parent)]) == 0
    data = file.read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n")
    assert main(["wrap", "--undo", str(file.parent)]) == 0
    assert file.read_bytes() == PLAIN.replace("\n", "\r\n").encode()


def test_no_project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["wrap", str(tmp_path)]) == 2
    assert "neither pyproject.toml nor setup.py is there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_is_not_known(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[build-system]\nrequires = []\nbuild-backend = "crosshook.backend"\n')
    assert main(["wrap", "--undo", str(file.parent)]) == 2
    assert "tool.crosshook.build-backend: missing" in capsys.readouterr().err
