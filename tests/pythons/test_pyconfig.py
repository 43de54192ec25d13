from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.platforms import parse_platform
from crosshook.pythons.pyconfig import macros, render_pyconfig_h
from scripts.target_pythons import WINDOWS, windows_python
from tests.pythons.test_composed import ZIG, macros_that_headers_test

VERSIONS = [(3, minor) for minor in range(10, 14)]
WINDOWS_TAGS = ("win_arm64", "win_amd64", "win32")
CLANG_TRIPLES = dict(zip(WINDOWS_TAGS, ("aarch64", "x86_64", "i686"), strict=True))


def rendered(tag: str, version: tuple[int, int] = (3, 13)) -> str:
    return render_pyconfig_h(parse_platform(tag, source="test"), version)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tag", [*WINDOWS_TAGS, "linux_aarch64", "manylinux_2_39_x86_64"])
def test_macros_are_well_formed(tag: str, version: tuple[int, int]) -> None:
    for name, value in macros(parse_platform(tag, source="test"), version).items():
        assert re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII)
        assert not value.startswith("("), f"{name}: a macro with parameters?"
        assert "\n" not in value
    assert "/home" not in rendered(tag, version)


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("linux_aarch64", set()),
        ("manylinux_2_17_aarch64", set()),
        ("manylinux_2_24_x86_64", set()),
        ("manylinux_2_25_x86_64", {"HAVE_GETRANDOM"}),
        ("manylinux_2_28_aarch64", {"HAVE_GETRANDOM", "HAVE_MEMFD_CREATE"}),
        ("manylinux_2_34_x86_64", {"HAVE_GETRANDOM", "HAVE_MEMFD_CREATE", "HAVE_CLOSE_RANGE"}),
    ],
)
def test_functions_that_glibc_did_not_always_have(tag: str, known: set[str]) -> None:
    found = macros(parse_platform(tag, source="test"), (3, 13))
    newer = {"HAVE_GETRANDOM", "HAVE_MEMFD_CREATE", "HAVE_CLOSE_RANGE"}
    assert newer & found.keys() == known
    assert "HAVE_LSTAT" in found


@pytest.mark.parametrize("tag", WINDOWS_TAGS)
def test_what_other_compilers_than_msvc_do_not_see(tag: str) -> None:
    for_all, _, for_msvc = rendered(tag).partition("#ifdef _MSC_VER")
    assert "typedef int pid_t;" in for_msvc
    assert f'#define PYD_PLATFORM_TAG "{tag}"' in for_msvc
    assert "pid_t;" not in for_all
    assert "PYD_PLATFORM_TAG" not in for_all


@pytest.mark.integration
@pytest.mark.parametrize("tag", ["win_arm64", "win_amd64"])
def test_projects_may_define_ms_win64_themselves(tmp_path: Path, tag: str) -> None:
    file = tmp_path / "pyconfig.h"
    file.write_text(rendered(tag, (3, 11)))
    target = parse_platform(tag, source="test").zig_target
    command = [*ZIG, "cc", "-target", target, "-DMS_WIN64", "-Werror", "-E"]
    subprocess.run([*command, str(file)], check=True, stdout=subprocess.DEVNULL)


def msvc_macros(file: Path, triple: str, sdk: Path) -> dict[str, str]:
    """Return the macros after a header as MSVC has them, with nothing in the SDK's headers."""
    sdk.mkdir(exist_ok=True)
    for name in ("basetsd.h", "float.h", "io.h", "limits.h", "stdio.h", "winapifamily.h"):
        (sdk / name).touch()
    flags = ["-fms-extensions", "-fms-compatibility-version=19.40", "-nostdinc", "-I", str(sdk)]
    command = [sys.executable, "-m", "ziglang", "clang", f"--target={triple}-pc-windows-msvc"]
    done = subprocess.run(
        [*command, *flags, "-E", "-dM", str(file)], capture_output=True, text=True, check=True
    )
    return dict(re.findall(r"^#define (\w+) ?(.*)$", done.stdout, re.MULTILINE))


@pytest.mark.integration
@pytest.mark.parametrize("version", WINDOWS)
@pytest.mark.parametrize("tag", WINDOWS_TAGS)
def test_msvc_sees_what_it_sees_in_the_real_one(tmp_path: Path, version: str, tag: str) -> None:
    headers = windows_python(version) / "include"
    major, minor = map(int, version.split("."))
    composed = tmp_path / "pyconfig.h"
    composed.write_text(rendered(tag, (major, minor)))
    ours = msvc_macros(composed, CLANG_TRIPLES[tag], tmp_path / "sdk")
    theirs = msvc_macros(headers / "pyconfig.h", CLANG_TRIPLES[tag], tmp_path / "sdk")
    # Where these are not defined, the public headers come to the same types and tests.
    same = {"HAVE_PY_SSIZE_T", "PY_LONG_LONG", "Py_IS_NAN", "Py_IS_FINITE", "Py_IS_INFINITY"}
    names = macros_that_headers_test(headers) & (ours.keys() | theirs.keys())
    names |= {"PYD_PLATFORM_TAG", "HAVE_INTPTR_T", "HAVE_UINTPTR_T", "SIZEOF_TIME_T", "_W64"}
    differing = {n: (ours.get(n), theirs.get(n)) for n in names if ours.get(n) != theirs.get(n)}
    assert differing.keys() <= same, differing


@pytest.mark.integration
@pytest.mark.parametrize("glibc", ["2_17", "2_28"])
def test_code_that_believes_pyconfig_compiles(tmp_path: Path, glibc: str) -> None:
    platform = parse_platform(f"manylinux_{glibc}_aarch64", source="test")
    (tmp_path / "pyconfig.h").write_text(render_pyconfig_h(platform, (3, 13)))
    (tmp_path / "code.c").write_text(
        '#include "pyconfig.h"\n'
        "#ifdef HAVE_GETRANDOM\n#include <sys/random.h>\n"
        "int f(char *b) { return (int)getrandom(b, 4, 0); }\n#endif\n"
        "#ifdef HAVE_MEMFD_CREATE\n#include <sys/mman.h>\n"
        'int g(void) { return memfd_create("x", 0); }\n#endif\n'
    )
    flags = ["-Werror", "-shared", "-fPIC", "-fno-sanitize=undefined", "-Wl,-z,defs"]
    command = [*ZIG, "cc", "-target", platform.zig_target, *flags]
    subprocess.run([*command, "code.c", "-o", "code.so"], check=True, cwd=tmp_path)
