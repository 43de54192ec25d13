"""The virtual environment for an emulated Python, as a plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.emulators import INTERPRETER, LAUNCHER, LINK, Emulator, venv
from crosshook.emulators.venv import Venv, program_launchers, windows_path
from crosshook.target.platforms import parse_platform
from tests.conftest import py
from tests.factory import make_program

QEMU = Emulator(name="qemu", python=("qemu", "-0", LAUNCHER, INTERPRETER))
WINE = Emulator(name="Wine", python=("wine", LINK))


def linux_venv(root: Path) -> Venv:
    return venv.plan(
        root,
        interpreter=Path("/arm/usr/bin/python3.11"),
        version=py("3.11"),
        platform=parse_platform("manylinux_2_28_aarch64", source="test"),
        emulator=QEMU,
    )


def test_linux(tmp_path: Path) -> None:
    made = linux_venv(tmp_path)
    assert made.files == {
        "pyvenv.cfg": "home = /arm/usr/bin\ninclude-system-site-packages = false\nversion = 3.11\n"
    }
    assert made.links == {"bin/python3.11": "/arm/usr/bin/python3.11"}
    assert made.site_packages == tmp_path / "lib/python3.11/site-packages"
    python = str(tmp_path / "launchers/python")
    script = f'#!/bin/sh\nexec qemu -0 {python} /arm/usr/bin/python3.11 "$@"\n'
    assert made.scripts == {
        str(tmp_path / "launchers" / name): script for name in ("python", "python3", "python3.11")
    }


def test_windows(tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    for name in ("python.exe", "python313.dll", "vcruntime140.dll", "LICENSE.txt"):
        (prefix / name).touch()
    made = venv.plan(
        tmp_path / "venv",
        interpreter=prefix / "python.exe",
        version=py("3.13"),
        platform=parse_platform("win_amd64", source="test"),
        emulator=WINE,
    )
    assert made.links == {
        f"Scripts/{name}": str(prefix / name)
        for name in ("python.exe", "python313.dll", "vcruntime140.dll")
    }
    assert made.files["pyvenv.cfg"].startswith(f"home = {windows_path(str(prefix))}\n")
    assert made.site_packages == tmp_path / "venv/Lib/site-packages"
    assert made.python_command == ("wine", str(tmp_path / "venv/Scripts/python.exe"))


def test_paths_for_wine() -> None:
    assert windows_path("/a b/c") == "Z:\\a b\\c"


@pytest.mark.parametrize(
    ("name", "head", "command"),
    [
        ("pytest", b"#!/usr/bin/python3\nimport sys\n", "{python} {file}"),
        ("ninja", make_program("/lib/ld.so"), "qemu -0 {python} {file}"),
        ("tool.sh", b"#!/bin/sh\nexit 0\n", "{file}"),
    ],
)
def test_programs_of_packages(tmp_path: Path, name: str, head: bytes, command: str) -> None:
    made = linux_venv(tmp_path)
    file = made.site_packages / "bin" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(head)
    assert program_launchers(made) == {
        str(made.launchers / name): (
            f'#!/bin/sh\nexec {command.format(python=made.python, file=file)} "$@"\n'
        )
    }


def test_no_programs(tmp_path: Path) -> None:
    assert program_launchers(linux_venv(tmp_path)) == {}
