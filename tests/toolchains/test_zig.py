"""zig as a toolchain: the commands, and what stands for musl."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pefile
import pytest

from crosshook import _files
from crosshook._kept import MANIFEST
from crosshook.errors import ToolchainError
from crosshook.target.platforms import parse_platform
from crosshook.target.systems import Row
from crosshook.target.systems.musl import MUSL
from crosshook.toolchains import ToolchainPlan, zig
from crosshook.toolchains.made import make_files
from crosshook.wheel.objects import read_object
from scripts.target_pythons import cache

REPRODUCIBLE = 16
"""``IMAGE_DEBUG_TYPE_REPRO``."""

MUSL_ROWS = MUSL.rows

LINUX = "manylinux_2_28_aarch64"
MACOS = "macosx_11_0_arm64"


def plan(executable: Path, tag: str, directory: Path, *, system: str = "linux") -> ToolchainPlan:
    return zig.plan(
        executable,
        "0.17.0",
        parse_platform(tag, source="test"),
        cache=directory,
        zig_cache=str(cache() / "crosshook" / "zig"),
        system=system,
        python=Path(sys.executable),
    )


def started(made: ToolchainPlan, tool: str) -> list[str]:
    """What the launcher of a tool starts, where no flag has to be translated."""
    last = made.launchers[made.toolchain.commands[tool][0]].splitlines()[-1]
    _, *words, arguments = shlex.split(last)
    assert arguments == "$@"
    return words


def fake_zig(directory: Path) -> Path:
    symbols = directory / "ziglang" / "lib" / "libc" / "musl" / "libc.S"
    symbols.parent.mkdir(parents=True)
    symbols.touch()
    return fake_zig_path(directory)


def fake_zig_path(directory: Path) -> Path:
    return directory / "ziglang" / "zig"


def test_modules_for_musl_are_linked_to_its_own_name_first(tmp_path: Path) -> None:
    made = plan(fake_zig(tmp_path), "musllinux_1_2_armv7l", tmp_path / "cache")
    ((file, command),) = made.made.items()
    assert "-Wl,-soname,libc.musl-armv7.so.1" in command
    assert {"-DARCH_arm", "-DFAMILY_arm", "-DPTR32", "-DTIME32"} < set(command)
    assert command[-1] == file
    for tool in ("cc", "cxx"):
        assert started(made, tool)[-3:] == ["-L", str(Path(file).parent), "-lcrosshook-musl"]
    assert started(made, "ar")[1:] == ["ar"]


@pytest.mark.parametrize(
    ("tag", "cpu"),
    [
        ("linux_i686", ["-mcpu=i686"]),
        ("musllinux_1_2_armv7l", ["-mcpu=baseline-neon-d32"]),
        ("linux_s390x", []),
        ("win32", []),
    ],
)
def test_no_instructions_that_the_official_wheels_do_without(
    tmp_path: Path, tag: str, cpu: list[str]
) -> None:
    words = started(plan(fake_zig(tmp_path), tag, tmp_path / "cache"), "cxx")
    assert [word for word in words if word.startswith("-mcpu")] == cpu


@pytest.mark.parametrize(
    ("tag", "warned_of"),
    [("win_arm64", True), (LINUX, True), ("musllinux_1_2_x86_64", True), (MACOS, False)],
)
def test_what_official_compilers_only_warn_of(tmp_path: Path, tag: str, warned_of: bool) -> None:
    made = plan(fake_zig(tmp_path), tag, tmp_path / "cache")
    flag = "-Wno-error=implicit-function-declaration"
    assert (flag in started(made, "cc")) == warned_of
    assert "-Wno-error=incompatible-pointer-types" in started(made, "cc")
    assert flag not in started(made, "cxx")


def test_where_there_is_no_shell(tmp_path: Path) -> None:
    made = plan(fake_zig(tmp_path), "win_amd64", tmp_path / "cache", system="windows")
    assert made.launchers == {}
    *start, program, tool = made.toolchain.commands["cxx"]
    assert (start, tool) == ([sys.executable, "-I", "-S"], "c++")
    assert program in made.files
    *start, program = made.toolchain.commands["rc"]
    assert start == [sys.executable, "-I", "-S"]
    assert "/:target" in made.files[program]
    assert made.toolchain.commands["ar"] == (str(fake_zig_path(tmp_path)), "ar")


@pytest.mark.parametrize("tag", ["linux_armv7l", "macosx_11_0_arm64"])
def test_nothing_has_to_be_made_off_musl(tmp_path: Path, tag: str) -> None:
    made = plan(fake_zig(tmp_path), tag, tmp_path / "cache")
    assert made.made == {}
    assert "-L" not in started(made, "cc")


def test_a_zig_that_keeps_its_files_elsewhere(tmp_path: Path) -> None:
    made = plan(tmp_path / "zig", "musllinux_1_2_x86_64", tmp_path / "cache")
    assert made.made == {}
    assert "-L" not in started(made, "cc")


def test_a_file_is_made_once_and_whole(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "made.txt"
    write = "import sys; open(sys.argv[1], 'x').write('whole')"
    made = {str(file): (sys.executable, "-c", write, str(file))}
    make_files(made, {}, note=print)
    make_files({str(file): ("no such program", str(file))}, {}, note=print)
    assert file.read_text() == "whole"
    assert {path.name for path in file.parent.iterdir()} == {"made.txt", MANIFEST}


def test_nothing_is_left_of_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "made.txt"
    write = "import sys; open(sys.argv[1], 'x'); sys.exit('no more')"
    with pytest.raises(ToolchainError) as caught:
        make_files({str(file): (sys.executable, "-c", write, str(file))}, {}, note=print)
    assert caught.value.detail == "no more"
    assert [path.name for path in file.parent.parent.iterdir()] == ["deep.lock"]


@pytest.mark.integration
@pytest.mark.parametrize("row", MUSL_ROWS, ids=lambda row: row.arch)
@pytest.mark.parametrize("tool", ["cc", "cxx"])
def test_code_for_musl_needs_what_official_wheels_need(tmp_path: Path, row: Row, tool: str) -> None:
    executable, _ = zig.find_zig()
    made = plan(executable, row.plain_tag, tmp_path / "cache")
    environ: Mapping[str, str] = made.toolchain.environ
    _files.write_launchers(made.launchers)
    _files.write_kept(made.files)
    make_files(made.made, environ, note=print)
    source = tmp_path / "code.cc"
    source.write_text(
        "#include <stdlib.h>\n"
        "#ifdef __cplusplus\n#include <string>\n"
        'extern "C" size_t g(const char *s) { return std::string(s).append("x").size(); }\n'
        'extern "C"\n#endif\n'
        "void *f(size_t n) { return malloc(n); }\n"
    )
    if tool == "cc":
        source = source.rename(tmp_path / "code.c")
    code = tmp_path / "code.so"
    flags = ["-Werror", "-fPIC", "-O2"]
    compile_ = [*made.toolchain.commands[tool], *flags, "-c", str(source), "-o", f"{code}.o"]
    link = [*made.toolchain.commands[tool], "-shared", f"{code}.o", "-o", str(code)]
    for command in (compile_, link):
        done = subprocess.run(
            command, env={**environ, "HOME": str(tmp_path)}, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, ""), command
    found = read_object("code.so", code.read_bytes())
    assert found is not None
    assert found.needed == (row.system.libc_soname(row),)


WINDOWS_HEADERS = "ziglang/lib/libc/include/any-windows-any"


@pytest.mark.parametrize(
    ("tag", "system", "told"),
    [("win_arm64", "linux", True), ("win_arm64", "windows", False), ("linux_i686", "linux", False)],
)
def test_headers_for_windows_are_found_in_any_case(
    tmp_path: Path, tag: str, system: str, told: bool
) -> None:
    executable = fake_zig(tmp_path)
    (tmp_path / WINDOWS_HEADERS / "sys").mkdir(parents=True)
    (tmp_path / WINDOWS_HEADERS / "sys" / "stat.h").touch()
    made = plan(executable, tag, tmp_path / "cache", system=system)
    overlays = {file: text for file, text in made.files.items() if file.endswith(".json")}
    assert bool(overlays) == told
    for file, text in overlays.items():
        (root,) = json.loads(text)["roots"]
        (folder,) = root["contents"]
        assert (root["name"], folder["name"]) == (str(tmp_path / WINDOWS_HEADERS), "sys")
        assert folder["contents"][0]["external-contents"] == f"{root['name']}/sys/stat.h"
        launcher = made.launchers[made.toolchain.commands["cxx"][0]]
        assert f"-ivfsoverlay {file}" in launcher


@pytest.mark.parametrize(
    ("tag", "told"), [("win_amd64", True), ("win32", True), ("win_arm64", False), (LINUX, False)]
)
def test_what_asks_for_instructions_is_compiled(tmp_path: Path, tag: str, told: bool) -> None:
    words = started(plan(fake_zig(tmp_path), tag, tmp_path / "cache"), "cc")
    assert ("+xsave" in words) == told


@pytest.mark.integration
@pytest.mark.parametrize("tag", [LINUX, "win_arm64"])
def test_the_date_in_code_is_that_of_the_build(tmp_path: Path, tag: str) -> None:
    """With optimisation, zig calls it an error that code asks for the date at all."""
    executable, _ = zig.find_zig()
    made = plan(executable, tag, tmp_path / "cache")
    _files.write_launchers(made.launchers)
    _files.write_kept(made.files)
    (tmp_path / "code.c").write_text('const char *built = __DATE__ " " __TIME__;\n')
    subprocess.run(
        [*made.toolchain.commands["cc"], "-O2", "-Werror", "-c", "code.c", "-o", "code.o"],
        cwd=tmp_path,
        env={**os.environ, **made.toolchain.environ, "SOURCE_DATE_EPOCH": "0"},
        check=True,
    )
    assert b"Jan  1 1970 00:00:00" in (tmp_path / "code.o").read_bytes()


@pytest.mark.integration
def test_what_asks_for_instructions_as_msvc_has_it(tmp_path: Path) -> None:
    """As the first lines of many a project do that chooses its code by the processor."""
    executable, _ = zig.find_zig()
    made = plan(executable, "win_amd64", tmp_path / "cache", system="linux")
    _files.write_launchers(made.launchers)
    _files.write_kept(made.files)
    (tmp_path / "code.c").write_text(
        "#include <intrin.h>\n"
        "#ifdef __XSAVE__\n#error MSVC predefines no such macro\n#endif\n"
        "int has_avx(void) {\n"
        "  int found[4];\n  __cpuidex(found, 1, 0);\n"
        "  return found[2] >> 28 & 1 && (_xgetbv(0) & 6) == 6;\n}\n"
    )
    subprocess.run(
        [*made.toolchain.commands["cc"], "-c", "code.c"],
        cwd=tmp_path,
        env={**os.environ, **made.toolchain.environ},
        check=True,
    )


@pytest.mark.integration
def test_a_dll_is_the_same_at_any_time(tmp_path: Path) -> None:
    executable, _ = zig.find_zig()
    made = plan(executable, "win_arm64", tmp_path / "cache", system="linux")
    _files.write_launchers(made.launchers)
    _files.write_kept(made.files)
    (tmp_path / "code.c").write_text(
        "#include <Windows.h>\n#include <WinSock2.h>\n"
        "__declspec(dllexport) DWORD f(void) { return GetTickCount(); }\n"
    )
    command = [*made.toolchain.commands["cc"], "-Wno-#warnings", "-Werror", "-shared", "code.c"]
    subprocess.run(
        [*command, "-o", "code.dll"],
        cwd=tmp_path,
        env={**os.environ, **made.toolchain.environ},
        check=True,
    )
    found = pefile.PE(tmp_path / "code.dll")
    (entry,) = (e for e in found.DIRECTORY_ENTRY_DEBUG if e.struct.Type == REPRODUCIBLE)
    # A hash of the contents, in the place of the time.
    assert found.FILE_HEADER.TimeDateStamp == entry.struct.TimeDateStamp
