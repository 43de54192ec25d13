"""Compilers by way of ccache and sccache: what is started, with what, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.errors import ToolchainError, UsageError
from crosshook.project import COMPILER_LAUNCHERS
from crosshook.target import Toolchain
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import COMPILER_LAUNCHER, ToolchainPlan
from crosshook.toolchains.compiler_cache import chosen_launcher, kept_by
from crosshook.toolchains.compiler_scripts import launched

PLATFORM = parse_platform("manylinux_2_28_aarch64", source="test")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts are the shell's")

PRINTS = """\
#!{python} -I
import json, os, sys
names = ("CCACHE_COMPILERCHECK", "CCACHE_COMPILERTYPE")
print(json.dumps([sys.argv, {{name: os.environ.get(name) for name in names}}]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a directory with programs that print how they are called."""
    directory = tmp_path / "bin"
    text = PRINTS.format(python=sys.executable)
    names = (*COMPILER_LAUNCHERS, "gcc", "g++")
    _files.write_launchers({str(directory / name): text for name in names})
    return directory


def kept(path: Path, toolchain: Toolchain, name: str = "ccache") -> ToolchainPlan:
    cache = path.parent / "cache"
    plan = launched(ToolchainPlan(toolchain=toolchain), PLATFORM, cache=cache, system="linux")
    _files.write_launchers(plan.launchers)
    environ = {"PATH": str(path)}
    made = kept_by(plan, name, environ=environ, cache=cache, system="linux")
    _files.write_launchers(made.launchers)
    return made


def gcc(path: Path, name: str = "gcc 14") -> Toolchain:
    commands = {
        "cc": (str(path / "gcc"), "-m64"),
        "cxx": (str(path / "g++"),),
        "ar": ("ar",),
    }
    return Toolchain(name=name, argument_syntax="gcc", commands=commands)


def started(program: str, environ: dict[str, str]) -> tuple[list[str], dict[str, str | None]]:
    done = subprocess.run([program, "-c", "a b.c"], env=environ, capture_output=True, check=True)
    words, variables = json.loads(done.stdout)
    return words, variables


@pytest.mark.parametrize("name", COMPILER_LAUNCHERS)
def test_compilers_are_called_by_way_of_it(path: Path, name: str) -> None:
    toolchain = kept(path, gcc(path), name).toolchain
    for tool, called in (("cc", "gcc"), ("cxx", "g++")):
        (program,) = toolchain.commands[tool]
        assert Path(program).name == called
        words, variables = started(program, {})
        assert words[0] == str(path / name)
        assert words[2:] == ["-c", "a b.c"]
        assert variables == {"CCACHE_COMPILERCHECK": "content", "CCACHE_COMPILERTYPE": None}
        through, _ = started(words[1], {})
        assert Path(through[0]).name == called
        assert through[-2:] == ["-c", "a b.c"]
    assert toolchain.commands["ar"] == ("ar",)
    assert toolchain.environ[COMPILER_LAUNCHER] == name


def test_zig_is_said_to_be_clang_unless_the_user_says_what(path: Path) -> None:
    (program,) = kept(path, gcc(path, "zig 0.16.0")).toolchain.commands["cc"]
    assert started(program, {})[1]["CCACHE_COMPILERTYPE"] == "clang"
    users = {"CCACHE_COMPILERTYPE": "other", "CCACHE_COMPILERCHECK": "mtime"}
    assert started(program, users)[1] == users


def test_another_version_of_a_compiler_is_another_compiler(path: Path) -> None:
    """The text of the script that the cache takes for the compiler is what tells them apart."""
    before = kept(path, gcc(path)).toolchain.commands["cc"]
    (path / "gcc").write_text("#!/bin/sh\necho gcc 15\n")
    made = kept(path, gcc(path))
    (program,) = after = made.toolchain.commands["cc"]
    assert after != before
    assert "# gcc 15\n" in made.launchers[str(Path(program).parent / "compiler" / "gcc")]


def test_the_same_compiler_has_the_same_scripts(path: Path) -> None:
    assert kept(path, gcc(path)) == kept(path, gcc(path))


def test_a_compiler_that_has_one_already(path: Path) -> None:
    commands = {"cc": (str(path / "ccache"), str(path / "gcc"))}
    toolchain = Toolchain(name="own", argument_syntax="gcc", commands=commands)
    (program,) = kept(path, toolchain).toolchain.commands["cc"]
    words, _ = started(program, {})
    assert words == [str(path / "ccache"), str(path / "gcc"), "-c", "a b.c"]


def test_where_there_is_no_shell(path: Path) -> None:
    plan = ToolchainPlan(toolchain=gcc(path))
    environ = {"PATH": str(path)}
    made = kept_by(plan, "ccache", environ=environ, cache=path, system="windows")
    assert made.toolchain.commands["cc"] == (str(path / "ccache"), str(path / "gcc"), "-m64")
    assert made.launchers == {}


@pytest.mark.parametrize("name", COMPILER_LAUNCHERS)
def test_a_program_that_is_not_there(tmp_path: Path, name: str) -> None:
    plan = ToolchainPlan(toolchain=gcc(tmp_path))
    environ = {"PATH": str(tmp_path)}
    with pytest.raises(ToolchainError, match=f"--compiler-launcher {name}: not found") as caught:
        kept_by(plan, name, environ=environ, cache=tmp_path, system="linux")
    assert f"the package is {name}" in str(caught.value.hint)


def test_a_server_that_does_not_start(path: Path) -> None:
    (path / "sccache").write_text("#!/bin/sh\necho no port >&2\nexit 2\n")
    with pytest.raises(ToolchainError, match="its server does not start") as caught:
        kept(path, gcc(path), "sccache")
    assert "no port" in str(caught.value.detail)


def test_a_server_that_runs_already(path: Path) -> None:
    text = "#!/bin/sh\necho 'sccache: error: Server startup failed: Address in use' >&2\nexit 2\n"
    (path / "sccache").write_text(text)
    assert kept(path, gcc(path), "sccache").toolchain.environ[COMPILER_LAUNCHER] == "sccache"


def test_msvc(path: Path) -> None:
    plan = ToolchainPlan(toolchain=Toolchain(name="MSVC", argument_syntax="msvc", commands={}))
    with pytest.raises(UsageError, match="backends find MSVC"):
        kept_by(plan, "ccache", environ={"PATH": str(path)}, cache=path, system="windows")


@pytest.mark.parametrize(
    ("option", "variable", "own", "chosen"),
    [
        (None, "", None, None),
        (None, "", "ccache", "ccache"),
        (None, "sccache", "ccache", "sccache"),
        ("ccache", "sccache", "sccache", "ccache"),
    ],
)
def test_who_says_which(
    option: str | None, variable: str, own: str | None, chosen: str | None
) -> None:
    assert chosen_launcher(option, {COMPILER_LAUNCHER: variable}, own) == chosen


@pytest.mark.parametrize(
    ("option", "variable", "source"),
    [("distcc", "ccache", "--compiler-launcher"), (None, "distcc", COMPILER_LAUNCHER)],
)
def test_one_that_is_not_known(option: str | None, variable: str, source: str) -> None:
    with pytest.raises(UsageError, match=f"{source}: 'distcc' is none of ccache, sccache"):
        chosen_launcher(option, {COMPILER_LAUNCHER: variable}, None)
