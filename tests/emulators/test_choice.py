"""Which targets can be run on which machines, Wine, and what the user names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crosshook import emulators
from crosshook.emulators import LINK, choose, named, nothing_runs
from crosshook.errors import EmulatorError, UsageError
from crosshook.machine import Machine
from crosshook.target.platforms import parse_platform

WIN_AMD64 = parse_platform("win_amd64", source="test")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(
        system="linux", arch="x86_64", environ={"PATH": str(tmp_path)}, cache=tmp_path / "cache"
    )


@pytest.mark.parametrize(
    ("system", "arch", "tag", "reason"),
    [
        ("linux", "x86_64", "win_amd64", None),
        ("linux", "x86_64", "win32", None),
        ("linux", "x86_64", "win_arm64", "Wine on x86_64 runs no Windows programs for aarch64"),
        ("linux", "aarch64", "win_arm64", None),
        ("linux", "aarch64", "win_amd64", "Wine on aarch64 runs no Windows programs for x86_64"),
        ("linux", "x86_64", "manylinux_2_28_aarch64", None),
        ("darwin", "arm64", "manylinux_2_28_aarch64", "nothing runs linux programs on darwin"),
        ("darwin", "arm64", "win_arm64", "nothing runs windows programs on darwin"),
        ("windows", "AMD64", "win_amd64", "crosshook runs tests on Linux and macOS"),
    ],
)
def test_what_cannot_be_run(
    machine: Machine, system: str, arch: str, tag: str, reason: str | None
) -> None:
    platform = parse_platform(tag, source="test")
    assert nothing_runs(platform, replace(machine, system=system, arch=arch)) == reason


def test_nothing_is_chosen_where_nothing_runs(machine: Machine) -> None:
    platform = parse_platform("win_arm64", source="test")
    with pytest.raises(EmulatorError, match="win_arm64: Wine on x86_64"):
        choose(platform, Path("python.exe"), Path("/"), machine)


def test_wine_is_not_installed(machine: Machine) -> None:
    with pytest.raises(EmulatorError, match="wine is not installed") as caught:
        choose(WIN_AMD64, Path("python.exe"), Path("/"), machine)
    assert caught.value.hint == "apt-get install wine, or name another: --emulator CMD"


@pytest.fixture
def wine(tmp_path: Path) -> str:
    for name in ("wine", "wineserver"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return str(tmp_path / "wine")


def test_wine(machine: Machine, wine: str) -> None:
    found = choose(WIN_AMD64, Path("python.exe"), Path("/"), machine)
    assert found.python == (wine, LINK)
    assert found.environ == {
        "WINEPREFIX": str(machine.cache / "wine"),
        "WINEDEBUG": "-all",
        "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d",
    }
    assert "DISPLAY" in found.unset
    assert found.state == machine.cache / "wine"
    assert found.first_run == ((wine, "wineboot", "--init"), (f"{wine}server", "-w"))


def test_a_wineprefix_of_the_users_is_not_made(machine: Machine, wine: str) -> None:
    environ = {**machine.environ, "WINEPREFIX": "/own", "WINEDEBUG": "+loaddll"}
    found = choose(WIN_AMD64, Path("python.exe"), Path("/"), replace(machine, environ=environ))
    assert found.environ["WINEPREFIX"] == "/own"
    assert found.environ["WINEDEBUG"] == "+loaddll"
    assert found.state is None


def test_what_the_user_names() -> None:
    found = named("ssh -T 'a device'", WIN_AMD64)
    assert found.name == "ssh"
    assert found.python == ("ssh", "-T", "a device", LINK)


@pytest.mark.parametrize(("command", "said"), [("", "empty"), ("'", "No closing quotation")])
def test_what_cannot_be_a_command(command: str, said: str) -> None:
    with pytest.raises(UsageError, match=f"--emulator: .*{said}"):
        named(command, WIN_AMD64)


def test_paths_are_filled_in() -> None:
    emulator = emulators.Emulator(
        name="qemu", python=("qemu", "-0", emulators.LAUNCHER, emulators.INTERPRETER)
    )
    assert emulator.python_command(interpreter="/p/python", link="/v/python", launcher="/l/p") == (
        "qemu",
        "-0",
        "/l/p",
        "/p/python",
    )
