"""From what the user asked for to a target: what ``--target-python`` changes of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import TargetPythonError, UsageError
from crosshook.frontend.resolve import (
    Machine,
    Resolved,
    Wanted,
    assign_prefixes,
    backend_interpreter,
    resolve,
    wanted_targets,
)
from crosshook.pythons.exports import exports
from crosshook.pythons.installed import InstalledPython
from crosshook.target.platforms import parse_platform
from crosshook.wheel.objects import exported_names
from scripts.target_pythons import windows_python
from tests.conftest import py
from tests.pythons.test_build_details import changed
from tests.pythons.test_composed import ZIG, make_headers
from tests.pythons.test_named import write
from tests.pythons.test_prefix import make_posix, make_windows


class Notes(SilentReporter):
    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def machine(tmp_path: Path, environ: Mapping[str, str] | None = None) -> Machine:
    headers = tmp_path / "headers"
    if not headers.exists():
        make_headers(headers)
    return Machine(
        system="linux",
        arch="x86_64",
        environ={"CC": "cc", "CXX": "c++", **(environ or {})},
        python=InstalledPython(
            executable=Path(sys.executable), version=py("3.13"), headers=headers
        ),
        cache=tmp_path / "cache",
    )


def resolved(
    tag: str, named: Path | None, here: Machine, reporter: Notes | None = None
) -> Resolved:
    wanted = Wanted(platform=parse_platform(tag, source="test"), python=py("3.13"))
    return resolve(
        wanted, prefix=named, toolchain="environment", machine=here, reporter=reporter or Notes()
    )


def test_a_file_is_enough(tmp_path: Path) -> None:
    file = write(tmp_path / "device.json", changed("base_prefix", "/nowhere"))
    notes = Notes()
    found = resolved("linux_aarch64", file, machine(tmp_path), notes)
    assert notes.notes == ["development files are composed: /nowhere: not on this machine"]
    headers = Path(found.target.python["c_api"]["headers"])
    assert "SIZEOF_VOID_P" in (headers / "pyconfig.h").read_text(encoding="utf-8")
    assert (headers / "Python.h").is_file()
    assert found.target.python["implementation"]["_multiarch"] == "aarch64-linux-gnu"


def test_composed_files_are_shared(tmp_path: Path) -> None:
    """They depend on the platform, not on who named it."""
    file = write(tmp_path / "device.json", changed("base_prefix", "/nowhere"))
    here = machine(tmp_path)
    named, composed = (resolved("linux_aarch64", of, here).target for of in (file, None))
    assert named.python["c_api"] == composed.python["c_api"]


def test_a_dll_that_is_none(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python")
    with pytest.raises(TargetPythonError, match=r"python313\.dll: its export table cannot be read"):
        resolved("win_arm64", prefix, machine(tmp_path))


@pytest.mark.integration
def test_exports_are_those_of_the_named_python(tmp_path: Path) -> None:
    """A DLL that exports less than CPython's own: what it lacks has to be missed."""
    prefix = make_windows(tmp_path / "python")
    (tmp_path / "own.c").write_text(
        "__declspec(dllexport) int Py_Only(void) { return 0; }\n"
        "int DllMainCRTStartup(void *dll, unsigned reason, void *reserved) { return 1; }\n"
    )
    for dll in ("python313.dll", "python3.dll"):
        command = [*ZIG, "cc", "-target", "aarch64-windows-gnu", "-shared", "-nostdlib", "own.c"]
        subprocess.run([*command, "-o", str(prefix / dll)], cwd=tmp_path, check=True)
    found = resolved("win_arm64", prefix, machine(tmp_path)).python_exports
    assert set(found) == {"python313.dll", "python3.dll"}
    assert all("Py_Only" in names and "Py_Initialize" not in names for names in found.values())


@pytest.mark.integration
def test_exports_of_a_real_python(tmp_path: Path) -> None:
    prefix = windows_python("3.13")
    found = resolved("win_amd64", prefix, machine(tmp_path)).python_exports
    assert found["python313.dll"] == set(exports(py("3.13"), stable_abi=False))
    assert found["python3.dll"] == set(exports(py("3.13"), stable_abi=True))


def test_what_is_not_a_dll() -> None:
    assert exported_names(b"") is None
    assert exported_names(Path(sys.executable).read_bytes()) is None


# Which of several Pythons for which target


WIN_ARM64 = Wanted(platform=parse_platform("win_arm64", source="test"), python=py("3.13"))
AARCH64 = Wanted(platform=parse_platform("linux_aarch64", source="test"), python=py("3.13"))
OTHER_VERSION = Wanted(platform=AARCH64.platform, python=py("3.99"))


