"""What modules of the project see, and that nobody else does."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from crosshook import overlay
from crosshook.adapters.plan import Plan
from crosshook.backend import applied
from crosshook.target import Target
from crosshook.target.python_version import running_python
from tests.conftest import MakeTarget
from tests.overlay.test_overlay import Interrupted, everything

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
    with overlay.installed(make_target(tag), project=project):
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
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
        assert look(packages, "other") == before


def test_a_neighbour_whose_name_begins_alike_sees_this_machine(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    project, neighbour = tmp_path / "project", tmp_path / "project-2"
    project.mkdir()
    neighbour.mkdir()
    before = look(neighbour, "other")
    with overlay.installed(make_target("win_arm64"), project=project):
        assert look(neighbour, "other") == before


def test_what_the_view_says_of_s390x_and_macos(make_target: MakeTarget, tmp_path: Path) -> None:
    file = tmp_path / "setup.py"
    asked = {"sys.byteorder": "big", "platform.architecture()": ("64bit", "ELF")}
    assert ask(file, make_target("linux_s390x"), asked) == asked
    asked = {
        "sys.byteorder": "little",
        "platform.mac_ver()[0]": "10.13",
        "platform.platform()": "macOS-10.13-x86_64-i386-64bit",
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
    with overlay.installed(target, project=file.parent):
        names: dict[str, Any] = {"__file__": str(file), "__name__": "setup"}
        exec("import sys, platform", names)
        return {question: eval(question, names) for question in questions}


def test_writes_through_the_view_are_real(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["before"])
    code = "import sys\nsys.argv = ['after']\n"
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
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
    with overlay.installed(target, project=tmp_path):
        assert versions_seen(tmp_path) == [
            (3, 99, 0, "final", 0), True, 0x036300, "3.99.0", "t", False, 1,
        ]  # fmt: skip


def test_the_project_sees_its_own_version_as_it_is(make_target: MakeTarget, tmp_path: Path) -> None:
    target = make_target("linux_aarch64", str(running_python()))
    before = versions_seen(tmp_path)
    with overlay.installed(target, project=tmp_path):
        assert versions_seen(tmp_path)[:-1] == before[:-1]
