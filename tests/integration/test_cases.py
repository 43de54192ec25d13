"""Small projects after reports of other tools' users: each kind of failure, built and run.

A project is one of ``tests/fixtures/cases``. It is run where something runs it; a module for
another target is looked at: its format, its processor, what it exports.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pefile
import pytest

from crosshook.wheel.objects import read_object
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine, Finished

VERSION = "{}.{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"
MUSL = "musllinux_1_2_aarch64"
MACOS = "macosx_11_0_arm64"
WIN_AMD64 = "win_amd64"
WIN_ARM64 = "win_arm64"
RUN = (AARCH64, WIN_AMD64)
"""Targets whose programs are run here: under QEMU and Wine."""

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode and Wine are for Linux"),
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
        reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
    ),
]

Build = Callable[..., Finished]


@pytest.fixture
def build(crosshook: CommandLine, copy_project: Callable[[str], Path]) -> Build:
    """Return a function that builds a case for targets, and runs Python code, if there is any,
    where it can."""

    def build(
        name: str, *targets: str, code: str, options: Iterable[str] = (), project: str = "."
    ) -> Finished:
        words = [word for tag in targets for word in ("--target", tag)]
        run = [tag for tag in targets if code and tag in RUN]
        command = f'python -c "{code}"' if code else ""
        for tag in run:
            words += ["--target-python", str(target_python(tag, VERSION))]
        place = copy_project(f"cases/{name}") / project
        done = crosshook(
            *("--adapt", "--require-native", *words, *options),
            *("--test-command", command, "-o", place.parent / "out", place),
        )
        if done.code == 0:
            assert done.err.count("testing on ") == len(run)
            names = [wheel.stem.rpartition("-")[2] for wheel in done.wheels]
            assert names == list(targets)
        return done

    return build


def modules(wheel: Path) -> dict[str, bytes]:
    """Return what is in a wheel but text, by name; nothing of what linkers leave beside."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name in found if name.endswith((".pdb", ".lib", ".o", ".obj"))]
    return {name: data for name, data in found.items() if read_object(name, data) is not None}


def module(wheel: Path) -> bytes:
    ((_, data),) = modules(wheel).items()
    return data


def test_cpuinfo_build_requirement(build: Build) -> None:
    """py-cpuinfo speaks of the target: no flag of the machine that builds is given."""
    done = build("cpuinfo-build-requirement", AARCH64, code="import simd")
    assert done.code == 0, done.err


def test_build_tools_that_ask_what_machine_it_is(build: Build) -> None:
    """``uname`` of a Makefile and a script, and what CMake calls its host, are the target's."""
    code = "import asksuname; assert asksuname.answer() == 42"
    done = build("asks-uname", AARCH64, WIN_AMD64, MACOS, WIN_ARM64, code=code)
    assert done.code == 0, done.err


def test_a_generator_that_setup_py_compiles_and_runs(build: Build) -> None:
    """It is a program of the target, and run as one: ``char`` has no sign on aarch64 Linux."""
    code = "import runsgenerator as r; assert r.char_is_signed() is r.is_windows()"
    done = build("runs-a-generator", AARCH64, WIN_AMD64, code=code)
    assert done.code == 0, done.err


def test_programs_that_cmake_compiles_and_runs(build: Build) -> None:
    """A generator, and ``try_run``: by QEMU, and by Wine."""
    code = "import cmakegenerator as c, struct; assert c.size_of_long() == struct.calcsize('l')"
    done = build("cmake-generator", AARCH64, WIN_AMD64, code=code)
    assert done.code == 0, done.err


def test_a_generator_where_nothing_runs_it(build: Build) -> None:
    done = build("runs-a-generator", MACOS, code="")
    assert done.code == 1
    assert "hint: the build runs a program that it compiled, which is for the target" in done.err


