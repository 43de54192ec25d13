"""What runs a target's programs during a build."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.emulators.during_builds import program_runner
from crosshook.target import Target
from tests.conftest import MakeTarget


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine with QEMU for two processors."""
    for name in ("qemu-aarch64-static", "qemu-s390x"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return {"PATH": str(tmp_path)}


def with_loader(directory: Path) -> Path:
    (directory / "lib").mkdir(parents=True)
    (directory / "lib" / "ld-linux-aarch64.so.1").touch()
    return directory


def ask(target: Target, environ: dict[str, str], **machine: str) -> tuple[str, ...]:
    here = {"system": "linux", "arch": "x86_64", "state": "/state", **machine}
    return program_runner(target, environ, **here)


def test_beside_the_target_python(
    make_target: MakeTarget, environ: dict[str, str], tmp_path: Path
) -> None:
    root = with_loader(tmp_path / "root")
    target = make_target("linux_aarch64")
    target = replace(target, python={**target.python, "base_prefix": str(root / "usr")})
    wrapper = ask(target, environ)
    assert wrapper == (str(tmp_path / "qemu-aarch64-static"), "-L", str(root))
    assert ask(target, environ, arch="aarch64") == ()
    assert ask(target, environ, system="darwin") == ()
    assert ask(target, {"PATH": "/nowhere"}) == ()


def test_named(make_target: MakeTarget, environ: dict[str, str], tmp_path: Path) -> None:
    root = with_loader(tmp_path / "named")
    environ["QEMU_LD_PREFIX"] = str(root)
    assert ask(make_target("linux_aarch64"), environ)[1:] == ("-L", str(root))
    assert ask(make_target("win_amd64"), environ) == ()


def test_wine(make_target: MakeTarget, environ: dict[str, str], tmp_path: Path) -> None:
    wine = tmp_path / "wine"
    wine.write_text("#!/bin/sh\n")
    wine.chmod(0o755)
    command = ask(make_target("win_amd64"), environ)
    assert command[0] == "env"
    assert command[-1] == str(wine)
    assert {"WINEPREFIX=/state", "WINEDEBUG=-all", "DISPLAY"} < set(command)
    assert "WINEPREFIX=/own" in ask(make_target("win32"), {**environ, "WINEPREFIX": "/own"})
    assert ask(make_target("win_arm64"), environ) == ()
    assert ask(make_target("win_amd64"), environ, system="windows") == ()


def test_no_libc_for_it(make_target: MakeTarget, environ: dict[str, str]) -> None:
    assert ask(make_target("musllinux_1_2_s390x"), environ) == ()
