"""The overlay: what sysconfig says while it is there, and that nothing of it stays."""

from __future__ import annotations

import builtins
import importlib.machinery
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook import overlay
from crosshook.adapters.plan import SCRATCH, Plan
from crosshook.backend import applied
from crosshook.errors import ProjectError
from crosshook.overlay import apply, project_view
from crosshook.target import Target
from crosshook.target.python_version import running_python
from tests.conftest import MakeTarget


class Interrupted(Exception):
    pass


def everything() -> dict[str, Any]:
    """Whatever the overlay could change, copied."""
    functions = ("get_platform", "get_path", "get_paths", "get_config_h_filename")
    return {
        "vars": dict(sysconfig.get_config_vars()),
        "the dictionary": id(sysconfig.get_config_vars()),
        "suffixes": list(importlib.machinery.EXTENSION_SUFFIXES),
        "functions": {name: getattr(sysconfig, name) for name in functions},
        "platform": sysconfig.get_platform(),
        "paths": sysconfig.get_paths(),
        "environ": dict(os.environ),
        "path": list(sys.path),
        "import": builtins.__import__,
        "modules": {n for n in sys.modules if "crosshook_overlay" in n or n == "sitecustomize"},
    }


TAGS = pytest.mark.parametrize("tag", ["win_arm64", "win32", "manylinux_2_28_aarch64"])


@TAGS
def test_this_process_speaks_of_the_target(make_target: MakeTarget, tag: str) -> None:
    target = make_target(tag)
    with overlay.installed(target):
        assert sysconfig.get_platform() == target.platform.row.sysconfig_platform
        assert sysconfig.get_config_var("EXT_SUFFIX") == target.extension_suffixes[0]
        assert (
            sysconfig.get_config_var("SIZEOF_VOID_P") == target.platform.row.processor.pointer_size
        )
        assert tuple(importlib.machinery.EXTENSION_SUFFIXES) == target.extension_suffixes
        assert sysconfig.get_path("include") == "/pythons/include"
        assert sysconfig.get_paths()["platinclude"] == "/pythons/include"
        assert sysconfig.get_config_h_filename() == os.path.join("/pythons/include", "pyconfig.h")


@TAGS
def test_it_leaves_nothing(make_target: MakeTarget, tag: str) -> None:
    before = everything()
    with overlay.installed(make_target(tag)):
        assert everything() != before
    assert everything() == before


def test_it_leaves_nothing_after_an_error(make_target: MakeTarget) -> None:
    before = everything()

    def backend() -> None:
        with overlay.installed(make_target("win_arm64")):
            sysconfig.get_config_vars()["EXTRA"] = "added by a backend"
            raise Interrupted

    with pytest.raises(Interrupted):
        backend()
    assert everything() == before


def test_one_inside_another(make_target: MakeTarget) -> None:
    before = everything()
    with overlay.installed(make_target("win_arm64")):
        outer = everything()
        with overlay.installed(make_target("manylinux_2_28_aarch64")):
            assert sysconfig.get_platform() == "linux-aarch64"
        assert everything() == outer
        assert sysconfig.get_platform() == "win-arm64"
    assert everything() == before


def test_what_the_running_python_needs_of_its_own_stays(make_target: MakeTarget) -> None:
    purelib, platlib, prefix = (
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        sysconfig.get_config_var("prefix"),
    )
    with overlay.installed(make_target("win_arm64")):
        assert sysconfig.get_path("purelib") == purelib
        assert sysconfig.get_path("platlib") == platlib
        assert sysconfig.get_config_var("prefix") == prefix
        assert sys.platform != "win32" or os.name == "nt"


