"""GNU's and LLVM's compilers: which are found on PATH, what they are told, what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crosshook import _files
from crosshook.errors import ToolchainError, UsageError
from crosshook.target.platforms import parse_platform
from crosshook.toolchains import ToolchainPlan, gnu, llvm
from tests.toolchains.compilers import AARCH64, WINDOWS, X86_64, write_compiler, write_program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the compilers are scripts")

LINUX = "manylinux_2_28_aarch64"
PROVIDERS = {"gnu": gnu.plan, "llvm": llvm.plan}


def plan(
    name: str, tag: str, bin_: Path, *, system: str = "linux", sysroot: Path | None = None
) -> ToolchainPlan:
    return PROVIDERS[name](
        parse_platform(tag, source="test"),
        environ={"PATH": str(bin_)},
        cache=bin_.parent / "cache",
        system=system,
        sysroot=sysroot,
    )


def starts(made: ToolchainPlan, tool: str) -> str:
    """Return what the script of a compiler starts, without the arguments that it is given."""
    (program,) = made.toolchain.commands[tool]
    return made.launchers[program].splitlines()[-1].removeprefix("exec ").removesuffix(' "$@"')


@pytest.fixture
def bin_(tmp_path: Path) -> Path:
    """A directory with GNU's and LLVM's compilers for two platforms, and those of this machine."""
    directory = tmp_path / "bin"
    for prefix, macros in (("aarch64-linux-gnu", AARCH64), ("x86_64-w64-mingw32ucrt", WINDOWS)):
        for name in ("gcc", "g++", "gfortran"):
            write_compiler(directory / f"{prefix}-{name}", prefix, macros)
        for name in ("ar", "ranlib", "strip", "windres", "dlltool"):
            write_program(directory / f"{prefix}-{name}")
    write_compiler(directory / "gcc", "x86_64-linux-gnu", X86_64)
    for name in ("clang", "clang++"):
        write_compiler(directory / name, "aarch64-linux-gnu", AARCH64)
    for name in ("ld.lld", "llvm-ar", "llvm-ranlib-14", "llvm-strip"):
        write_program(directory / name)
    return directory


def test_gnus_compilers_by_what_they_are_for(bin_: Path) -> None:
    made = plan("gnu", LINUX, bin_)
    assert made.toolchain.name == "gcc 14.2.0"
    assert starts(made, "cc") == f"{bin_}/aarch64-linux-gnu-gcc"
    assert starts(made, "fc") == f"{bin_}/aarch64-linux-gnu-gfortran -static-libgfortran"
    assert made.toolchain.commands["ar"] == (str(bin_ / "aarch64-linux-gnu-ar"),)


def test_what_the_machine_itself_has(bin_: Path) -> None:
    made = plan("gnu", "manylinux_2_28_x86_64", bin_)
    assert starts(made, "cc") == f"{bin_}/gcc"


def test_one_that_compiles_for_another_machine_is_left_out(bin_: Path) -> None:
    write_compiler(bin_ / "aarch64-linux-gnu-gcc", "x86_64-linux-gnu", X86_64)
    write_compiler(bin_ / "aarch64-unknown-linux-gnu-gcc", "aarch64-unknown-linux-gnu", AARCH64)
    made = plan("gnu", LINUX, bin_)
    assert starts(made, "cc") == f"{bin_}/aarch64-unknown-linux-gnu-gcc"


@pytest.mark.parametrize(
    ("tag", "said", "hint"),
    [
        ("manylinux_2_28_i686", "no i686-linux-gnu-gcc or ", "gcc-i686-linux-gnu"),
        ("win_arm64", "no aarch64-w64-mingw32ucrt-gcc or ", "gcc-mingw-w64-ucrt64"),
        ("musllinux_1_2_aarch64", "no aarch64-linux-musl-gcc or ", "gcc-aarch64-linux-musl"),
        ("macosx_11_0_arm64", "do not compile for macosx_11_0_arm64", "zig does"),
    ],
)
def test_none_is_installed(bin_: Path, tag: str, said: str, hint: str) -> None:
    with pytest.raises(ToolchainError) as caught:
        plan("gnu", tag, bin_)
    assert said in caught.value.message
    assert hint in str(caught.value.hint)


def test_a_module_for_windows_brings_the_compilers_libraries(bin_: Path) -> None:
    made = plan("gnu", "win_amd64", bin_)
    (compiler,) = made.toolchain.commands["cxx"]
    _files.write_launchers(made.launchers)
    output = bin_.parent / "output"
    for words, links in ((["-c", "a.cc"], False), (["-shared", "a.o"], True)):
        subprocess.run([compiler, *words, "-o", str(output)], check=True)
        assert ("-static" in output.read_text().split()) == links


def test_without_a_shell_they_are_told_in_any_case(bin_: Path) -> None:
    made = plan("gnu", "win_amd64", bin_, system="windows")
    assert made.launchers == {}
    assert made.toolchain.commands["cc"][1:] == gnu.WINDOWS_LINK_FLAGS


@pytest.mark.parametrize("name", ["gnu", "llvm"])
def test_another_c_runtime_than_pythons(bin_: Path, name: str) -> None:
    compiler = {"gnu": "x86_64-w64-mingw32ucrt-gcc", "llvm": "x86_64-w64-mingw32-clang"}[name]
    write_compiler(bin_ / compiler, "x86_64-w64-mingw32", WINDOWS, ucrt=False)
    with pytest.raises(ToolchainError, match=r"links msvcrt\.dll"):
        plan(name, "win_amd64", bin_)


@pytest.mark.parametrize(
    ("name", "compiler"), [("gnu", "aarch64-linux-gnu-gcc"), ("llvm", "clang")]
)
def test_there_is_no_c_library(bin_: Path, name: str, compiler: str) -> None:
    write_compiler(bin_ / compiler, "aarch64-linux-gnu", AARCH64, broken=True)
    with pytest.raises(ToolchainError) as caught:
        plan(name, LINUX, bin_)
    assert "stdlib.h" in str(caught.value.detail)
    assert "sysroot" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["gnu", "llvm"])
def test_a_sysroot(bin_: Path, tmp_path: Path, name: str) -> None:
    made = plan(name, LINUX, bin_, sysroot=tmp_path / "root")
    assert made.sysroot == tmp_path / "root"
    assert f"--sysroot={tmp_path}/root" in starts(made, "cc")


def test_a_sysroot_that_gcc_was_built_with(bin_: Path, tmp_path: Path) -> None:
    """Fedora's cross compilers have one."""
    (tmp_path / "sys-root").mkdir()
    write_compiler(
        bin_ / "aarch64-linux-gnu-gcc",
        "aarch64-linux-gnu",
        AARCH64,
        sysroot=str(tmp_path / "sys-root"),
    )
    made = plan("gnu", LINUX, bin_)
    assert made.sysroot == tmp_path / "sys-root"
    assert starts(made, "cc") == f"{bin_}/aarch64-linux-gnu-gcc"


