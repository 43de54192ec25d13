"""Compilers that the environment names, as SDKs name them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.target import Toolchain
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import ToolchainPlan, from_environment
from tests.toolchains.compilers import AARCH64, X86_64, write_compiler, write_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the compilers are scripts")

PLATFORM = parse_platform("manylinux_2_28_aarch64", source="test")

YOCTO = {
    "SDKTARGETSYSROOT": "{sdk}/sysroots/cortexa57-poky-linux",
    "PKG_CONFIG_SYSROOT_DIR": "{sdk}/sysroots/cortexa57-poky-linux",
    "OECORE_TARGET_SYSROOT": "{sdk}/sysroots/cortexa57-poky-linux",
    "OECORE_TARGET_ARCH": "aarch64",
    "CC": "aarch64-poky-linux-gcc -mcpu=cortex-a57+crc -fstack-protector-strong "
    "--sysroot={sdk}/sysroots/cortexa57-poky-linux",
    "CXX": "aarch64-poky-linux-g++ -mcpu=cortex-a57+crc -fstack-protector-strong "
    "--sysroot={sdk}/sysroots/cortexa57-poky-linux",
    "AR": "aarch64-poky-linux-ar",
    "RANLIB": "aarch64-poky-linux-ranlib",
    "STRIP": "aarch64-poky-linux-strip",
    "CONFIGURE_FLAGS": "--target=aarch64-poky-linux --host=aarch64-poky-linux "
    "--build=x86_64-linux --with-libtool-sysroot={sdk}/sysroots/cortexa57-poky-linux",
    "ARCH": "arm64",
    "CROSS_COMPILE": "aarch64-poky-linux-",
}
"""What ``environment-setup-cortexa57-poky-linux`` exports, as far as it concerns compilers."""

CONDA = {
    "HOST": "aarch64-conda-linux-gnu",
    "BUILD": "x86_64-conda-linux-gnu",
    "CONDA_BUILD_SYSROOT": "{sdk}/aarch64-conda-linux-gnu/sysroot",
    "CONDA_BUILD_CROSS_COMPILATION": "1",
    "CC": "{sdk}/bin/aarch64-conda-linux-gnu-cc",
    "CXX": "{sdk}/bin/aarch64-conda-linux-gnu-c++",
    "AR": "{sdk}/bin/aarch64-conda-linux-gnu-ar",
    "CC_FOR_BUILD": "{sdk}/bin/x86_64-conda-linux-gnu-cc",
    "CFLAGS": "-ftree-vectorize -fPIC -O2 -isystem {sdk}/include",
}
"""What activating conda-forge's ``gcc_linux-aarch64`` exports, as far as it concerns compilers."""


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    """A directory with the compilers of both, and a sysroot each."""
    for prefix in ("aarch64-poky-linux", "aarch64-conda-linux-gnu"):
        for name in ("gcc", "cc", "g++"):
            write_compiler(tmp_path / "bin" / f"{prefix}-{name}", prefix, AARCH64)
        for name in ("ar", "ranlib", "strip"):
            write_program(tmp_path / "bin" / f"{prefix}-{name}")
    (tmp_path / "sysroots" / "cortexa57-poky-linux").mkdir(parents=True)
    (tmp_path / "aarch64-conda-linux-gnu" / "sysroot").mkdir(parents=True)
    return tmp_path


def recorded(sdk: Path, environ: Mapping[str, str], *without: str) -> dict[str, str]:
    """Return an environment of an SDK that is in a directory, without some of its variables."""
    texts = {name: text.replace("{sdk}", str(sdk)) for name, text in environ.items()}
    left = {name: text for name, text in texts.items() if name not in without}
    return {**left, "PATH": str(sdk / "bin")}


def test_yocto(sdk: Path) -> None:
    made = from_environment.plan(recorded(sdk, YOCTO), PLATFORM)
    root = sdk / "sysroots" / "cortexa57-poky-linux"
    assert made.sysroot == root
    assert made.toolchain.commands["cc"][-1] == f"--sysroot={root}"
    assert made.toolchain.commands["ar"] == ("aarch64-poky-linux-ar",)
    assert made.notes == (
        f"the platform's headers and libraries are in {root}: --sysroot in CC says so",
    )


