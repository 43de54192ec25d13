"""pymsbuild itself, and a stand-in for MSBuild, which is not on machines that run these tests.

What MSBuild would be told, by pymsbuild's documentation, is compared, property by property. The
stand-in then compiles the fixture's one module. For Linux it runs the commands that pymsbuild's
rules for ``POSIX_x64`` put together; there are no such rules for Windows, where it uses ``CC``.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
DIGITS = VERSION.replace(".", "")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform == "win32", reason="there is an MSBuild, or may be"),
]

STANDS_IN = """\
import json, os, shlex, subprocess, sys
from pathlib import Path

response = Path(sys.argv[1].removeprefix("@")).read_text(encoding="utf-8-sig")
lines = [line.strip().strip('"') for line in response.splitlines()]
told = dict(line[3:].split("=", 1) for line in lines if line.startswith("/p:"))
names = ("CC_Cmd", "Link_Cmd", "PYTHON_CONFIG", "DOTNET_NOLOGO")
variables = {name: os.environ.get(name) for name in names}
Path(sys.argv[0]).with_suffix(".json").write_text(json.dumps({**told, **variables}))
package = Path(told["LayoutDir"], "pymsbuild_demo")
package.mkdir(parents=True)
package.joinpath("__init__.py").touch()
module = package / ("demo" + told["DefaultExtSuffix"])

def run(*parts):
    subprocess.run(" ".join(parts), shell=True, cwd=told["SourceRootDir"], check=True)

def asked(option):
    command = [told["PythonConfig"], option]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

if told["Platform"] == "POSIX_x64":
    object_file = shlex.quote(told["IntDir"] + "demo.c.o")
    compile = (variables["CC_Cmd"], "-c", "-o", object_file, "-O2", "demo.c")
    run(*compile, asked("--cflags"))
    run(variables["Link_Cmd"], "-o", shlex.quote(str(module)), object_file, asked("--ldflags"))
else:
    words = ["-shared", "-s", "-I" + told["PythonIncludes"], "demo.c", "-o", str(module)]
    run(shlex.join([*shlex.split(os.environ["CC"]), *words]))
"""

DOTNET = """\
#!/bin/sh
case $* in
  "build -version -nologo") echo 17.8.3.51904 ;;
  "build @"*) shift; exec {command} "$@" ;;
  *) exit 1 ;;
esac
"""
"""Answers as ``dotnet build`` of the .NET SDK does to what pymsbuild asks it."""


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            "win_arm64",
            {"Platform": "ARM64", "DefaultExtSuffix": f".cp{DIGITS}-win_arm64.pyd"},
        ),
        (
            "manylinux_2_28_aarch64",
            {
                "Platform": "POSIX_x64",
                "DefaultExtSuffix": f".cpython-{DIGITS}-aarch64-linux-gnu.so",
            },
        ),
    ],
)
def test_what_msbuild_is_told(
    crosshook: CommandLine,
    copy_project: Callable[[str], Path],
    tmp_path: Path,
    tag: str,
    expected: dict[str, str],
) -> None:
    root = copy_project("backends/pymsbuild")
    program = tmp_path / "msbuild.py"
    program.write_text(STANDS_IN)
    command = shlex.join([sys.executable, str(program)])
    told = CommandLine(environ={**crosshook.environ, "MSBUILD": command})
    done = told("--adapt", "--require-native", "--target", tag, "-o", root / "out", root)
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.name == f"pymsbuild_demo-1.0-cp{DIGITS}-cp{DIGITS}-{tag}.whl"
    recorded = json.loads(program.with_suffix(".json").read_text())
    assert {name: recorded[name] for name in expected} == expected
    assert recorded["PythonAbi"] == f"cp{DIGITS}"
    assert Path(recorded["PythonIncludes"], "Python.h").is_file()
    if tag.startswith("win"):
        assert Path(recorded["PythonLibs"], f"python{DIGITS}.lib").is_file()
    else:
        assert Path(recorded["PYTHON_CONFIG"]).name == "python3-config"


def test_dotnet(
    crosshook: CommandLine, copy_project: Callable[[str], Path], tmp_path: Path
) -> None:
    root = copy_project("backends/pymsbuild")
    program = tmp_path / "msbuild.py"
    program.write_text(STANDS_IN)
    dotnet = tmp_path / "bin" / "dotnet"
    dotnet.parent.mkdir()
    dotnet.write_text(DOTNET.format(command=shlex.join([sys.executable, str(program)])))
    dotnet.chmod(0o755)
    path = os.pathsep.join([str(dotnet.parent), crosshook.environ["PATH"]])
    told = CommandLine(environ={**crosshook.environ, "PATH": path, "MSBUILD": ""})
    target = ("--target", "musllinux_1_2_aarch64")
    done = told("--adapt", "--require-native", *target, "-o", root / "out", root)
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.name.endswith("-musllinux_1_2_aarch64.whl")
    recorded = json.loads(program.with_suffix(".json").read_text())
    assert recorded["DOTNET_NOLOGO"] == "1"
    assert recorded["Platform"] == "POSIX_x64"
    assert recorded["DefaultExtSuffix"] == f".cpython-{DIGITS}-aarch64-linux-musl.so"


def test_it_is_said_before_anything_is_built(
    crosshook: CommandLine, copy_project: Callable[[str], Path]
) -> None:
    root = copy_project("backends/pymsbuild")
    environ = {**crosshook.environ, "PATH": str(Path(sys.executable).parent), "MSBUILD": ""}
    done = CommandLine(environ=environ)("--adapt", "--target", "win_arm64", root)
    assert done.code == 1
    assert "pymsbuild: no MSBuild to build for win_arm64 with" in done.err
