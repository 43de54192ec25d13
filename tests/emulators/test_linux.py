"""Which way a Linux program is run, over a root directory that is made for each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.emulators import INTERPRETER, LAUNCHER, LINK, Emulator, choose
from crosshook.errors import EmulatorError
from crosshook.machine import Machine
from crosshook.target.platforms import Platform, parse_platform
from tests.factory import make_program

AARCH64 = parse_platform("manylinux_2_28_aarch64", source="test")
X86_64 = parse_platform("manylinux_2_28_x86_64", source="test")
ARM_LOADER = "/lib/ld-linux-aarch64.so.1"
X86_LOADER = "/lib64/ld-linux-x86-64.so.2"

# What Debian's qemu-user-static registers.
REGISTERED = """\
enabled
interpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P
flags: POCF
offset 0
magic 7f454c460201010000000000000000000200b700
mask ffffffffffffff00fffffffffffffffffeffffff
"""


def touch(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


class Scene:
    """An x86_64 Linux machine and an unpacked Python."""

    def __init__(self, tmp_path: Path) -> None:
        self.root = tmp_path / "machine"
        self.prefix = tmp_path / "prefix"
        self.tools = tmp_path / "tools"
        self.tools.mkdir()
        self.machine = Machine(
            system="linux",
            arch="x86_64",
            environ={"PATH": str(self.tools)},
            cache=tmp_path / "cache",
            root=self.root,
        )
        touch(self.root / X86_LOADER.lstrip("/"))

    def tool(self, name: str) -> str:
        file = self.tools / name
        file.write_text("#!/bin/sh\n")
        file.chmod(0o755)
        return str(file)

    def register(self, entry: str, status: str = "enabled") -> None:
        self.machine.binfmt.mkdir(parents=True)
        (self.machine.binfmt / "status").write_text(f"{status}\n")
        (self.machine.binfmt / "register").touch()
        (self.machine.binfmt / "qemu-aarch64").write_text(entry)

    def choose(self, platform: Platform = AARCH64) -> Emulator:
        loader, machine = (ARM_LOADER, 183) if platform is AARCH64 else (X86_LOADER, 62)
        interpreter = self.prefix / "usr/bin/python3.11"
        interpreter.parent.mkdir(parents=True, exist_ok=True)
        interpreter.write_bytes(make_program(loader, machine))
        return choose(platform, interpreter, self.prefix, self.machine)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def in_the_prefix(scene: Scene) -> Path:
    return scene.prefix


def beside_usr(scene: Scene) -> Path:
    prefix, scene.prefix = scene.prefix, scene.prefix / "usr"
    return prefix


def named_by_qemus_variable(scene: Scene) -> Path:
    environ = {**scene.machine.environ, "QEMU_LD_PREFIX": str(scene.root / "sysroot")}
    scene.machine = replace(scene.machine, environ=environ)
    return scene.root / "sysroot"


def of_a_cross_compiler(scene: Scene) -> Path:
    return scene.root / "usr/aarch64-linux-gnu"


@pytest.mark.parametrize(
    "where", [in_the_prefix, beside_usr, named_by_qemus_variable, of_a_cross_compiler]
)
def test_qemu_with_the_libc_that_is_there(scene: Scene, where: Callable[[Scene], Path]) -> None:
    qemu = scene.tool("qemu-aarch64-static")
    root = where(scene)
    touch(root / ARM_LOADER.lstrip("/"))
    found = scene.choose()
    assert found.python == (qemu, "-L", str(root), "-0", LAUNCHER, INTERPRETER)
    assert found.name == "qemu-aarch64-static"


def test_the_dynamic_qemu_will_do(scene: Scene) -> None:
    qemu = scene.tool("qemu-aarch64")
    touch(scene.prefix / ARM_LOADER.lstrip("/"))
    assert scene.choose().python[0] == qemu


def test_without_a_libc_for_the_target(scene: Scene) -> None:
    scene.tool("qemu-aarch64-static")
    with pytest.raises(EmulatorError, match=r"its loader /lib/ld-linux-aarch64\.so\.1 is nowhere"):
        scene.choose()


def test_without_qemu(scene: Scene) -> None:
    touch(scene.prefix / ARM_LOADER.lstrip("/"))
    with pytest.raises(EmulatorError, match="qemu-aarch64 are not installed") as caught:
        scene.choose()
    assert "apt-get install qemu-user-static" in str(caught.value.hint)


def test_what_the_kernel_starts_by_itself(scene: Scene) -> None:
    scene.register(REGISTERED)
    touch(scene.prefix / ARM_LOADER.lstrip("/"))
    found = scene.choose()
    assert found.python == (LINK,)
    assert found.environ == {"QEMU_LD_PREFIX": str(scene.prefix)}


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (REGISTERED, "disabled"),
        (REGISTERED.replace("enabled", "disabled"), "enabled"),
        (REGISTERED.replace("0200b700", "02002800"), "enabled"),
        ("enabled\ninterpreter /usr/bin/python3\nflags: \nextension .py\n", "enabled"),
    ],
    ids=["switched off", "entry switched off", "another processor", "by extension"],
)
def test_what_is_registered_for_others_does_not_count(
    scene: Scene, entry: str, status: str
) -> None:
    scene.register(entry, status)
    qemu = scene.tool("qemu-aarch64-static")
    touch(scene.prefix / ARM_LOADER.lstrip("/"))
    assert scene.choose().python[0] == qemu


def test_programs_of_this_machine(scene: Scene) -> None:
    assert scene.choose(X86_64) == Emulator(name="this machine", python=(LINK,))


def test_this_machine_s_own_python(scene: Scene) -> None:
    """In a system whose /lib is a link into /usr, which then looks like a root."""
    touch(scene.root / "usr" / X86_LOADER.lstrip("/"))
    scene.prefix = scene.root / "usr"
    assert scene.choose(X86_64) == Emulator(name="this machine", python=(LINK,))


def test_programs_of_this_machine_with_a_libc_of_their_own(scene: Scene) -> None:
    touch(scene.prefix / X86_LOADER.lstrip("/"))
    touch(scene.prefix / "lib/x86_64-linux-gnu/libc.so.6")
    found = scene.choose(X86_64)
    assert found.python == (
        str(scene.prefix / X86_LOADER.lstrip("/")),
        "--argv0",
        LAUNCHER,
        "--library-path",
        f"{scene.prefix}/lib/x86_64-linux-gnu:{scene.prefix}/lib:{scene.prefix}/lib64",
        INTERPRETER,
    )


def test_a_loader_that_is_nowhere(scene: Scene) -> None:
    (scene.root / X86_LOADER.lstrip("/")).unlink()
    with pytest.raises(EmulatorError, match=r"ld-linux-x86-64\.so\.2: the loader"):
        scene.choose(X86_64)


def test_what_is_no_program(scene: Scene) -> None:
    scene.prefix.mkdir()
    (scene.prefix / "python3.11").write_text("#!/bin/sh\n")
    with pytest.raises(EmulatorError, match="not a Linux program"):
        choose(AARCH64, scene.prefix / "python3.11", scene.prefix, scene.machine)
