"""pymsbuild itself, and a stand-in for MSBuild, which is not on machines that run these tests.

What MSBuild would be told, by pymsbuild's documentation, is compared, property by property. The
stand-in then compiles the fixture's one module as it is told, with ``CC``.
"""

from __future__ import annotations

import json
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
variables = {name: os.environ.get(name) for name in ("CC_Cmd", "Link_Cmd", "PYTHON_CONFIG")}
Path(sys.argv[0]).with_suffix(".json").write_text(json.dumps({**told, **variables}))
package = Path(told["LayoutDir"], "pymsbuild_demo")
package.mkdir(parents=True)
package.joinpath("__init__.py").touch()
compiler = shlex.split(variables["CC_Cmd"] or os.environ["CC"])
module = package / ("demo" + told["DefaultExtSuffix"])
words = ["-shared", "-s", "-I" + told["PythonIncludes"], "demo.c", "-o", str(module)]
subprocess.run([*compiler, *words], cwd=told["SourceRootDir"], check=True)
"""


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


def test_it_is_said_before_anything_is_built(
    crosshook: CommandLine, copy_project: Callable[[str], Path]
) -> None:
    root = copy_project("backends/pymsbuild")
    environ = {**crosshook.environ, "PATH": str(Path(sys.executable).parent), "MSBUILD": ""}
    done = CommandLine(environ=environ)("--adapt", "--target", "win_arm64", root)
    assert done.code == 1
    assert "pymsbuild: no MSBuild to build for win_arm64 with" in done.err
