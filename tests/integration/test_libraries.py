"""A C library for the target: compiled, found, packed, and missed."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pefile
import pytest

from crosshook.wheel.reading import read_wheel
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

TARGET = "manylinux_2_28_aarch64"
INSTALLS = "cp answer/answer.h {prefix}/include && "
STATIC = (
    INSTALLS + "$CC -c answer/answer.c -o answer.o && $AR rcs {prefix}/lib/libanswer.a answer.o"
)
SHARED = (
    INSTALLS + "$CC -shared -fPIC answer/answer.c -Wl,-soname,libanswer.so.1 "
    "-o {prefix}/lib/libanswer.so.1 && ln -s libanswer.so.1 {prefix}/lib/libanswer.so"
)

WITH_RESOURCE = (
    INSTALLS + "mkdir -p {prefix}/bin && echo '1 RCDATA { 42 }' > answer.rc && "
    "$RC -I answer -o answer.o -i answer.rc && "
    "$CC -shared answer/answer.c answer.o -o {prefix}/bin/answer.dll "
    "-Wl,--out-implib,{prefix}/lib/libanswer.dll.a"
)
"""As Makefiles call MinGW's compiler of resources."""

BY_CMAKE = (
    "echo '1 RCDATA { 42 }' > answer.rc && "
    "cmake -S answer -B build -DCMAKE_INSTALL_PREFIX={prefix} && "
    "cmake --build build --target install"
)
CMAKE_PROJECT = """\
cmake_minimum_required(VERSION 3.21)
project(answer LANGUAGES C RC)
add_library(answer SHARED answer.c ../answer.rc)
set_target_properties(answer PROPERTIES PREFIX "" IMPORT_PREFIX lib)
install(TARGETS answer)
install(FILES answer.h TYPE INCLUDE)
"""


@pytest.fixture
def project(copy_project: Callable[[str], Path]) -> Path:
    return copy_project("links_library")


def test_a_static_library(crosshook: CommandLine, project: Path) -> None:
    options = ("--adapt", "--require-native", "--target", TARGET, "--before-build", STATIC)
    done = crosshook(*options, project)
    assert done.code == 0, done.err
    (found,) = read_wheel(done.wheels[0]).objects
    assert "libanswer.so.1" not in found.needed
    assert not (project / "answer.o").exists()


def test_a_shared_library(crosshook: CommandLine, project: Path) -> None:
    (project / "answer/LICENSE").write_text("Take it.")
    options = ("--adapt", "--target", TARGET, "--before-build", SHARED)
    refused = crosshook(*options, "--repair", "never", project)
    assert refused.code == 1
    assert f"linked to libanswer.so.1, which not every {TARGET} has" in refused.err
    done = crosshook(*options, project)
    if importlib.util.find_spec("repairwheel") is None:
        assert done.code == 1
        assert 'pip install "crosshook[repair]"' in done.err
        return
    assert done.code == 0, done.err
    wheel = read_wheel(done.wheels[0])
    assert any(one.name.startswith("links_library.libs/libanswer") for one in wheel.objects)
    added = {name.partition(".dist-info/")[2] for name in wheel.files}
    assert added >= {"sboms/crosshook.cdx.json", "licenses/libanswer/LICENSE"}


def test_no_library(crosshook: CommandLine, project: Path) -> None:
    done = crosshook("--adapt", "--target", TARGET, project)
    assert (done.code, done.out) == (1, "")
    assert f"error: the header answer.h was not found for {TARGET}" in done.err
    assert "--libraries debian:bookworm/PACKAGE" in done.err.replace("\n", " ")


def test_a_library_that_needs_a_newer_glibc(
    crosshook: CommandLine, project: Path, tmp_path: Path
) -> None:
    pytest.importorskip("repairwheel")
    (tmp_path / "lib").mkdir()
    shutil.copytree(project / "answer", tmp_path / "include")
    (tmp_path / "new.c").write_text(
        "#include <stdlib.h>\nint answer(void) { return arc4random() ? 42 : 0; }\n"
    )
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-gnu.2.36"]
    command += ["-shared", "-o", str(tmp_path / "lib/libanswer.so"), str(tmp_path / "new.c")]
    subprocess.run(command, env=dict(crosshook.environ), check=True)
    done = crosshook("--adapt", "--target", TARGET, "--libraries", tmp_path, project)
    assert (done.code, done.out) == (1, "")
    assert "GLIBC_2.36" in done.err
    assert "hint: --target manylinux_2_36_aarch64 promises what it needs" in done.err


@pytest.mark.parametrize("command", [WITH_RESOURCE, BY_CMAKE])
def test_a_dll_with_resources(crosshook: CommandLine, project: Path, command: str) -> None:
    pytest.importorskip("repairwheel")
    (project / "answer/CMakeLists.txt").write_text(CMAKE_PROJECT)
    done = crosshook("--adapt", "--target", "win_arm64", "--before-build", command, project)
    assert done.code == 0, done.err
    packed = [one for one in read_wheel(done.wheels[0]).objects if not one.modules]
    assert [one.name.rpartition("/")[2].partition("-")[0] for one in packed] == ["answer"]
    assert {one.machines for one in packed} == {(0xAA64,)}
    with zipfile.ZipFile(done.wheels[0]) as archive:
        library = pefile.PE(data=archive.read(packed[0].name))
    assert [one.name for one in library.DIRECTORY_ENTRY_EXPORT.symbols] == [b"answer"]
