"""What sysconfig says in a target Python, compared with what is known of real ones."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Mapping

import pytest

from crosshook.pythons import pyconfig
from crosshook.pythons.variables import sysconfig_variables
from crosshook.target.c_types import c_sizes
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import running_python
from crosshook.target.systems import ROWS, Row
from tests.conftest import py


def variables(
    tag: str, version: str = "3.13", libraries: str | None = None
) -> Mapping[str, str | int]:
    platform = parse_platform(tag, source="test")
    return sysconfig_variables(
        platform, py(version), prefix="/p", headers="/p/include", libraries=libraries
    )


@pytest.mark.skipif(sys.platform != "linux", reason="compares with this Python for Linux")
def test_this_python_has_each_of_them_for_linux() -> None:
    tag = sysconfig.get_platform().replace("-", "_")
    own = sysconfig.get_config_vars()
    told = variables(tag, str(running_python()))
    # Older ones do not have it.
    assert told.keys() - own.keys() <= {"Py_GIL_DISABLED"}
    same = ("EXE", "MACHDEP", "MULTIARCH", "SHLIB_SUFFIX", "SOABI", "VERSION", "EXT_SUFFIX")
    for name in (*same, *(name for name in told if name.startswith("SIZEOF_"))):
        assert told[name] == own[name], name
    for name, value in told.items():
        assert isinstance(value, type(own.get(name, value))), name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
def test_sizes_are_those_of_pyconfig(row: Row) -> None:
    platform = parse_platform(row.plain_tag, source="test")
    sizes = c_sizes(row)
    for version in pyconfig.known_versions(platform):
        macros = pyconfig.macros(platform, py(version))
        found = {name: macros.get(f"SIZEOF_{name}") for name in sizes}
        # sizeof(void *), __SIZEOF_LONG__
        numbers = {name: int(text) for name, text in found.items() if text and text.isdigit()}
        assert numbers == {name: sizes[name] for name in numbers}
        assert {"LONG", "VOID_P"} <= numbers.keys()


@pytest.mark.parametrize(
    ("tag", "gnu_type"),
    [
        ("manylinux_2_28_aarch64", "aarch64-unknown-linux-gnu"),
        ("linux_x86_64", "x86_64-pc-linux-gnu"),
        ("linux_i686", "i686-pc-linux-gnu"),
        ("linux_armv7l", "arm-unknown-linux-gnueabihf"),
        ("linux_ppc64le", "powerpc64le-unknown-linux-gnu"),
        ("linux_s390x", "s390x-ibm-linux-gnu"),
        ("musllinux_1_2_aarch64", "aarch64-unknown-linux-musl"),
        ("macosx_11_0_arm64", "aarch64-apple-darwin"),
        ("win_arm64", None),
    ],
)
def test_the_machine_as_configure_calls_it(tag: str, gnu_type: str | None) -> None:
    assert variables(tag).get("HOST_GNU_TYPE") == gnu_type


def test_names_of_libraries_and_programs() -> None:
    told = variables("win_arm64", "3.13t", "/p/libs-arm64")
    assert told["LIBRARY"] == told["LDLIBRARY"] == "python313t.dll"
    assert (told["EXE"], told["LIBDIR"], told["LIBDEST"]) == (".exe", "/p/libs-arm64", "/p/Lib")
    told = variables("linux_aarch64")
    assert told["LIBRARY"] == told["LDLIBRARY"] == told["INSTSONAME"] == "libpython3.13.a"
    assert told["LIBPL"] == "/p/lib/python3.13/config-3.13-aarch64-linux-gnu"
    assert (told["EXE"], told["Py_ENABLE_SHARED"]) == ("", 0)


def test_so_was_there_until_3_10() -> None:
    assert variables("linux_aarch64", "3.10")["SO"] == ".cpython-310-aarch64-linux-gnu.so"
    assert "SO" not in variables("linux_aarch64", "3.11")
