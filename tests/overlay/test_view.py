"""What modules of the project see, and that nobody else does."""

from __future__ import annotations

import builtins
import os
import subprocess
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


def test_tools_that_the_project_brings_see_this_machine(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    brought = tmp_path / "vendored" / "meson"
    brought.mkdir(parents=True)
    with overlay.installed(make_target("win_arm64"), project=tmp_path, tools=[str(brought)]):
        assert look(brought, "meson")[0] == sys.platform
        assert look(tmp_path, "generate")[0] == "win32"


def test_build_hooks_that_are_installed_see_the_target(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    packages = tmp_path / "site-packages"
    package = packages / "hook"
    package.mkdir(parents=True)
    hooks = [str(package), str(packages / "single.py")]
    with overlay.installed(make_target("win_arm64"), project=tmp_path / "project", hooks=hooks):
        assert look(package, "plugin")[0] == "win32"
        assert look(packages, "single")[0] == "win32"
        assert look(packages, "other")[0] == sys.platform


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


def run(file: Path, code: str, **named: Any) -> dict[str, Any]:
    """Run code as that of a file, and return its names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code)
    names: dict[str, Any] = {"__file__": str(file), "__name__": file.stem, **named}
    exec(compile(code, str(file), "exec"), names)
    return names


@pytest.mark.parametrize(
    "code",
    [
        "about = {}\nexec('import sys\\nseen = sys.platform', about)\nseen = about['seen']",
        "about = {}\nexec('exec(\"import sys\\\\nseen = sys.platform\")', about)\n"
        "seen = about['seen']",
        "seen = __import__('sys').platform",
        "import importlib\nseen = importlib.import_module('sys').platform",
        "from importlib import import_module\nseen = import_module('sys').platform",
        "from sys import *\nseen = platform",
    ],
)
def test_every_way_to_import(make_target: MakeTarget, tmp_path: Path, code: str) -> None:
    with overlay.installed(make_target("win_arm64"), project=tmp_path / "project"):
        assert run(tmp_path / "project" / "setup.py", code)["seen"] == "win32"
        assert run(tmp_path / "elsewhere" / "setup.py", code)["seen"] == sys.platform


def test_what_is_executed_for_another_package_sees_this_machine(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    """Who runs code without a file is who asks; not who called that."""
    helper = (
        "def helper(code):\n    names = {}\n    exec(code, names)\n    return names['platform']\n"
    )
    with overlay.installed(make_target("win_arm64"), project=tmp_path / "project"):
        other = run(tmp_path / "elsewhere" / "other.py", helper)
        code = "seen = helper('from sys import platform')"
        found = run(tmp_path / "project" / "setup.py", code, helper=other["helper"])
        assert found["seen"] == sys.platform


def test_eggs_of_setup_requires_see_this_machine(make_target: MakeTarget, tmp_path: Path) -> None:
    eggs = tmp_path / ".eggs" / "some.egg"
    eggs.mkdir(parents=True)
    before = look(eggs, "other")
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
        assert look(eggs, "other") == before


def test_modules_that_were_imported_before_are_imported_again(
    make_target: MakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a backend in the project takes at its top, when the wrapper asks for its hooks."""
    (tmp_path / "made_up_backend.py").write_text("from sys import platform\n")
    monkeypatch.syspath_prepend(tmp_path)
    name = "made_up_backend"
    before = __import__(name)
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
        assert __import__(name).platform == "win32"
    assert sys.modules[name] is before
    assert before.platform == sys.platform
    monkeypatch.delitem(sys.modules, name)


def test_a_build_of_crosshook_keeps_its_modules(make_target: MakeTarget) -> None:
    with overlay.installed(make_target("win_arm64"), project=Path(overlay.__file__).parents[3]):
        assert sys.modules["crosshook.overlay"] is overlay


def test_a_registry_without_keys(make_target: MakeTarget, tmp_path: Path) -> None:
    code = (
        "import winreg\n"
        "with winreg.ConnectRegistry(None, winreg.HKEY_LOCAL_MACHINE) as registry:\n"
        "    try:\n"
        "        winreg.OpenKey(registry, 'A', 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)\n"
        "    except winreg.error as error:\n"
        "        seen = type(error)\n"
        "try:\n    import _winreg\nexcept ImportError:\n    pass\n"
        "import msvcrt\nmsvcrt.setmode(1, 0)\n"
    )
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
        assert run(tmp_path / "setup.py", code)["seen"] is FileNotFoundError
    with overlay.installed(make_target("linux_aarch64"), project=tmp_path):
        with pytest.raises(ModuleNotFoundError, match="'winreg' on linux"):
            run(tmp_path / "setup.py", code)


@pytest.mark.skipif(sys.platform == "win32", reason="it is there")
def test_names_that_only_windows_has(make_target: MakeTarget, tmp_path: Path) -> None:
    """As versioneer and other code for Windows use them. Programs are called as here."""
    code = (
        "import os, subprocess\n"
        "try:\n    os.stat('nothing')\nexcept WindowsError as error:\n    seen = [type(error)]\n"
        "info = subprocess.STARTUPINFO()\ninfo.dwFlags |= subprocess.STARTF_USESHOWWINDOW\n"
        "hidden = dict(startupinfo=info, creationflags=subprocess.CREATE_NO_WINDOW)\n"
        "seen.append(subprocess.check_output(['echo.exe', 'a.exe'], **hidden))\n"
        "seen.append(subprocess.Popen(args=['true.cmd']).wait())\n"
        "seen.append(subprocess.check_output('echo.exe \"two words\"'))\n"
        "seen.append(subprocess.check_output('echo shell; echo', shell=True))\n"
    )
    with overlay.installed(make_target("win_arm64"), project=tmp_path):
        seen = run(tmp_path / "setup.py", code)["seen"]
    assert seen == [FileNotFoundError, b"a.exe\n", 0, b"two words\n", b"shell\n\n"]
    assert not hasattr(builtins, "WindowsError")
    with overlay.installed(make_target("linux_aarch64"), project=tmp_path):
        with pytest.raises(FileNotFoundError):
            run(tmp_path / "setup.py", "import subprocess; subprocess.run(['true.cmd'])")


@pytest.mark.parametrize(
    ("tag", "asked"),
    [
        (
            "win_amd64",
            {
                "struct.calcsize('l')": 4,
                "struct.calcsize('P')": 8,
                "struct.pack('L', 1)": b"\1\0\0\0",
                "ctypes.sizeof(ctypes.c_long)": 4,
                "ctypes.sizeof(ctypes.c_wchar)": 2,
                "ctypes.sizeof(ctypes.c_longlong)": 8,
                "sys.winver": "3.13",
                "platform.python_compiler()": "MSC v.1942 64 bit (AMD64)",
                "'64 bit (AMD64)' in sys.version": True,
                "platform.libc_ver()": ("", ""),
                "platform.uname().release": "10",
                "hasattr(sys.implementation, '_multiarch')": False,
            },
        ),
        (
            "win32",
            {"struct.calcsize('P')": 4, "struct.calcsize('cq')": 16, "sys.winver": "3.13-32"},
        ),
        (
            "manylinux_2_28_aarch64",
            {
                "struct.calcsize('l')": 8,
                "platform.libc_ver()": ("glibc", "2.28"),
                "sys.implementation._multiarch": "aarch64-linux-gnu",
                "platform.processor()": "aarch64",
                "os.uname().machine": "aarch64",
            },
        ),
        ("musllinux_1_2_i686", {"struct.calcsize('cq')": 12, "platform.libc_ver()": ("", "")}),
        ("linux_s390x", {"struct.pack('h', 1)": b"\0\1", "struct.pack('<h', 1)": b"\1\0"}),
        (
            "macosx_11_0_arm64",
            {
                "os.uname().sysname": "Darwin",
                "platform.release()": "20.0.0",
                "platform.processor()": "arm",
                "sys.implementation._multiarch": "darwin",
            },
        ),
    ],
)
def test_answers(
    make_target: MakeTarget, tmp_path: Path, tag: str, asked: dict[str, object]
) -> None:
    names = run(tmp_path / "unused.py", "")
    with overlay.installed(make_target(tag), project=tmp_path):
        names = run(tmp_path / "setup.py", "import ctypes, os, platform, struct, sys\n")
        assert {question: eval(question, names) for question in asked} == asked


@pytest.mark.parametrize(
    ("tag", "release"),
    [
        ("macosx_10_9_x86_64", "13.0.0"),
        ("macosx_10_15_x86_64", "19.0.0"),
        ("macosx_15_0_arm64", "24.0.0"),
        ("macosx_26_0_arm64", "25.0.0"),
    ],
)
def test_the_kernel_of_macos(
    make_target: MakeTarget, tmp_path: Path, tag: str, release: str
) -> None:
    with overlay.installed(make_target(tag), project=tmp_path):
        code = "import platform\nseen = platform.uname().release"
        assert run(tmp_path / "setup.py", code)["seen"] == release


def test_a_structure_is_laid_out_as_there(make_target: MakeTarget, tmp_path: Path) -> None:
    code = (
        "import ctypes\n"
        "class Inner(ctypes.Structure):\n"
        "    _fields_ = [('a', ctypes.c_char), ('b', ctypes.c_long)]\n"
        "class Outer(Inner):\n"
        "    _fields_ = [('c', Inner * 2), ('d', ctypes.c_void_p), ('e', ctypes.c_wchar)]\n"
        "class Either(ctypes.Union):\n"
        "    _fields_ = [('a', ctypes.c_long), ('b', ctypes.c_char * 5)]\n"
        "class Packed(ctypes.Structure):\n"
        "    _pack_ = 1\n"
        "    _layout_ = 'ms'\n"
        "    _fields_ = [('a', ctypes.c_char), ('b', ctypes.c_long)]\n"
        "seen = [ctypes.sizeof(t) for t in (Inner, Outer, Either, Packed)]\n"
    )
    with overlay.installed(make_target("win_amd64"), project=tmp_path):
        assert run(tmp_path / "setup.py", code)["seen"] == [8, 40, 8, 5]


PYPYS = """
import platform, sys
seen = ["PyPy" in sys.version, hasattr(sys, "pypy_version_info"), sys.implementation.name]
seen += [platform.python_implementation(), "__pypy__" in sys.builtin_module_names]
"""


def test_the_project_sees_which_implementation_it_is_built_for(
    make_target: MakeTarget, tmp_path: Path
) -> None:
    def ask(directory: Path) -> list[Any]:
        names: dict[str, Any] = {"__file__": str(directory / "setup.py")}
        exec(PYPYS, names)
        seen: list[Any] = names["seen"]
        return seen

    project = tmp_path / "project"
    target = make_target("linux_aarch64", "pypy3.11")
    with overlay.installed(target, project=project):
        assert ask(project) == [True, True, "pypy", "PyPy", True]
        assert ask(tmp_path) == [False, False, "cpython", "CPython", False]


def test_what_the_project_sees_of_pypys_versions(make_target: MakeTarget, tmp_path: Path) -> None:
    names: dict[str, Any] = {"__file__": str(tmp_path / "setup.py")}
    with overlay.installed(make_target("linux_aarch64", "pypy3.11"), project=tmp_path):
        exec("import platform, sys; version = platform.python_version()", names)
        told = names["sys"]
        assert told.version_info[:3] == (3, 11, 13)
        assert told.pypy_version_info[:3] == told.implementation.version[:3] == (7, 3, 20)
        assert told.implementation.cache_tag == "pypy311"
        assert told.implementation._multiarch == "aarch64-linux-gnu"
        assert "[PyPy 7.3.20 with " in told.version
    assert names["version"] == "3.11.13"


def test_packaging_tags_are_pypys_for_everybody(make_target: MakeTarget, tmp_path: Path) -> None:
    from packaging import tags

    before = next(tags.sys_tags())
    with overlay.installed(make_target("linux_aarch64", "pypy3.11"), project=tmp_path):
        found = next(tags.sys_tags())
    assert (found.interpreter, found.abi) == ("pp311", "pypy311_pp73")
    assert next(tags.sys_tags()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="a shell starts it")
def test_code_that_other_programs_hand_to_a_python(make_target: MakeTarget, tmp_path: Path) -> None:
    """make, CMake and Meson start one with ``-c``, or write to its stdin."""
    code = "import sys, struct; print(sys.platform, struct.calcsize('l'))"
    plan = Plan(project_sees_target=True)
    with applied.applied(plan, make_target("win_arm64"), tmp_path):
        for command in (f'{sys.executable} -c "{code}"', f'echo "{code}" | {sys.executable}'):
            assert subprocess.check_output(["sh", "-c", command], text=True) == "win32 4\n"
