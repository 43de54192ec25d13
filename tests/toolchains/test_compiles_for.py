"""What a compiler of the environment's compiles for; asked of one that answers as they do."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.errors import UsageError
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.systems import ROWS, Row
from crosshook.toolchains import zig
from crosshook.toolchains.compiles_for import CompilesFor, ask, check_environment, fits
from scripts.target_pythons import cache
from tests.toolchains.compilers import WINDOWS, write_compiler

X86_64 = {
    "__x86_64__": "1",
    "__linux__": "1",
    "__SIZEOF_POINTER__": "8",
    "__BYTE_ORDER__": "__ORDER_LITTLE_ENDIAN__",
}

COMPILER = """\
import sys
if "-dumpmachine" in sys.argv:
    print({machine!r})
elif sys.argv[-5:] == ["-dM", "-E", "-x", "c", "-"]:
    print({macros!r})
else:
    sys.exit(4)
"""


def compiler(directory: Path, machine: str, macros: Mapping[str, str]) -> str:
    """A command, of words with spaces in them."""
    program = directory / "a compiler.py"
    defines = "\n".join(f"#define {name} {value}" for name, value in macros.items())
    program.write_text(COMPILER.format(machine=machine, macros=defines))
    return shlex.join([sys.executable, str(program)])


@pytest.mark.parametrize("variable", ["CC", "CXX", "LDSHARED", "LDCXXSHARED"])
def test_a_compiler_for_another_machine(tmp_path: Path, variable: str) -> None:
    environ = {variable: compiler(tmp_path, "x86_64-linux-gnu", X86_64) + " -shared"}
    check_environment(environ, parse_platform("manylinux_2_28_x86_64", source="test"))
    for tag in ("win_arm64", "win_amd64", "linux_aarch64", "musllinux_1_2_x86_64"):
        with pytest.raises(UsageError) as caught:
            check_environment(environ, parse_platform(tag, source="test"))
        message = str(caught.value)
        assert message.startswith(f"{variable}={environ[variable]}, from the environment: ")
        assert message.endswith(f"it compiles for x86_64-linux-gnu, not for {tag}")
        assert str(caught.value.hint).startswith(f"unset {variable} ")


def test_a_compiler_that_links_another_c_runtime(tmp_path: Path) -> None:
    platform = parse_platform("win_amd64", source="test")
    for ucrt in (True, False):
        write_compiler(tmp_path / f"gcc-{ucrt}", "x86_64-w64-mingw32", WINDOWS, ucrt=ucrt)
    check_environment({"CC": str(tmp_path / "gcc-True")}, platform)
    named = str(tmp_path / "gcc-False")
    with pytest.raises(UsageError) as caught:
        check_environment({"CXX": named}, platform)
    assert f"CXX={named}, from the environment: it links msvcrt.dll" in caught.value.message
    assert "gcc-mingw-w64-ucrt64" in str(caught.value.hint)


def test_one_that_cannot_be_asked(tmp_path: Path) -> None:
    (tmp_path / "silent.py").write_text("import sys; sys.exit(3)")
    environ = {"CC": shlex.join([sys.executable, str(tmp_path / "silent.py")])}
    check_environment(environ, parse_platform("win_arm64", source="test"))
    check_environment(
        {"CC": " ", "CXX": "'", "LDSHARED": "no-such-compiler"},
        parse_platform("win_arm64", source="test"),
    )


@pytest.mark.parametrize(
    ("tag", "machine", "macros", "fit"),
    [
        ("manylinux_2_28_x86_64", "x86_64-linux-gnu", {}, True),
        ("manylinux_2_28_x86_64", "", {}, True),
        ("manylinux_2_28_x86_64", "x86_64-linux-musl", {}, False),
        ("musllinux_1_2_x86_64", "x86_64-alpine-linux-musl", {}, True),
        ("manylinux_2_28_x86_64", "x86_64-linux-gnux32", {"__SIZEOF_POINTER__": "4"}, False),
        ("manylinux_2_28_x86_64", "x86_64-linux-gnu", {"__i386__": "1"}, False),
        ("musllinux_1_2_x86_64", "x86_64-unknown-linux-android21", {}, False),
        ("win_amd64", "x86_64-w64-mingw32", {"_WIN32": "1"}, False),
    ],
)
def test_what_fits(tag: str, machine: str, macros: Mapping[str, str], fit: bool) -> None:
    found = CompilesFor(machine=machine, macros={**X86_64, **macros})
    assert fits(found, parse_platform(tag, source="test")) == fit


def test_byte_order() -> None:
    macros = {"__powerpc64__": "1", "__linux__": "1", "__SIZEOF_POINTER__": "8"}
    platform = parse_platform("linux_ppc64le", source="test")
    little, big = (f"__ORDER_{order}_ENDIAN__" for order in ("LITTLE", "BIG"))
    found = [CompilesFor(machine="", macros={**macros, "__BYTE_ORDER__": o}) for o in (little, big)]
    assert [fits(one, platform) for one in found] == [True, False]


@pytest.mark.integration
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
def test_zigs_compiler_fits_where_it_is_for_and_nowhere_else(row: Row) -> None:
    """By its triple without a version, which is all that ``-dumpmachine`` knows."""
    environ = {"ZIG_GLOBAL_CACHE_DIR": str(cache() / "crosshook" / "zig"), "HOME": "/tmp"}
    command = (str(zig.find_zig()[0]), "cc", "-target", row.zig.triple)
    found = ask(command, environ)
    assert found is not None
    assert found.machine
    fitting = {other.plain_tag for other in ROWS if fits(found, other_platform(other))}
    assert fitting == {row.plain_tag}


def other_platform(row: Row) -> Platform:
    return parse_platform(row.plain_tag, source="test")


@pytest.mark.integration
@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_gcc_of_this_machine() -> None:
    found = ask(("gcc",), os.environ)
    assert found is not None
    assert "linux" in found.machine
    assert sum(fits(found, other_platform(row)) for row in ROWS) == 1
