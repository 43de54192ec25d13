from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pefile
import pytest

from crosshook.errors import TargetPythonError
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.pythons.composed import check_headers, compose, fingerprint
from crosshook.pythons.exports import exports, python_exports, render_def
from crosshook.pythons.pyconfig import macros, render_pyconfig_h
from crosshook.pythons.realise import realise
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.promise import INTERPRETER
from crosshook.target.systems import Row
from scripts.target_pythons import (
    DEBIAN_RELEASES,
    WINDOWS,
    debian_headers,
    windows_python,
)
from tests.conftest import ROWS_WITH_FACTS, py

VERSIONS = [py(f"3.{minor}") for minor in range(10, 14)]
ZIG = (sys.executable, "-m", "ziglang")
ARM64 = parse_platform("win_arm64", source="test")
AMD64 = parse_platform("win_amd64", source="test")
AARCH64 = parse_platform("manylinux_2_28_aarch64", source="test")


def make_headers(directory: Path, version: str = "3.13.2") -> Path:
    directory.mkdir(parents=True)
    major, minor, micro = version.split(".")
    (directory / "Python.h").touch()
    (directory / "pyconfig.h").write_text("#error of another machine\n")
    (directory / "patchlevel.h").write_text(
        f"#define PY_MAJOR_VERSION {major}\n#define PY_MINOR_VERSION {minor}\n"
        f"#define PY_MICRO_VERSION {micro}\n"
    )
    return directory


def test_composition_for_windows(tmp_path: Path) -> None:
    headers = make_headers(tmp_path / "headers")
    made = compose(
        ARM64, py("3.13"), headers=headers, directory=tmp_path / "made", dlltool=("zig", "dlltool")
    )
    assert set(made.files) == {"include/pyconfig.h", "libs/python313.def", "libs/python3.def"}
    assert [command[-1] for command in made.commands] == ["libs/python313.lib", "libs/python3.lib"]
    assert made.commands[0][:4] == ("zig", "dlltool", "-m", "arm64")
    assert made.python.import_libraries["dynamic"] == str(tmp_path / "made/libs/python313.lib")
    assert made.python.details["implementation"]["version"]["micro"] == 2


def test_composition_for_linux_needs_no_tool_and_no_library(tmp_path: Path) -> None:
    headers = make_headers(tmp_path / "headers")
    made = compose(AARCH64, py("3.13"), headers=headers, directory=tmp_path / "made", dlltool=())
    assert set(made.files) == {"include/pyconfig.h"}
    assert made.commands == ()
    assert made.python.import_libraries == {}


def test_composed_pyconfig_replaces_the_one_of_the_build_machine(tmp_path: Path) -> None:
    headers = make_headers(tmp_path / "headers")
    directory = tmp_path / "made"
    made = compose(AARCH64, py("3.13"), headers=headers, directory=directory, dlltool=())
    realise(made, directory)
    assert "of another machine" not in (directory / "include/pyconfig.h").read_text()
    assert (directory / "include/Python.h").is_file()


def test_the_tool_that_fails_is_in_the_error(tmp_path: Path) -> None:
    headers = make_headers(tmp_path / "headers")
    directory = tmp_path / "made"
    tool = (sys.executable, "-c", "import sys; sys.exit('dlltool says no')")
    made = compose(ARM64, py("3.13"), headers=headers, directory=directory, dlltool=tool)
    with pytest.raises(Exception, match="exit code 1") as caught:
        realise(made, directory)
    assert "dlltool says no" in str(getattr(caught.value, "detail", ""))


def test_fingerprint_differs_where_the_result_would(tmp_path: Path) -> None:
    one = make_headers(tmp_path / "one")
    other = make_headers(tmp_path / "other", "3.13.9")
    prints = {
        fingerprint(ARM64, py("3.13"), one),
        fingerprint(ARM64, py("3.13"), other),
        fingerprint(AMD64, py("3.13"), one),
    }
    assert len(prints) == 3
    assert fingerprint(ARM64, py("3.13"), one) in prints


def test_headers_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetPythonError, match=r"no Python\.h") as caught:
        check_headers(tmp_path, py("3.13"))
    assert "python3.13-dev" in str(caught.value.hint)


def test_headers_of_another_minor_version(tmp_path: Path) -> None:
    headers = make_headers(tmp_path / "headers", "3.12.4")
    with pytest.raises(TargetPythonError, match=r"Python 3\.12\.4, 3\.13 is needed"):
        check_headers(headers, py("3.13"))


@pytest.mark.parametrize("platform", [ARM64, AARCH64])
def test_a_version_that_there_are_no_facts_for(tmp_path: Path, platform: Platform) -> None:
    headers = make_headers(tmp_path / "headers", "3.9.1")
    with pytest.raises(TargetPythonError, match=r"CPython 3\.9 ") as caught:
        compose(platform, py("3.9"), headers=headers, directory=tmp_path, dlltool=("dlltool",))
    assert "--target-python" in str(caught.value.hint)