@pytest.mark.parametrize("text", ["win_arm64,", "win_arm64,,", ",win_arm64"])
def test_a_comma_too_many(text: str) -> None:
    assert wanted_targets([text], ["3.13,"], default=py("3.12")) == (WIN_ARM64,)


@pytest.mark.parametrize("text", ["", ",", " "])
def test_a_target_that_is_empty(text: str) -> None:
    with pytest.raises(UsageError, match="unknown wheel platform tag ''"):
        wanted_targets([text], [], default=py("3.13"))


def test_a_python_that_is_too_old() -> None:
    with pytest.raises(UsageError, match=r"for no Python as old as Python 2\.7"):
        wanted_targets(["win_arm64"], ["2.7"], default=py("3.13"))


def test_a_directory_of_several(tmp_path: Path) -> None:
    several = tmp_path / "several"
    for name in ("cpython-3.13.9-a", "cpython-3.13.10-a"):
        make_posix(several / name)
    windows = make_windows(several / "pythonarm64.3.13.1")
    (several / "cpython-3.13-a").symlink_to("cpython-3.13.10-a")
    (several / "notes").mkdir()
    notes = Notes()
    here = machine(tmp_path)
    assert assign_prefixes([several], [AARCH64, WIN_ARM64], here, notes) == {
        AARCH64: several / "cpython-3.13.10-a",
        WIN_ARM64: windows,
    }
    assert (notes.notes, notes.warnings) == ([], [])
    assert assign_prefixes([several], [OTHER_VERSION], here, notes) == {}
    (warning,) = notes.warnings
    assert warning.startswith(f"--target-python: {several}: none of the Pythons in it serves")


def test_each_target_has_the_first_python_that_fits(tmp_path: Path) -> None:
    windows, linux = make_windows(tmp_path / "windows"), make_posix(tmp_path / "linux")
    again = make_windows(tmp_path / "again")
    here, notes = machine(tmp_path), Notes()
    wanted = (AARCH64, WIN_ARM64, OTHER_VERSION)
    found = assign_prefixes([linux, windows], wanted, here, notes)
    assert found == {AARCH64: linux, WIN_ARM64: windows}
    assert notes.warnings == []
    assert assign_prefixes([windows, again], (WIN_ARM64,), here, notes) == {WIN_ARM64: windows}
    assert notes.warnings == [
        f"--target-python: {again}: Python 3.13 for win_arm64, which serves no target of this run"
    ]


def test_a_python_that_serves_no_target(tmp_path: Path) -> None:
    linux, here, notes = make_posix(tmp_path / "linux"), machine(tmp_path), Notes()
    assert assign_prefixes([linux], (WIN_ARM64, OTHER_VERSION), here, notes) == {}
    file = write(tmp_path / "device.json", changed("base_prefix", "/nowhere"))
    assert assign_prefixes([file], (WIN_ARM64,), here, notes) == {}
    assert [warning.partition(": Python ")[2] for warning in notes.warnings] == [
        "3.13 for linux_aarch64, which serves no target of this run"
    ] * 2


def test_what_is_no_python(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty: not a Python") as caught:
        assign_prefixes(
            [tmp_path / "empty"], (WIN_ARM64, AARCH64), machine(tmp_path), SilentReporter()
        )
    assert caught.value.detail is not None
    assert len(caught.value.detail.splitlines()) == 2


def test_a_python_whose_headers_alone_are_needed(tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    make_headers(newer / "usr" / "include" / "python3.99", "3.99.0")
    wanted = Wanted(platform=WIN_ARM64.platform, python=py("3.99"))
    here = replace(machine(tmp_path), unpacked=(newer,))
    assert assign_prefixes([newer], (wanted,), here, SilentReporter()) == {}


# What the backend runs in


def test_a_backend_runs_in_a_python_of_the_targets_version(tmp_path: Path) -> None:
    """The two builds of a version are the same for it."""
    here = machine(tmp_path)
    for version in ("3.13", "3.13t"):
        assert backend_interpreter(py(version), here, isolated=True, reporter=Notes()) is None


def test_or_in_the_one_that_is_there(tmp_path: Path) -> None:
    reporter = Notes()
    here = machine(tmp_path, {"PATH": ""})
    assert backend_interpreter(py("3.99t"), here, isolated=True, reporter=reporter) is None
    assert reporter.notes == [
        "no Python 3.99 here to run the backend with: Python 3.13 does, and speaks of Python 3.99t"
    ]