def test_false_missing_extension(build: Build) -> None:
    """A library for ctypes is not an extension module that failed to compile."""
    code = "import ctypeslib; assert ctypeslib.triple(5) == 15"
    done = build("false-missing-extension", WIN_AMD64, MACOS, AARCH64, code=code)
    assert done.code == 0, done.err
    assert "is not in the wheel" not in done.err
    names = [name for wheel in done.wheels for name in modules(wheel)]
    assert names == [f"ctypeslib/_native{suffix}" for suffix in (".dll", ".dylib", ".so")]


def test_hatch_build_hook(build: Build) -> None:
    done = build(
        "hatch-build-hook", AARCH64, WIN_ARM64, code="import hamod; assert hamod.answer() == 42"
    )
    assert done.code == 0, done.err


def test_hatch_mypyc(build: Build) -> None:
    """A hook of another distribution, which asks what modules are called at the end."""
    code = "from hatchmypyc import answers; assert answers.__file__.endswith('.pyd')"
    done = build("hatch-mypyc", WIN_AMD64, code=code)
    assert done.code == 0, done.err
    assert len(modules(done.wheels[0])) == 3


def test_in_tree_backend_view(
    crosshook: CommandLine, copy_project: Callable[[str], Path], environ: dict[str, str]
) -> None:
    """In a repository, since the backend asks git for the version; for a target that nothing runs,
    so that the view cannot be the machine's."""
    place = copy_project("cases/in-tree-backend-view")
    for words in ("init -q", "add .", "commit -q -m all", "tag v2.3.0"):
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *words.split()], cwd=place, check=True)
    package = place / "python" / "pkg"
    done = crosshook(
        "--adapt", "--require-native", "-v", "--target", WIN_ARM64, "-o", place / "out", package
    )
    assert done.code == 0, done.err
    assert re.findall(r"imported .*: .*", done.err) == [
        "imported at the top: win32 ARM64",
        "imported inside: win32 ARM64",
    ]
    assert done.wheels[0].name.startswith("acme_fast-2.3.0-")


def test_msvc_flags(build: Build) -> None:
    code = "import msvcflags; assert msvcflags.hello() == 'hi'"
    done = build("msvc-flags", WIN_AMD64, WIN_ARM64, code=code)
    assert done.code == 0, done.err


def test_mypyc_platform(build: Build) -> None:
    """mypyc compiles the target's branch of ``sys.platform``."""
    code = "import mypycproj, mypycproj.a as a; assert (a.where(), a.fib(15)) == ('win', 610)"
    done = build("mypyc-platform", WIN_AMD64, code=code)
    assert done.code == 0, done.err


@pytest.mark.parametrize("target", [AARCH64, MACOS, WIN_AMD64])
def test_openmp_undefined_symbols(build: Build, target: str) -> None:
    """What needs a runtime that is not there is refused, on each system."""
    done = build("openmp-undefined-symbols/omp3", target, code="")
    assert (done.code, done.out) == (1, "")
    assert "error: -fopenmp: zig brings no OpenMP runtime" in done.err
    assert "\nhint: build without OpenMP; or " in done.err


def test_openmp_undefined_symbols_where_a_project_tries_first(build: Build) -> None:
    code = "import omp; assert omp.threads() == 0"
    done = build("openmp-undefined-symbols/omp", AARCH64, code=code)
    assert done.code == 0, done.err


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="there is no pkg-config")
def test_pkg_config_of_build_machine(build: Build) -> None:
    """Whether this machine has libffi's headers or not: the target has none."""
    code = "import pkgc; assert not hasattr(pkgc, 'abi')"
    done = build("pkg-config-of-build-machine", AARCH64, code=code)
    assert done.code == 0, done.err


def test_poetry_build_script(build: Build) -> None:
    done = build(
        "poetry-build-script", AARCH64, WIN_ARM64, code="import pomod; assert pomod.answer() == 42"
    )
    assert done.code == 0, done.err


def test_meson_asks(build: Build) -> None:
    """A Python that ``meson.build`` starts, with code or a script, speaks of the target."""
    code = "import mesonasks; assert mesonasks.sizes() == (4, 4, 4)"
    done = build("meson-asks", WIN_AMD64, code=code)
    assert done.code == 0, done.err