def test_variables_of_this_machine_are_not_mixed_in(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    with overlay.installed(target):
        shown = dict(sysconfig.get_config_vars())
    kept = apply._needed_for_own_paths()
    told = {"LIBPYTHON", *target.sysconfig_vars}
    assert {name for name in shown if name not in kept} == told - kept


def test_without_headers_paths_are_left_alone(make_target: MakeTarget) -> None:
    target = make_target("win_arm64")
    bare = replace(target, python={k: v for k, v in target.python.items() if k != "c_api"})
    include = sysconfig.get_path("include")
    with overlay.installed(bare):
        assert sysconfig.get_path("include") == include


def test_a_distutils_that_made_its_copy_makes_another(make_target: MakeTarget) -> None:
    """In a process of its own, because importing setuptools changes what it is imported into."""
    code = (
        "import json, sys\n"
        "from crosshook import overlay\n"
        "from crosshook.target import Target, parse_target\n"
        "from setuptools._distutils import sysconfig\n"
        "def ask(): return sysconfig.get_config_var('SIZEOF_VOID_P')\n"
        "before = ask()\n"
        "with overlay.installed(parse_target(json.load(sys.stdin))): inside = ask()\n"
        "print(json.dumps([before, inside, ask()]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(make_target("win32").to_json()),
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named 'setuptools'" in done.stderr:
        pytest.skip("setuptools is not installed")
    assert done.returncode == 0, done.stderr
    before, inside, after = json.loads(done.stdout)
    assert inside == 4
    assert before == after


SHOW = """
import importlib.machinery, json, os, sys, sysconfig
print(json.dumps({
    "platform": sysconfig.get_platform(),
    "suffix": sysconfig.get_config_var("EXT_SUFFIX"),
    "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
    "include": sysconfig.get_path("include"),
    "sys.platform": sys.platform,
    "os.name": os.name,
    "behind": os.environ.get("BEHIND"),
}))
"""


def child(*options: str) -> Any:
    done = subprocess.run(
        [sys.executable, *options, "-c", SHOW], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


@TAGS
def test_python_processes_of_the_build_see_the_target(
    make_target: MakeTarget, tmp_path: Path, tag: str
) -> None:
    target = make_target(tag)
    with applied.applied(Plan(), target, tmp_path):
        answer = child()
    assert answer == {
        "platform": target.platform.row.sysconfig_platform,
        "suffix": target.extension_suffixes[0],
        "suffixes": list(target.extension_suffixes),
        "include": "/pythons/include",
        "sys.platform": sys.platform,
        "os.name": os.name,
        "behind": None,
    }
    assert child()["platform"] == sysconfig.get_platform()


def test_a_sitecustomize_behind_it_still_runs(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nos.environ['BEHIND'] = __file__\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        answer = child()
    assert answer["behind"] == str(tmp_path / "sitecustomize.py")
    assert answer["platform"] == "win-arm64"


def test_a_package_as_sitecustomize_behind_it_still_runs(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize").mkdir()
    (tmp_path / "sitecustomize" / "__init__.py").write_text(
        "import os\nfrom . import inner\nos.environ['BEHIND'] = inner.VALUE\n"
    )
    (tmp_path / "sitecustomize" / "inner.py").write_text("VALUE = 'inner'\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        assert child()["behind"] == "inner"


def test_a_child_of_a_child_sees_it(make_target: MakeTarget, tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}], check=True)"
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout)["platform"] == "win-arm64"


def test_an_isolated_child_is_left_alone(make_target: MakeTarget, tmp_path: Path) -> None:
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        assert (
            child("-I")["platform"]
            == json.loads(
                subprocess.run(
                    [sys.executable, "-Ic", SHOW], capture_output=True, check=True
                ).stdout
            )["platform"]
        )


FULL = Plan(
    environ={"CROSSHOOK_TEST_NEW": f"{SCRATCH}/x", "CROSSHOOK_TEST_OLD": "new"},
    unset=frozenset({"CROSSHOOK_TEST_GONE", "CROSSHOOK_TEST_NEVER"}),
    python_path=(f"{SCRATCH}/overlay", f"{SCRATCH}/more"),
    files={"a/b.txt": f"in {SCRATCH}", "more/made_up_module.py": ""},
)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSHOOK_TEST_OLD", "old")
    monkeypatch.setenv("CROSSHOOK_TEST_GONE", "here")
    monkeypatch.setenv("PYTHONPATH", "/users/own")


@pytest.mark.usefixtures("environ")
def test_a_plan_is_made_true(make_target: MakeTarget, tmp_path: Path) -> None:
    with applied.applied(FULL, make_target("win_arm64"), tmp_path) as placed:
        scratch = Path(placed.environ["CROSSHOOK_TEST_NEW"]).parent
        assert os.environ["CROSSHOOK_TEST_NEW"] == f"{scratch}/x"
        assert os.environ["CROSSHOOK_TEST_OLD"] == "new"
        assert "CROSSHOOK_TEST_GONE" not in os.environ
        path = [f"{scratch}/overlay", f"{scratch}/more"]
        assert sys.path[:2] == path
        assert os.environ["PYTHONPATH"].split(os.pathsep) == [*path, "/users/own"]
        assert (scratch / "a" / "b.txt").read_text() == f"in {scratch}"
        assert (scratch / "overlay" / "sitecustomize.py").is_file()
    assert not scratch.exists()


@pytest.mark.parametrize("error", [Interrupted, KeyboardInterrupt, SystemExit])
@pytest.mark.usefixtures("environ")
def test_everything_is_put_back(
    make_target: MakeTarget, tmp_path: Path, error: type[BaseException]
) -> None:
    before = everything()
    scratch = []

    def backend() -> None:
        with applied.applied(FULL, make_target("win_arm64"), tmp_path) as placed:
            scratch.append(Path(placed.environ["CROSSHOOK_TEST_NEW"]).parent)
            os.environ["CROSSHOOK_TEST_BACKEND"] = "set by a backend"
            del os.environ["PYTHONPATH"]
            sys.path.insert(0, "/added/by/a/backend")
            raise error

    with pytest.raises(error):
        backend()
    assert everything() == before
    assert os.environ["CROSSHOOK_TEST_GONE"] == "here"
    assert not scratch[0].exists()


def test_a_plan_that_contradicts_the_overlay_changes_nothing(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    before = everything()
    plan = Plan(files={"overlay/sitecustomize.py": "other"})
    with pytest.raises(ProjectError, match=r"the file overlay/sitecustomize\.py"):
        with applied.applied(plan, make_target("win_arm64"), tmp_path):
            pass
    assert everything() == before


def test_a_file_that_cannot_be_written_changes_nothing(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    before = everything()
    plan = Plan(environ={"CROSSHOOK_TEST_NEW": "1"}, files={"a": "", "a/b": ""})
    with pytest.raises(OSError, match="a"), applied.applied(plan, make_target("win32"), tmp_path):
        pass
    assert everything() == before


HAS_UNAME = hasattr(os, "uname")

LOOK = """
import os, platform, sys
import os.path as p
from os import name
from platform import machine, system
seen = [sys.platform, os.name, name, platform.machine(), machine(), system()]
seen += [hasattr(os, "uname"), sys.maxsize > 2**32, p.sep == os.sep]
"""


def look(directory: Path, module: str) -> list[Any]:
    """What a module in a directory sees when it is imported."""
    file = directory / f"{module}.py"
    file.write_text(LOOK)
    names: dict[str, Any] = {"__file__": str(file), "__name__": module}
    exec(compile(LOOK, str(file), "exec"), names)
    seen: list[Any] = names["seen"]
    return seen


@pytest.mark.parametrize(
    ("tag", "sees"),
    [
        ("win_arm64", ["win32", "nt", "nt", "ARM64", "ARM64", "Windows", False, True, True]),
        ("win_amd64", ["win32", "nt", "nt", "AMD64", "AMD64", "Windows", False, True, True]),
        ("win32", ["win32", "nt", "nt", "x86", "x86", "Windows", False, False, True]),
        (
            "linux_aarch64",
            ["linux", "posix", "posix", "aarch64", "aarch64", "Linux", HAS_UNAME, True, True],
        ),
        (
            "musllinux_1_2_i686",
            ["linux", "posix", "posix", "i686", "i686", "Linux", HAS_UNAME, False, True],
        ),
        (
            "macosx_11_0_arm64",
            ["darwin", "posix", "posix", "arm64", "arm64", "Darwin", HAS_UNAME, True, True],
        ),
    ],
)
def test_the_projects_own_modules_see_the_target(
    make_target: MakeTarget, tmp_path: Path, tag: str, sees: list[Any]
) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    before = look(elsewhere, "other")
    with project_view.installed(make_target(tag), project):
        assert look(project, "seen") == sees
        assert look(elsewhere, "other") == before
        assert sys.platform == before[0]
    assert look(project, "seen") == before


def test_packages_installed_inside_the_project_see_this_machine(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    packages = tmp_path / ".venv" / "lib" / "site-packages"
    packages.mkdir(parents=True)
    before = look(packages, "other")
    with project_view.installed(make_target("win_arm64"), tmp_path):
        assert look(packages, "other") == before


def test_a_neighbour_whose_name_begins_alike_sees_this_machine(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    project, neighbour = tmp_path / "project", tmp_path / "project-2"
    project.mkdir()
    neighbour.mkdir()
    before = look(neighbour, "other")
    with project_view.installed(make_target("win_arm64"), project):
        assert look(neighbour, "other") == before


def test_what_the_view_says_of_s390x_and_macos(make_target: MakeTarget, tmp_path: Path) -> None:
    file = tmp_path / "setup.py"
    asked = {"sys.byteorder": "big", "platform.architecture()": ("64bit", "ELF")}
    assert ask(file, make_target("linux_s390x"), asked) == asked
    asked = {
        "sys.byteorder": "little",
        "platform.mac_ver()[0]": "10.13",
        "platform.platform()": "macOS-10.13-x86_64",
        "platform.architecture()": ("64bit", ""),
    }
    assert ask(file, make_target("macosx_10_13_x86_64"), asked) == asked


def test_what_the_view_says_of_windows(make_target: MakeTarget, tmp_path: Path) -> None:
    asked = {
        "sys.getwindowsversion()[:2]": (10, 0),
        "sys.getwindowsversion().major": 10,
        "platform.win32_ver()[:2]": ("10", "10.0.19045"),
        "platform.architecture()": ("64bit", "WindowsPE"),
    }
    assert ask(tmp_path / "setup.py", make_target("win_arm64"), asked) == asked


def ask(file: Path, target: Target, questions: Mapping[str, object]) -> dict[str, object]:
    """Return what expressions come to in a module of a project."""
    with project_view.installed(target, file.parent):
        names: dict[str, Any] = {"__file__": str(file), "__name__": "setup"}
        exec("import sys, platform", names)
        return {question: eval(question, names) for question in questions}


def test_writes_through_the_view_are_real(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["before"])
    code = "import sys\nsys.argv = ['after']\n"
    with project_view.installed(make_target("win_arm64"), tmp_path):
        exec(code, {"__file__": str(tmp_path / "setup.py"), "__name__": "setup"})
    assert sys.argv == ["after"]


def test_the_view_is_taken_back_after_an_error(make_target: MakeTarget, tmp_path: Path) -> None:
    before = everything()
    plan = Plan(project_sees_target=True)

    def backend() -> None:
        with applied.applied(plan, make_target("win_arm64"), tmp_path):
            assert look(tmp_path, "setup")[0] == "win32"
            raise Interrupted

    with pytest.raises(Interrupted):
        backend()
    assert everything() == before


def versions_seen(directory: Path) -> list[Any]:
    """Run a module that asks for its Python's version, and return what it was told."""
    file = directory / "versions.py"
    file.write_text(
        "import platform, sys, sysconfig\n"
        "seen = [tuple(sys.version_info), sys.version_info >= (3, 99), sys.hexversion >> 8,\n"
        "        platform.python_version(), getattr(sys, 'abiflags', None),\n"
        "        getattr(sys, '_is_gil_enabled', lambda: True)(),\n"
        "        sysconfig.get_config_var('Py_GIL_DISABLED')]\n"
    )
    names = {"__file__": str(file), "__name__": "versions"}
    exec(compile(file.read_text(), str(file), "exec"), names)
    seen: list[Any] = names["seen"]  # type: ignore[assignment]
    return seen


def test_the_project_sees_another_version(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target("linux_aarch64", "3.99t")
    with overlay.installed(target), project_view.installed(target, tmp_path):
        assert versions_seen(tmp_path) == [
            (3, 99, 0, "final", 0), True, 0x036300, "3.99.0", "t", False, 1,
        ]  # fmt: skip


def test_the_project_sees_its_own_version_as_it_is(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target("linux_aarch64", str(running_python()))
    before = versions_seen(tmp_path)
    with overlay.installed(target), project_view.installed(target, tmp_path):
        assert versions_seen(tmp_path)[:-1] == before[:-1]