def test_clang_is_told_the_target_and_the_linker(bin_: Path) -> None:
    made = plan("llvm", LINUX, bin_)
    assert made.toolchain.name == "clang 14.2.0"
    assert made.toolchain.commands["ranlib"] == (str(bin_ / "llvm-ranlib-14"),)
    assert starts(made, "cc") == f"{bin_}/clang -target aarch64-unknown-linux-gnu"
    (compiler,) = made.toolchain.commands["cc"]
    assert 'set -- "$@" -fuse-ld=lld\n' in made.launchers[compiler]


def test_lld_is_missing(bin_: Path) -> None:
    (bin_ / "ld.lld").unlink()
    with pytest.raises(ToolchainError, match=r"ld\.lld: not found"):
        plan("llvm", LINUX, bin_)


def test_clang_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="no clang on PATH that compiles for"):
        plan("llvm", LINUX, tmp_path)


def test_macos_takes_apples_sdk(bin_: Path) -> None:
    with pytest.raises(ToolchainError, match="SDKROOT is not set"):
        plan("llvm", "macosx_11_0_arm64", bin_)


def test_what_sdkroot_names_is_checked(bin_: Path) -> None:
    with pytest.raises(UsageError, match="no SDK of macOS"):
        llvm.plan(
            parse_platform("macosx_11_0_arm64", source="test"),
            environ={"PATH": str(bin_), "SDKROOT": str(bin_)},
            cache=bin_,
            system="linux",
        )