def test_data_is_marked_in_module_definitions() -> None:
    text = render_def(py("3.13"), stable_abi=False)
    assert text.startswith("LIBRARY python313.dll\nEXPORTS\n")
    assert "\nPyList_New\n" in text
    assert "\nPyList_Type DATA\n" in text
    assert render_def(py("3.13"), stable_abi=True).startswith("LIBRARY python3.dll\n")


def test_the_stable_abi_is_part_of_the_whole() -> None:
    for version in VERSIONS:
        stable = exports(version, stable_abi=True)
        whole = exports(version, stable_abi=False)
        # Forwarders to what only a debug build, or only that for win32, has.
        nowhere = {"PyOS_CheckStack", "_Py_NegativeRefcount", "_Py_RefTotal"}
        assert stable.keys() - whole.keys() <= nowhere, version
        assert "PyList_New" in stable
        assert "_PyUnicode_Ready" not in stable


def test_exports_by_the_library_that_they_are_taken_from() -> None:
    assert set(python_exports(AARCH64, py("3.13"))) == {INTERPRETER}
    assert python_exports(AARCH64, py("3.9")) == {}
    assert python_exports(ARM64, py("3.9")) == {}
    assert set(python_exports(ARM64, py("3.13"))) == {"python313.dll", "python3.dll"}


def test_sizes_follow_the_processor() -> None:
    win32 = parse_platform("win32", source="test")
    for version in VERSIONS:
        assert macros(win32, version)["SIZEOF_VOID_P"] == "4"
        assert "MS_WIN64" not in macros(win32, version)
        assert macros(ARM64, version)["SIZEOF_VOID_P"] == "8"
        assert "MS_WIN64" in macros(ARM64, version)
        assert macros(AARCH64, version)["SIZEOF_LONG"] == "8"


# Proofs against real Pythons


def macros_that_headers_test(headers: Path) -> set[str]:
    """Return the names that the public headers test with #if."""
    found: set[str] = set()
    for file in headers.rglob("*.h"):
        if "internal" in file.parts or file.name == "pyconfig.h":
            continue
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
                found |= set(re.findall(r"\b[A-Za-z_]\w+\b", line))
    return found


