from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crosshook.pythons.pyconfig import free_threaded_pyconfig_h, macros, render_pyconfig_h
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion
from scripts.target_pythons import WINDOWS, headers_of, windows_python
from tests.conftest import PY313, ROWS_WITH_FACTS, py
from tests.pythons.test_composed import ZIG, macros_that_headers_test

VERSIONS = [
    py(v) for v in ("3.10", "3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")
]
WINDOWS_TAGS = ("win_arm64", "win_amd64", "win32")
CLANG_TRIPLES = dict(zip(WINDOWS_TAGS, ("aarch64", "x86_64", "i686"), strict=True))


def rendered(tag: str, version: PythonVersion = PY313) -> str:
    return render_pyconfig_h(parse_platform(tag, source="test"), version)


POSIX = [
    (row.plain_tag, py(f"3.{minor}"))
    for row in ROWS_WITH_FACTS
    if not row.system.links_python
    for minor in range(10, 16)
]


@pytest.mark.parametrize(
    ("tag", "version"),
    [*((tag, version) for tag in WINDOWS_TAGS for version in VERSIONS), *POSIX],
)
def test_macros_are_well_formed(tag: str, version: PythonVersion) -> None:
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
    found = macros(parse_platform(tag, source="test"), py("3.13"))
    newer = {"HAVE_GETRANDOM", "HAVE_MEMFD_CREATE", "HAVE_CLOSE_RANGE"}
    assert newer & found.keys() == known
    assert "HAVE_LSTAT" in found


@pytest.mark.parametrize(("tag", "version"), POSIX)
def test_what_the_row_says_is_in_pyconfig_too(tag: str, version: PythonVersion) -> None:
    row = parse_platform(tag, source="test").row
    found = macros(parse_platform(tag, source="test"), version)
    assert found["SIZEOF_VOID_P"] == str(row.processor.pointer_size)
    assert found["SIZEOF_LONG"] == str(row.processor.pointer_size)
    assert ("DOUBLE_IS_BIG_ENDIAN_IEEE754" in found) == row.processor.big_endian
    assert ("DOUBLE_IS_LITTLE_ENDIAN_IEEE754" in found) != row.processor.big_endian
    assert ("HAVE_GCC_UINT128_T" in found) == (row.processor.pointer_size == 8)


@pytest.mark.parametrize(
    ("tag", "values"),
    [
        ("linux_i686", {"SIZEOF_TIME_T": "4", "SIZEOF_LONG_DOUBLE": "12"}),
        ("linux_armv7l", {"SIZEOF_TIME_T": "4", "SIZEOF_LONG_DOUBLE": "8"}),
        ("musllinux_1_2_armv7l", {"SIZEOF_TIME_T": "8", "HAVE_GETRANDOM": "1"}),
        ("musllinux_1_2_ppc64le", {"SIZEOF_LONG_DOUBLE": "8"}),
        ("linux_ppc64le", {"SIZEOF_LONG_DOUBLE": "16"}),
        ("macosx_11_0_arm64", {"SIZEOF_LONG_DOUBLE": "8", "WITH_DYLD": "1"}),
        ("macosx_10_13_x86_64", {"SIZEOF_LONG_DOUBLE": "16", "HAVE_KQUEUE": "1"}),
    ],
)
def test_what_differs(tag: str, values: dict[str, str]) -> None:
    found = macros(parse_platform(tag, source="test"), PY313)
    assert {name: found.get(name) for name in values} == values


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("musllinux_1_2_x86_64", "HAVE_CLOSE_RANGE"),
        ("macosx_11_0_arm64", "HAVE_EPOLL"),
        ("macosx_11_0_arm64", "_XOPEN_SOURCE"),
        ("macosx_11_0_arm64", "HAVE_PIPE2"),
        ("manylinux_2_37_x86_64", "HAVE_STRLCPY"),
    ],
)
def test_what_is_not_there(tag: str, name: str) -> None:
    assert name not in macros(parse_platform(tag, source="test"), py("3.14"))


@pytest.mark.parametrize("tag", WINDOWS_TAGS)
def test_what_other_compilers_than_msvc_do_not_see(tag: str) -> None:
    for_all, _, for_msvc = rendered(tag).partition("#ifdef _MSC_VER")
    assert "typedef int pid_t;" in for_msvc
    assert f'#define PYD_PLATFORM_TAG "{tag}"' in for_msvc
    assert "pid_t;" not in for_all
    assert "PYD_PLATFORM_TAG" not in for_all


@pytest.mark.parametrize("version", ["3.14", "3.13t", "3.14t", "3.15", "3.15t"])
@pytest.mark.parametrize("tag", WINDOWS_TAGS)
def test_other_builds_for_windows(tag: str, version: str) -> None:
    text = rendered(tag, py(version))
    assert f'#pragma comment(lib, "python{py(version).digits}.lib")' in text
    assert ("#ifndef Py_GIL_DISABLED\n#define Py_GIL_DISABLED 1\n" in text) is version.endswith("t")
    assert "WITH_MIMALLOC" in text
    assert ("_PYTHREAD_NAME_MAXLEN" in text) is version.startswith(("3.14", "3.15"))


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("manylinux_2_28_aarch64", "aarch64-linux-gnu"),
        ("manylinux_2_28_i686", "i386-linux-gnu"),
        ("musllinux_1_2_armv7l", "arm-linux-musleabihf"),
        ("macosx_11_0_arm64", "darwin"),
    ],
)
def test_what_3_15_calls_the_platform(tag: str, name: str) -> None:
    platform = parse_platform(tag, source="test")
    assert macros(platform, py("3.15"))["SOABI_PLATFORM"] == f'"{name}"'
    assert "SOABI_PLATFORM" not in macros(platform, py("3.14"))


