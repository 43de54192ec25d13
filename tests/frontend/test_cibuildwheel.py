"""What is taken of ``[tool.cibuildwheel]``, with tables as projects have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.api import this_machine
from crosshook.errors import ProjectError
from crosshook.frontend.cibuildwheel import Taken, read_options, taken_for
from crosshook.frontend.request import Request
from crosshook.frontend.resolve import Wanted
from crosshook.project import read_project
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from tests.conftest import py

HEAD = '[build-system]\nrequires = []\nbuild-backend = "x"\n\n'


def options(
    root: Path,
    text: str,
    tag: str = "manylinux_2_28_aarch64",
    python: str = "3.13",
    environ: Mapping[str, str] | None = None,
) -> Taken:
    (root / "pyproject.toml").write_text(HEAD + text)
    platform = parse_platform(tag, source="test")
    version = parse_python_version(python, source="test")
    return read_options(
        read_project(root), platform, version, {"HOME": "/home/x", **(environ or {})}
    )


@pytest.mark.parametrize(
    ("tag", "python", "identifier"),
    [
        ("manylinux2014_aarch64", "3.13", "cp313-manylinux_aarch64"),
        ("musllinux_1_2_x86_64", "3.13t", "cp313t-musllinux_x86_64"),
        ("win32", "3.12", "cp312-win32"),
        ("win_arm64", "3.12", "cp312-win_arm64"),
        ("macosx_11_0_arm64", "3.14", "cp314-macosx_arm64"),
    ],
)
def test_identifiers(tmp_path: Path, tag: str, python: str, identifier: str) -> None:
    assert options(tmp_path, "", tag, python).identifier == identifier


def test_nothing_is_there(tmp_path: Path) -> None:
    taken = options(tmp_path, "")
    assert (taken.names, taken.left, taken.environ, taken.skipped) == ((), (), {}, False)


def test_all_that_is_taken(tmp_path: Path) -> None:
    taken = options(
        tmp_path,
        "[tool.cibuildwheel]\n"
        'environment = { MYPYC = "1", WHERE = "$HOME/${MYPYC}" }\n'
        'config-settings = { "a" = "1", "b" = ["2", "3"] }\n'
        'test-command = ["one {project}", "two"]\n'
        'test-requires = "pytest>=8 hypothesis"\n'
        'test-extras = ["test"]\n',
    )
    assert taken.environ == {"MYPYC": "1", "WHERE": "/home/x/1"}
    assert taken.config_settings == {"a": "1", "b": ["2", "3"]}
    assert taken.tests.command == "one {project} && two"
    assert taken.tests.requires == ("pytest>=8", "hypothesis")
    assert taken.tests.extras == ("test",)
    assert taken.left == ()


def test_texts_in_the_place_of_tables(tmp_path: Path) -> None:
    taken = options(
        tmp_path,
        "[tool.cibuildwheel]\n"
        "environment = \"A='x y' B=2\"\n"
        'config-settings = "setup-args=-Dx=true compile-args=-v"\n',
    )
    assert taken.environ == {"A": "x y", "B": "2"}
    assert taken.config_settings == {"setup-args": "-Dx=true", "compile-args": "-v"}


@pytest.mark.parametrize(
    ("tag", "environ"),
    [
        ("manylinux_2_28_aarch64", {"L": "1"}),
        ("musllinux_1_2_x86_64", {"L": "1"}),
        ("win_arm64", {"W": "1"}),
        ("macosx_11_0_arm64", {"A": "1"}),
    ],
)
def test_the_table_of_the_operating_system(
    tmp_path: Path, tag: str, environ: dict[str, str]
) -> None:
    text = (
        '[tool.cibuildwheel]\nenvironment = { A = "1" }\n'
        '[tool.cibuildwheel.linux]\nenvironment = { L = "1" }\n'
        '[tool.cibuildwheel.windows]\nenvironment = "W=1"\n'
    )
    assert options(tmp_path, text, tag).environ == environ


@pytest.mark.parametrize(
    ("inherit", "environ"),
    [
        ("", {"B": "2"}),
        ('inherit.environment = "append"', {"A": "1", "B": "2"}),
        ('inherit.environment = "prepend"', {"B": "2", "A": "1"}),
    ],
)
def test_overrides(tmp_path: Path, inherit: str, environ: dict[str, str]) -> None:
    text = (
        '[tool.cibuildwheel]\nenvironment = { A = "1" }\n'
        '[[tool.cibuildwheel.overrides]]\nselect = "*-musllinux* cp3{13,14}-*aarch64"\n'
        f'environment = {{ B = "2" }}\n{inherit}\n'
    )
    assert options(tmp_path, text).environ == environ
    assert options(tmp_path, text, "win_arm64").environ == {"A": "1"}


def test_commands_that_inherit(tmp_path: Path) -> None:
    text = (
        '[tool.cibuildwheel]\ntest-command = "one"\n'
        '[[tool.cibuildwheel.overrides]]\nselect = "*"\n'
        'test-command = ["two"]\ninherit.test-command = "append"\n'
    )
    assert options(tmp_path, text).tests.command == "one && two"


@pytest.mark.parametrize(
    ("text", "skipped"),
    [
        ('skip = "pp* *-musllinux*"', False),
        ('skip = ["cp313-*"]', True),
        ('skip = "*-manylinux_{i686,aarch64}"', True),
        ('build = "cp312-*"', True),
        ('build = ["cp31{2,3}-*"]', False),
    ],
)
def test_what_the_project_skips(tmp_path: Path, text: str, skipped: bool) -> None:
    assert options(tmp_path, f"[tool.cibuildwheel]\n{text}\n").skipped is skipped


def test_what_is_not_tested(tmp_path: Path) -> None:
    text = '[tool.cibuildwheel]\ntest-command = "pytest"\ntest-skip = "*aarch64"\n'
    assert options(tmp_path, text).tests.command == ""
    assert options(tmp_path, text, "win_amd64").tests.command == "pytest"


def test_what_the_tests_need(tmp_path: Path) -> None:
    taken = options(
        tmp_path,
        '[dependency-groups]\ntest = ["pytest", { include-group = "more" }]\nmore = ["mock>=5"]\n'
        "[tool.cibuildwheel]\n"
        'test-requires = "hypothesis"\ntest-groups = "test"\ntest-sources = ["tests", "a.cfg"]\n'
        'environment = { A = "1" }\ntest-environment = "B=$A-2"\nenvironment-pass = ["C"]\n',
    )
    assert taken.tests.requires == ("hypothesis", "pytest", "mock>=5")
    assert taken.tests.sources == ("tests", "a.cfg")
    assert taken.tests.environ == {"A": "1", "B": "1-2"}
    assert taken.environ == {"A": "1"}
    assert taken.left == ()


@pytest.mark.parametrize(
    "groups",
    ["", "[dependency-groups]\ntest = [1]\n", "[dependency-groups]\ntest = ['x y']\n"],
    ids=["missing", "no text", "no requirement"],
)
def test_groups_that_are_none(tmp_path: Path, groups: str) -> None:
    with pytest.raises(ProjectError, match=r"tool\.cibuildwheel\.test-groups: "):
        options(tmp_path, f"{groups}[tool.cibuildwheel]\ntest-groups = ['test']\n")


def test_variables_of_whoever_builds(tmp_path: Path) -> None:
    """Those for an operating system come before the others, and all before the table."""
    text = '[tool.cibuildwheel]\nskip = "*"\ntest-command = "one"\n'
    environ = {
        "CIBW_SKIP": "pp*",
        "CIBW_ENVIRONMENT": "A=1",
        "CIBW_ENVIRONMENT_LINUX": "A=2",
        "CIBW_BEFORE_ALL_LINUX": "apt-get install x",
        "CIBW_TEST_COMMAND": "",
    }
    taken = options(tmp_path, text, environ=environ)
    assert (taken.skipped, taken.environ, taken.tests.command) == (False, {"A": "2"}, "")
    assert taken.names == ("CIBW_ENVIRONMENT_LINUX", "CIBW_SKIP")
    assert [line.partition(":")[0] for line in taken.left] == ["before-all"]
    assert options(tmp_path, text, "win_arm64", environ=environ).environ == {"A": "1"}


def test_arguments_of_the_frontend(tmp_path: Path) -> None:
    text = '[tool.cibuildwheel]\nbuild-frontend = { name = "build", args = ["--no-isolation"] }\n'
    (line,) = options(tmp_path, text).left
    assert line.startswith("build-frontend: its arguments are not taken: {'name': 'build'")


@pytest.mark.parametrize(
    ("asked", "table", "taken"),
    [
        (False, "", False),
        (True, "", True),
        (False, "[tool.crosshook]\nlike-cibuildwheel = true\n", True),
    ],
)
def test_who_wants_it(tmp_path: Path, asked: bool, table: str, taken: bool) -> None:
    text = f"{HEAD}{table}[tool.cibuildwheel]\nenvironment = 'A=1'\n"
    (tmp_path / "pyproject.toml").write_text(text)
    request = Request(targets=("win_arm64",), like_cibuildwheel=asked)
    wanted = Wanted(platform=parse_platform("win_arm64", source="test"), python=py("3.13"))
    here = this_machine(request)
    found = taken_for(wanted, read_project(tmp_path), request, here, SilentReporter())
    assert (found.environ == {"A": "1"}) is taken


def test_requirements_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("# tests\npytest==8.0  # pinned\n\n-c other\n")
    taken = options(tmp_path, '[tool.cibuildwheel]\ntest-requires = "-r requirements.txt mock"\n')
    assert taken.tests.requires == ("pytest==8.0", "mock")
    assert taken.left == ("test-requires -c other: not taken, not a requirement",)


def test_what_is_not_taken_is_said(tmp_path: Path) -> None:
    taken = options(
        tmp_path,
        "[tool.cibuildwheel]\n"
        'before-build = "make"\nbuild-frontend = "build[uv]"\narchs = "all"\n'
        "environment = { CC = 'gcc-14', AR = 'gcc-ar', X = '$(pwd)', Y = '1' }\n",
    )
    assert taken.environ == {"Y": "1"}
    assert taken.left == (
        "before-build: not taken: it is written for the machine of cibuildwheel; what builds a C "
        "library for the target goes into --before-build",
        "environment CC: not taken, the target's is another",
        "environment AR: not taken, the target's is another",
        "environment X: not taken, it is the output of a command",
    )


@pytest.mark.parametrize(
    "text",
    ["skip = 1", "test-requires = [1]", 'environment = "A=\'"', "overrides = [1]", "build = {}"],
)
def test_values_of_a_wrong_kind(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectError, match=r"tool\.cibuildwheel"):
        options(tmp_path, f"[tool.cibuildwheel]\n{text}\n")
