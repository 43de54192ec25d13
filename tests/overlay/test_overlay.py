"""The overlay: what sysconfig says while it is there, and that nothing of it stays."""

from __future__ import annotations

import builtins
import importlib.machinery
import json
import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crosshook import overlay
from crosshook.adapters.plan import SCRATCH, Plan
from crosshook.backend import applied
from crosshook.errors import ProjectError
from crosshook.overlay.inside import variables
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
        "finders": list(sys.meta_path),
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
    kept = variables.needed_for_own_paths()
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


def test_tools_are_those_of_the_environment(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build hook that starts what sysconfig names would start this machine's compiler."""
    variables = {"CC": "gcc -pthread", "LDSHARED": "gcc -pthread -shared", "CXX": "g++", "AR": "ar"}
    target = replace(make_target("linux_aarch64"), sysconfig_vars=variables)
    monkeypatch.delenv("CXX", raising=False)
    plan = Plan(environ={"CC": "/tools/cc", "AR": "/tools/ar"})
    with applied.applied(plan, target, tmp_path):
        code = "import json, sysconfig; print(json.dumps(sysconfig.get_config_vars()))"
        child = json.loads(subprocess.check_output([sys.executable, "-c", code]))
        for told in (child, sysconfig.get_config_vars()):
            assert told["CC"] == "/tools/cc"
            assert told["LDSHARED"] == "/tools/cc -shared"
            assert (told["CXX"], told["AR"]) == ("g++", "/tools/ar")


def test_a_child_of_a_child_sees_it(make_target: MakeTarget, tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SHOW!r}], check=True)"
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(done.stdout)["platform"] == "win-arm64"


@pytest.mark.skipif(os.name == "nt", reason="another line of a shell")
def test_a_python_of_the_environment_with_a_path_of_its_own(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    python = str(tmp_path / "env" / "bin" / "python")
    ask = "import sysconfig; print(sysconfig.get_platform())"
    look = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = subprocess.check_output(look, text=True).strip()
    Path(packages, "crosshook-overlay.pth").write_text(overlay.PATH_FILE)
    shell = f'PYTHONPATH=. {python} -c "{ask}"; {python} -c "{ask}"; {python} -I -c "{ask}"'
    here = sysconfig.get_platform()
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        assert subprocess.getoutput(shell).split() == ["win-arm64", "win-arm64", here]
    assert subprocess.getoutput(shell).split() == [here, here, here]


@pytest.mark.parametrize(
    "words", [["-m", "pip"], ["-mpip"], ["-W", "error", "-m", "pip"], ["bin/pip3"]]
)
def test_pip_installs_for_this_machine(
    make_target: MakeTarget, tmp_path: Path, words: list[str]
) -> None:
    """What a build installs is for itself: pip has to choose wheels that are imported here."""
    ask = "import sysconfig; print(sysconfig.get_platform())"
    for name in ("pip/__init__.py", "pip/__main__.py", "bin/pip3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(ask if name.startswith(("bin", "pip/__m")) else "")
    with applied.applied(Plan(), make_target("win_arm64"), tmp_path):
        said = subprocess.check_output([sys.executable, *words], cwd=tmp_path, text=True)
    assert said.strip() == sysconfig.get_platform()


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