def test_cmake_visual_studio(build: Build) -> None:
    """A ``setup.py`` that takes Visual Studio for granted where it sees Windows."""
    code = "import cmakevs; assert cmakevs.answer() == 42"
    done = build("cmake-visual-studio", WIN_AMD64, code=code)
    assert done.code == 0, done.err


def test_hook_sysconfig_cc(build: Build) -> None:
    """A hook that starts the compiler which sysconfig names."""
    code = "import hookcc; assert hookcc.answer() == 42"
    done = build("hook-sysconfig-cc", AARCH64, MACOS, code=code)
    assert done.code == 0, done.err


def test_rc_source(build: Build) -> None:
    done = build("rc-source", WIN_ARM64, WIN_AMD64, code="import rcdef")
    assert done.code == 0, done.err
    for wheel in done.wheels:
        pe = pefile.PE(data=module(wheel))
        exported = {symbol.name.decode() for symbol in pe.DIRECTORY_ENTRY_EXPORT.symbols}
        assert exported == {"PyInit_rcdef", "extra_entry"}
        assert pe.VS_FIXEDFILEINFO[0].FileVersionMS == 0x10000


def test_scikit_build_core_c(build: Build) -> None:
    done = build(
        "scikit-build-core-c", AARCH64, WIN_ARM64, code="import scmod; assert scmod.answer() == 42"
    )
    assert done.code == 0, done.err


def test_scikit_build_core_pybind11(build: Build) -> None:
    code = "import skmod; assert skmod.total([1, 2, 3]) == 6"
    done = build("scikit-build-core-pybind11", AARCH64, code=code)
    assert done.code == 0, done.err


def test_setuptools_cmake_with_pybind11(build: Build) -> None:
    """CMake that ``build_ext`` starts."""
    code = "from cmakeext import _core; assert _core.twice(4) == 8"
    done = build("setuptools-cmake/cmakeext", WIN_ARM64, AARCH64, code=code)
    assert done.code == 0, done.err


def test_setuptools_cmake_with_a_branch_for_each_processor(build: Build) -> None:
    code = "import cmakeproc; print('the branch is', cmakeproc.impl())"
    done = build("setuptools-cmake/cmakeproc", WIN_ARM64, AARCH64, MACOS, WIN_AMD64, code=code)
    assert done.code == 0, done.err
    branches = re.findall(r"^(\w+), .*: the branch is (\w+)\r?$", done.err, re.MULTILINE)
    assert dict(branches) == {AARCH64: "arm", WIN_AMD64: "x86"}
    files = ("native.dll", "libnative.so", "libnative.dylib", "native.dll")
    for wheel, file in zip(done.wheels, files, strict=True):
        ((name, data),) = modules(wheel).items()
        assert name == f"cmakeproc/{file}"
        assert (b"x86\0" in data) == (wheel.stem.endswith(WIN_AMD64))


def test_setuptools_cmake_for_musl(build: Build) -> None:
    done = build("setuptools-cmake/cmakeproc", MUSL, code="")
    assert done.code == 0, done.err
    assert list(modules(done.wheels[0])) == ["cmakeproc/libnative.so"]


def test_winreg_in_setup_py(build: Build) -> None:
    done = build("winreg-in-setup-py", WIN_AMD64, code="import legacy; assert legacy.f(1) == 2")
    assert done.code == 0, done.err


def test_zig_refused_flags(build: Build) -> None:
    code = "import bsymf, exlibs, march; print('all imported')"
    done = build("zig-refused-flags", AARCH64, WIN_AMD64, code=code)
    assert done.code == 0, done.err
    assert len(re.findall(r": all imported\r?$", done.err, re.MULTILINE)) == 2
    left_out = re.findall(r"^note: (\w+), .* left out, .*: (.*) \(docs", done.err, re.MULTILINE)
    assert {target: set(flags.split()) for target, flags in left_out} == {
        AARCH64: {"-Bsymbolic-functions", "-march=native"},
        WIN_AMD64: {"-march=native", "-mtune=generic"},
    }