def test_conda_build(sdk: Path) -> None:
    made = from_environment.plan(recorded(sdk, CONDA), PLATFORM)
    assert made.sysroot == sdk / "aarch64-conda-linux-gnu" / "sysroot"
    assert "CONDA_BUILD_SYSROOT says so" in made.notes[0]


def test_tools_that_no_variable_names(sdk: Path) -> None:
    """This machine's ar would write no index of another machine's objects."""
    for environ in (
        recorded(sdk, YOCTO, "AR", "RANLIB"),
        recorded(sdk, CONDA, "AR"),
    ):
        commands = from_environment.plan(environ, PLATFORM).toolchain.commands
        begin = str(sdk / "bin" / environ["CC"].split()[0].rpartition("/")[2].rpartition("-")[0])
        assert commands["ar"] == (f"{begin}-ar",)
        assert commands["ranlib"] == (f"{begin}-ranlib",)
    assert (
        "cxx" not in from_environment.plan(recorded(sdk, YOCTO, "CXX"), PLATFORM).toolchain.commands
    )


def test_no_more_than_how_their_names_begin(sdk: Path) -> None:
    environ = {"PATH": str(sdk / "bin"), "CROSS_COMPILE": "aarch64-poky-linux-"}
    made = from_environment.plan(environ, PLATFORM)
    assert made.toolchain.commands["cc"] == (str(sdk / "bin" / "aarch64-poky-linux-gcc"),)
    assert made.toolchain.commands["cxx"] == (str(sdk / "bin" / "aarch64-poky-linux-g++"),)
    assert made.toolchain.commands["ar"] == (str(sdk / "bin" / "aarch64-poky-linux-ar"),)


def test_how_names_of_other_compilers_begin(sdk: Path) -> None:
    environ = {"PATH": str(sdk / "bin"), "CROSS_COMPILE": "x86_64-linux-gnu-"}
    with pytest.raises(
        UsageError, match="CROSS_COMPILE=x86_64-linux-gnu-: no x86_64-linux-gnu-gcc on"
    ):
        from_environment.plan(environ, PLATFORM)
    write_compiler(sdk / "bin" / "x86_64-linux-gnu-gcc", "x86_64-linux-gnu", X86_64)
    with pytest.raises(UsageError, match="CROSS_COMPILE=x86_64-linux-gnu-, from the environment"):
        from_environment.plan(environ, PLATFORM)


def test_a_sysroot_that_is_gone(sdk: Path) -> None:
    environ = recorded(sdk, CONDA)
    environ["CONDA_BUILD_SYSROOT"] = str(sdk / "gone")
    with pytest.raises(
        UsageError, match=r"CONDA_BUILD_SYSROOT: .*gone: there is no such directory"
    ):
        from_environment.plan(environ, PLATFORM)


@pytest.mark.parametrize(("root", "known"), [("{sdk}/root", True), ("/", False)])
def test_a_compiler_that_was_built_with_one(sdk: Path, root: str, known: bool) -> None:
    """Buildroot's and crosstool-NG's; Debian's cross compilers say that it is the root of all."""
    (sdk / "root").mkdir()
    root = root.replace("{sdk}", str(sdk))
    write_compiler(sdk / "bin" / "aarch64-buildroot-linux-gnu-gcc", "", AARCH64, sysroot=root)
    environ = {"PATH": str(sdk / "bin"), "CC": "aarch64-buildroot-linux-gnu-gcc"}
    made = from_environment.plan(environ, PLATFORM)
    assert made.sysroot == (sdk / "root" if known else None)
    assert len(made.notes) == known


def test_instead_of_another_toolchains(sdk: Path) -> None:
    zig = Toolchain(name="zig", argument_syntax="gcc", commands={"cc": ("zig",), "ar": ("zig-ar",)})
    made = from_environment.overridden(ToolchainPlan(toolchain=zig), recorded(sdk, CONDA))
    assert made.sysroot == sdk / "aarch64-conda-linux-gnu" / "sysroot"
    assert made.notes[0].startswith("from the environment, instead of zig: CC=")
    # The compiler is zig's: what others would find in that directory is not for it.
    without = recorded(sdk, CONDA, "CC", "CXX")
    made = from_environment.overridden(ToolchainPlan(toolchain=zig), without)
    assert made.sysroot is None
