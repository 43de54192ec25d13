"""Other compilers than zig's: real ones where they are installed, and what they make is run.

Debian's packages are gcc-aarch64-linux-gnu, g++-aarch64-linux-gnu, gfortran-aarch64-linux-gnu,
clang, lld and gcc-mingw-w64-x86-64. Those who have none of them skip these tests.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.target.symbols import macos_symbols
from crosshook.toolchains import zig
from crosshook.wheel.reading import read_wheel
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
FORTRAN = "aarch64-linux-gnu-gfortran"
GNU = ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++")
LLVM = ("clang", "ld.lld", *GNU)
MINGW = "x86_64-w64-mingw32"
WORKS = 'python -c "import plain_ext; assert plain_ext.answer() == 42"'

CopyProject = Callable[[str], Path]

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() != "x86_64",
        reason="runs programs for other platforms on x86-64 Linux",
    ),
]


def needs(*programs: str) -> pytest.MarkDecorator:
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


@pytest.mark.skipif(VERSION not in DEBIAN_RELEASES, reason=f"no Python {VERSION} for the target")
@pytest.mark.parametrize(
    ("toolchain", "project"),
    [
        pytest.param("gnu", "plain", marks=needs(*GNU, "qemu-aarch64-static")),
        pytest.param("llvm", "plain", marks=needs(*LLVM, "qemu-aarch64-static")),
        pytest.param("gnu", "meson", marks=needs(*GNU, "qemu-aarch64-static")),
        pytest.param("llvm", "meson", marks=needs(*LLVM, "qemu-aarch64-static")),
        pytest.param("llvm", "backends/scikit_build_core", marks=needs(*LLVM)),
        pytest.param("gnu", "fortran", marks=needs(*GNU, FORTRAN, "qemu-aarch64-static")),
    ],
)
def test_compilers_for_aarch64(
    crosshook: CommandLine, copy_project: CopyProject, toolchain: str, project: str
) -> None:
    # Debian 12's C library.
    tag = "manylinux_2_36_aarch64"
    root = copy_project(project)
    options = ["--target-python", str(target_python(tag, VERSION))]
    if project == "plain":
        options += ["--test-command", WORKS]
    done = crosshook(
        "--adapt", "--target", tag, "--toolchain", toolchain, *options, "-o", root / "out", root
    )
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.stem.endswith(tag)


def universal_runtime(directory: Path) -> list[str]:
    """Return words that make Debian 12's MinGW-w64 link the Universal C Runtime, which its headers
    and libraries know, and its gcc does not."""
    specs = subprocess.run(
        [f"{MINGW}-gcc", "-dumpspecs"], capture_output=True, text=True, check=True
    ).stdout
    file = directory / "ucrt.specs"
    file.write_text(specs.replace("-lmsvcrt", "-lucrt"))
    return [f"-specs={file}", "-D_UCRT", "-D__MSVCRT_VERSION__=0xE00"]


@needs(f"{MINGW}-gcc", "wine")
@pytest.mark.skipif(VERSION not in WINDOWS, reason=f"no Python {VERSION} for the target")
def test_compilers_for_windows_that_a_file_describes(
    crosshook: CommandLine, copy_project: CopyProject, tmp_path: Path
) -> None:
    root = copy_project("plain")
    words = [f"{MINGW}-gcc", *universal_runtime(tmp_path)]
    file = tmp_path / "mingw.toml"
    file.write_text(
        f'name = "MinGW-w64"\ncc = {words}\nldflags = "-static"\n'
        f'ar = "{MINGW}-ar"\ndlltool = "{MINGW}-dlltool"\n'
    )
    options = ("--adapt", "--target", "win_amd64", "--toolchain", file, "-o", root / "out")
    python = target_python("win_amd64", VERSION)
    done = crosshook(*options, "--target-python", python, "--test-command", WORKS, root)
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    needed = {library.lower() for found in read_wheel(wheel).objects for library in found.needed}
    assert "msvcrt.dll" not in needed


@needs(f"{MINGW}-gcc")
def test_another_c_runtime_is_refused(
    crosshook: CommandLine, copy_project: CopyProject, tmp_path: Path
) -> None:
    root = copy_project("plain")
    file = tmp_path / "mingw.toml"
    file.write_text(f'cc = "{MINGW}-gcc"\n')
    done = crosshook("--target", "win_amd64", "--toolchain", file, "-o", root / "out", root)
    assert (done.code, done.wheels) == (1, [])
    assert "links msvcrt.dll, and Python for Windows is linked to the Universal C" in done.err


@needs(f"{MINGW}-gcc")
def test_another_c_runtime_in_the_environment(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    root = copy_project("plain")
    told = CommandLine(environ={**crosshook.environ, "CC": f"{MINGW}-gcc"})
    done = told("--target", "win_amd64", "-o", root / "out", root)
    assert (done.code, done.wheels) == (2, [])
    assert f"CC={MINGW}-gcc, from the environment: it links msvcrt.dll" in done.err


@needs(f"{MINGW}ucrt-gcc", "wine")
@pytest.mark.skipif(VERSION not in WINDOWS, reason=f"no Python {VERSION} for the target")
def test_compilers_for_windows(crosshook: CommandLine, copy_project: CopyProject) -> None:
    root = copy_project("plain")
    options = ("--adapt", "--target", "win_amd64", "--toolchain", "gnu", "-o", root / "out")
    python = target_python("win_amd64", VERSION)
    done = crosshook(*options, "--target-python", python, "--test-command", WORKS, root)
    assert done.code == 0, done.err


@needs("gcc")
def test_the_processor_that_builds_is_left_out(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    """gcc for this machine would take it, and the module would run on few others."""
    root = copy_project("plain")
    environ = {**crosshook.environ, "CC": "gcc -march=native", "CFLAGS": "-mtune=native"}
    options = ("--adapt", "--toolchain", "environment", "-o", root / "out")
    done = CommandLine(environ=environ)(*options, "--target", "linux_x86_64", root)
    assert done.code == 0, done.err
    assert "left out of CC: -march=native" in done.err
    assert "were left out, without which the code does the same: -mtune=native" in done.err


LIBSYSTEM = """\
--- !tapi-tbd
tbd-version:     4
targets:         [ arm64-macos ]
install-name:    '/usr/lib/libSystem.B.dylib'
exports:
  - targets:     [ arm64-macos ]
    symbols:     [ dyld_stub_binder, {names} ]
...
"""


@needs("clang", "ld.lld")
def test_clang_with_an_sdk(
    crosshook: CommandLine, copy_project: CopyProject, tmp_path: Path
) -> None:
    """Zig's headers, and a stub that has the names of libSystem, stand in for Apple's SDK."""
    root = copy_project("plain")
    executable, _ = zig.find_zig()
    sdk = tmp_path / "MacOSX.sdk"
    (sdk / "System" / "Library" / "Frameworks").mkdir(parents=True)
    (sdk / "usr" / "lib").mkdir(parents=True)
    headers = executable.parent / "lib" / "libc" / "include" / "any-darwin-any"
    (sdk / "usr" / "include").symlink_to(headers)
    names = ", ".join(f"'_{name}'" for name in sorted(macos_symbols()))
    (sdk / "usr" / "lib" / "libSystem.tbd").write_text(LIBSYSTEM.format(names=names))
    told = CommandLine(environ={**crosshook.environ, "SDKROOT": str(sdk)})
    options = ("--adapt", "--target", "macosx_11_0_arm64", "--toolchain", "llvm")
    done = told(*options, "-o", root / "out", root)
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    (module,) = read_wheel(wheel).objects
    assert module.description == "Mach-O shared library for arm64"