def seen_macros(pyconfig: Path, zig_target: str, *flags: str) -> dict[str, str]:
    """Return the macros that are defined after a header, as the compiler for a target sees them."""
    done = subprocess.run(
        [*ZIG, "cc", "-target", zig_target, *flags, "-E", "-dM", str(pyconfig)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(re.findall(r"^#define (\w+) ?(.*)$", done.stdout, re.MULTILINE))


def assert_public_headers_see_the_same(
    composed: dict[str, str], real: dict[str, str], headers: Path
) -> int:
    names = macros_that_headers_test(headers) & (composed.keys() | real.keys())
    differing = {n: (composed.get(n), real.get(n)) for n in names if composed.get(n) != real.get(n)}
    assert differing == {}
    return len(names)


@pytest.mark.integration
@pytest.mark.parametrize("version", WINDOWS)
@pytest.mark.parametrize("tag", ["win_amd64", "win_arm64", "win32"])
def test_composed_pyconfig_is_as_good_as_the_real_one_for_windows(
    tmp_path: Path, version: str, tag: str
) -> None:
    platform = parse_platform(tag, source="test")
    headers = windows_python(version) / "include"
    composed = tmp_path / "pyconfig.h"
    composed.write_text(render_pyconfig_h(platform, py(version)))
    # What the real one before 3.12 does for MSVC alone, every other compiler is told.
    wide = [] if tag == "win32" else ["-DMS_WIN64="]
    compared = assert_public_headers_see_the_same(
        seen_macros(composed, platform.zig_target),
        seen_macros(headers / "pyconfig.h", platform.zig_target, *wide),
        headers,
    )
    assert compared > 20


# They say that Debian's builder had ncurses and systemtap, which is no fact about a platform.
OF_THE_BUILDER = {"WITH_DTRACE", "HAVE_CURSES_IS_PAD", "HAVE_NCURSES_H", "HAVE_CURSES_H"}
OF_THE_BUILDER |= {"HAVE_NCURSESW_CURSES_H", "HAVE_NCURSESW_NCURSES_H"}
OF_THE_BUILDER |= {"MVWDELCH_IS_EXPRESSION", "WINDOW_HAS_FLAGS"}


def released(arch: str, version: str) -> bool:
    # RISC-V came with trixie; LoongArch is in no release yet.
    return not (arch == "riscv64" and version == "3.11") and not (
        arch == "loongarch64" and DEBIAN_RELEASES[version] != "sid"
    )


@pytest.mark.integration
@pytest.mark.parametrize(
    ("arch", "version"),
    [
        (arch, version)
        for arch in ARCHITECTURES
        for version in DEBIAN_RELEASES
        if released(arch, version)
    ],
)
def test_composed_pyconfig_is_as_good_as_the_real_one_for_linux(
    tmp_path: Path, arch: str, version: str
) -> None:
    platform = parse_platform(f"manylinux_2_36_{arch}", source="test")
    prefix = debian_headers(ARCHITECTURES[arch], version)
    composed = tmp_path / "pyconfig.h"
    composed.write_text(render_pyconfig_h(platform, py(version)))
    real = prefix / str(platform.row.multiarch) / f"python{version}" / "pyconfig.h"
    ours = seen_macros(composed, platform.zig_target)
    theirs = seen_macros(real, platform.zig_target)
    for name in OF_THE_BUILDER:
        theirs.pop(name, None)
    if arch == "armv7l":
        # Debian's has 64 bits since trixie.
        assert ours.pop("SIZEOF_TIME_T") == "4"
        theirs.pop("SIZEOF_TIME_T")
    compared = assert_public_headers_see_the_same(ours, theirs, prefix / f"python{version}")
    assert compared > 20


@pytest.mark.integration
@pytest.mark.parametrize("minor", range(10, 16))
@pytest.mark.parametrize(
    "row", [r for r in ROWS_WITH_FACTS if not r.system.links_python], ids=lambda row: row.plain_tag
)
def test_the_compiler_finds_the_sizes_as_pyconfig_says(
    tmp_path: Path, row: Row, minor: int
) -> None:
    platform = parse_platform(row.plain_tag, source="test")
    (tmp_path / "pyconfig.h").write_text(render_pyconfig_h(platform, py(f"3.{minor}")))
    types = {
        "DOUBLE": "double",
        "FLOAT": "float",
        "FPOS_T": "fpos_t",
        "INT": "int",
        "LONG": "long",
        "LONG_DOUBLE": "long double",
        "LONG_LONG": "long long",
        "OFF_T": "off_t",
        "PID_T": "pid_t",
        "PTHREAD_KEY_T": "pthread_key_t",
        "PTHREAD_T": "pthread_t",
        "SHORT": "short",
        "SIZE_T": "size_t",
        "TIME_T": "time_t",
        "UINTPTR_T": "uintptr_t",
        "VOID_P": "void *",
        "WCHAR_T": "wchar_t",
        "_BOOL": "_Bool",
    }
    lines = [f"_Static_assert(SIZEOF_{n} == sizeof({t}), {n!r});" for n, t in types.items()]
    code = "\n".join(lines).replace("'", '"')
    (tmp_path / "sizes.c").write_text(
        '#include "pyconfig.h"\n#include <pthread.h>\n#include <stddef.h>\n#include <stdint.h>\n'
        f"#include <stdio.h>\n#include <sys/types.h>\n#include <time.h>\n{code}\n"
        "#if defined(DOUBLE_IS_BIG_ENDIAN_IEEE754) != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)\n"
        "#error byte order\n#endif\n"
    )
    command = [*ZIG, "cc", "-target", platform.zig_target, "-c", "sizes.c"]
    subprocess.run(command, check=True, cwd=tmp_path)


@pytest.mark.integration
@pytest.mark.parametrize("version", WINDOWS)
def test_import_libraries_offer_what_the_real_dll_exports(tmp_path: Path, version: str) -> None:
    prefix = windows_python(version)
    made = compose(
        AMD64,
        py(version),
        headers=prefix / "include",
        directory=tmp_path / "made",
        dlltool=(*ZIG, "dlltool"),
    )
    realise(made, tmp_path / "made")
    for kind, dll in (
        ("dynamic", f"python{py(version).digits}.dll"),
        ("dynamic_stableabi", "python3.dll"),
    ):
        offered = import_library_names(Path(made.python.import_libraries[kind]))
        assert offered == real_exports(prefix / dll)


def real_exports(dll: Path) -> dict[str, bool]:
    """Return the names that a DLL exports and whether each is data; those that forward, unknown."""
    pe = pefile.PE(str(dll), fast_load=True)
    pe.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_EXPORT"]])
    table = getattr(pe, "DIRECTORY_ENTRY_EXPORT", None)
    assert table is not None
    kinds = {}
    for symbol in table.symbols:
        if symbol.forwarder is not None:
            versioned = real_exports(
                dll.with_name(symbol.forwarder.decode().split(".")[0] + ".dll")
            )
            return {s.name.decode(): versioned.get(s.name.decode(), False) for s in table.symbols}
        section = pe.get_section_by_rva(symbol.address)
        assert section is not None
        executable = getattr(section, "Characteristics", 0) & 0x20000000
        kinds[symbol.name.decode()] = not executable
    return kinds


def import_library_names(library: Path) -> dict[str, bool]:
    """Return the names in an import library and whether each is data (a short import's type)."""
    data = library.read_bytes()
    names = {}
    offset = 8
    while offset + 60 <= len(data):
        size = int(data[offset + 48 : offset + 58])
        member = data[offset + 60 : offset + 60 + size]
        if member.startswith(b"\0\0\xff\xff"):
            kind = int.from_bytes(member[18:20], "little") & 3
            names[member[20:].split(b"\0")[0].decode()] = kind == 1
        offset += 60 + size + size % 2
    return names