@pytest.mark.parametrize("version", ["3.13", "3.15"])
def test_free_threaded_for_linux(version: str) -> None:
    platform = parse_platform("manylinux_2_28_aarch64", source="test")
    plain, threads = (macros(platform, py(v)) for v in (version, f"{version}t"))
    assert threads == {**plain, "Py_GIL_DISABLED": "1"}


@pytest.mark.integration
@pytest.mark.parametrize("language", ["c", "c++"])
@pytest.mark.parametrize(
    ("tag", "version", "official"),
    [
        *((tag, version, False) for tag in WINDOWS_TAGS for version in ("3.13t", "3.14t", "3.15t")),
        *((tag, "3.13t", True) for tag in WINDOWS_TAGS),
        ("manylinux_2_28_aarch64", "3.13t", False),
    ],
)
def test_free_threaded_headers_compile(
    tmp_path: Path, tag: str, version: str, official: bool, language: str
) -> None:
    """With Py_GIL_DISABLED on the command line as well, where setuptools puts it on Windows."""
    platform = parse_platform(tag, source="test")
    headers = shutil.copytree(headers_of(py(version)), tmp_path / "include")
    text = (headers / "pyconfig.h").read_text()
    text = free_threaded_pyconfig_h(text) if official else render_pyconfig_h(platform, py(version))
    (headers / "pyconfig.h").write_text(text)
    (tmp_path / "code").write_text(
        "#include <Python.h>\n#include <pyconfig.h>\n"
        "#ifndef Py_GIL_DISABLED\n#error with the GIL\n#endif\n"
        "#if defined(_WIN32)\n#include <intrin.h>\n#endif\n"
        "int same(PyObject *o) { Py_INCREF(o); return _Py_IsOwnedByCurrentThread(o); }\n"
    )
    flags = ["-Wall", "-Werror", "-DPy_GIL_DISABLED=1", "-Iinclude", "-c"]
    command = [*ZIG, "cc", "-target", platform.zig_target, *flags, "-x", language, "code"]
    subprocess.run([*command, "-o", "code.o"], check=True, cwd=tmp_path)


@pytest.mark.integration
@pytest.mark.parametrize("tag", ["win_arm64", "win_amd64"])
def test_projects_may_define_ms_win64_themselves(tmp_path: Path, tag: str) -> None:
    file = tmp_path / "pyconfig.h"
    file.write_text(rendered(tag, py("3.11")))
    target = parse_platform(tag, source="test").zig_target
    command = [*ZIG, "cc", "-target", target, "-DMS_WIN64", "-Werror", "-E"]
    subprocess.run([*command, str(file)], check=True, stdout=subprocess.DEVNULL)


def msvc_macros(file: Path, triple: str, sdk: Path, *defines: str) -> dict[str, str]:
    """Return the macros after a header as MSVC has them, with nothing in the SDK's headers."""
    sdk.mkdir(exist_ok=True)
    for name in ("basetsd.h", "float.h", "io.h", "limits.h", "stdio.h", "winapifamily.h"):
        (sdk / name).touch()
    flags = ["-fms-extensions", "-fms-compatibility-version=19.40", "-nostdinc", "-I", str(sdk)]
    command = [sys.executable, "-m", "ziglang", "clang", f"--target={triple}-pc-windows-msvc"]
    done = subprocess.run(
        [*command, *flags, *defines, "-E", "-dM", str(file)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(re.findall(r"^#define (\w+) ?(.*)$", done.stdout, re.MULTILINE))


@pytest.mark.integration
@pytest.mark.parametrize("version", [*WINDOWS, "3.13t"])
@pytest.mark.parametrize("tag", WINDOWS_TAGS)
def test_msvc_sees_what_it_sees_in_the_real_one(tmp_path: Path, version: str, tag: str) -> None:
    headers = windows_python(version.removesuffix("t")) / "include"
    composed = tmp_path / "pyconfig.h"
    composed.write_text(rendered(tag, py(version)))
    ours = msvc_macros(composed, CLANG_TRIPLES[tag], tmp_path / "sdk")
    # As setuptools tells MSVC: both builds share the one file.
    defines = ["-DPy_GIL_DISABLED=1"] if version.endswith("t") else []
    real = headers / "pyconfig.h"
    theirs = msvc_macros(real, CLANG_TRIPLES[tag], tmp_path / "sdk", *defines)
    assert ours.get("Py_GIL_DISABLED") == theirs.get("Py_GIL_DISABLED")
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
    (tmp_path / "pyconfig.h").write_text(render_pyconfig_h(platform, py("3.13")))
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
