"""Wheels that are built here and run as their users will: under QEMU and Wine."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.compare_official import OWN_PYTHON, REQUIREMENTS
from scripts.run_built import run
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.factory import make_elf, make_wheel
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
DIGITS = VERSION.replace(".", "")
AARCH64 = "manylinux_2_28_aarch64"
WIN_AMD64 = "win_amd64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode and Wine are for Linux"),
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
        reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
    ),
]

CopyProject = Callable[[str], Path]

# What zig's C++ library and MinGW's exceptions do when nothing catches them differs from what
# greenlet expects of libstdc++ and of MSVC; docs/evidence/test-suites.md has more.
UNCAUGHT = {
    AARCH64: {"test_unhandled_std_exception_as_greenlet_function_aborts"},
    WIN_AMD64: {"test_unhandled_nonstd_exception_aborts", "test_unhandled_std_exception_aborts"},
}


IN_CXX = ("kiwisolver", "greenlet")

# All of them on all targets are in docs/evidence/test-suites.md. Here, what is written in C runs on
# one of the two; exceptions of C++ are thrown on each in its own way.
SUITES = [
    (requirement, target)
    for number, requirement in enumerate(REQUIREMENTS)
    for side, target in enumerate((AARCH64, WIN_AMD64))
    if requirement.startswith(IN_CXX) or number % 2 == side
]


@pytest.mark.parametrize(("requirement", "target"), SUITES)
def test_the_suites_of_projects(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    requirement: str,
    target: str,
) -> None:
    monkeypatch.setenv("CROSSHOOK_CACHE_DIR", environ["CROSSHOOK_CACHE_DIR"])
    named = target_python(target, OWN_PYTHON)
    row = run(requirement, target, OWN_PYTHON, tmp_path, named=named)
    expected = UNCAUGHT[target] if requirement.startswith("greenlet") else set()
    assert {name.rpartition("::")[2] for name in row.failed} == expected, row
    assert int(row.counts.partition(" passed")[0].rpartition(" ")[2]) >= 50


def python_for(tag: str) -> str:
    return str(target_python(tag, VERSION))


def test_several_targets_and_requirements_of_the_tests(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    """markupsafe's wheel is the target's, colorama is for Windows alone, pytest has a program."""
    project = copy_project("plain")
    (project / "check.py").write_text(
        "import importlib.util, platform, subprocess, sys, sysconfig\n"
        "import markupsafe._speedups, plain_ext\n"
        "assert plain_ext.answer() == 42\n"
        "assert (importlib.util.find_spec('colorama') is not None) == (sys.platform == 'win32')\n"
        "code = 'import platform, plain_ext; print(platform.machine())'\n"
        "child = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)\n"
        "print(sys.platform, platform.machine(), 'child', child.stdout)\n"
    )
    done = crosshook(
        *("--adapt", "--target", AARCH64, "--target", WIN_AMD64, "--json"),
        *("--target-python", python_for(AARCH64), "--target-python", python_for(WIN_AMD64)),
        *("--test-requires", "markupsafe", "--test-requires", "pytest"),
        *("--test-command", "cd {project} && python check.py && pytest --version"),
        project,
    )
    assert done.code == 0, done.err
    results = [json.loads(line) for line in done.out.splitlines()]
    assert [result["test"]["exit_code"] for result in results] == [0, 0]
    assert "linux aarch64 child aarch64\n" in done.err
    assert "win32 AMD64 child AMD64\n" in done.err.replace("\r", "")
    assert done.err.count(": pytest ") == 2


def test_what_nothing_runs_is_said(crosshook: CommandLine, copy_project: CopyProject) -> None:
    done = crosshook(
        *("--adapt", "--target", "win_arm64", "--test-command", "exit 1"), copy_project("plain")
    )
    assert done.code == 0, done.err
    assert done.err.count("warning: win_arm64: not tested: ") == 1


class Broken:
    """A backend with the hook that hands out a wheel with something wrong in it."""

    def __init__(self, crosshook: CommandLine, project: Path) -> None:
        self._crosshook = crosshook
        self._project = project
        (project / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "prepared:cross"\n'
            'backend-path = ["_build"]\n'
        )
        (project / "prepared").mkdir()

    def hand_out(self, files: dict[str, bytes]) -> None:
        tag = f"cp{DIGITS}-cp{DIGITS}-{AARCH64}"
        make_wheel(self._project / "prepared", files, tag=tag, purelib=False)

    def build(self) -> tuple[int, str]:
        done = self._crosshook(
            *("--target", AARCH64, "--target-python", python_for(AARCH64)),
            *("--test-command", "python -c 'import demo._core'"),
            self._project,
        )
        assert done.code == 0 or done.out == ""
        assert done.code == 0 or list((self._project / "dist").iterdir()) == []
        return done.code, done.err


@pytest.fixture
def broken(crosshook: CommandLine, copy_project: CopyProject) -> Broken:
    return Broken(crosshook, copy_project("prepared"))


SUFFIX = f"cpython-{DIGITS}-aarch64-linux-gnu.so"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({f"demo/_core.{SUFFIX}": make_elf(62)}, "for x86_64"),
        (
            {f"demo/_core.cpython-{DIGITS}-x86_64-linux-gnu.so": make_elf(183)},
            "an extension module for another Python or platform",
        ),
    ],
    ids=["another machine", "another suffix"],
)
def test_what_the_check_catches(broken: Broken, files: dict[str, bytes], said: str) -> None:
    broken.hand_out({"demo/__init__.py": b"", **files})
    code, printed = broken.build()
    assert code == 1
    assert said in printed
    assert "* testing" not in printed


def built_module(crosshook: CommandLine, project: Path, source: str) -> bytes:
    """Compile the fixture project with another source and return its module for aarch64."""
    (project / "plain_ext.c").write_text(source)
    done = crosshook("--adapt", "--target", AARCH64, project)
    assert done.code == 0, done.err
    shutil.unpack_archive(done.wheels[0], project / "unpacked", "zip")
    (module,) = (project / "unpacked").glob("*.so")
    return module.read_bytes()


@pytest.mark.parametrize(
    ("init", "statement", "said"),
    [
        (b"import not_there\n", "", "No module named 'not_there'"),
        (b"", 'PyErr_SetString(PyExc_OSError, "no ground"); return NULL;', "no ground"),
        (b"", "", "42"),
    ],
    ids=["missing module", "an error", "nothing"],
)
def test_what_only_running_it_catches(
    broken: Broken,
    crosshook: CommandLine,
    copy_project: CopyProject,
    init: bytes,
    statement: str,
    said: str,
) -> None:
    source = (
        "#include <Python.h>\n"
        'static struct PyModuleDef def = {PyModuleDef_HEAD_INIT, "_core", 0, -1};\n'
        "PyMODINIT_FUNC PyInit__core(void) {\n"
        f"{statement}\n"
        'PySys_WriteStderr("%d\\n", 42);\n'
        "return PyModule_Create(&def); }\n"
        "PyMODINIT_FUNC PyInit_plain_ext(void) { return PyInit__core(); }\n"
    )
    module = built_module(crosshook, copy_project("plain"), source)
    broken.hand_out({"demo/__init__.py": init, f"demo/_core.{SUFFIX}": module})
    code, printed = broken.build()
    assert code == (0 if said == "42" else 1)
    assert "* testing on " in printed
    assert said in printed
