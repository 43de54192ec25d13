from __future__ import annotations

import importlib.machinery
import sys
import sysconfig

import pytest

from crosshook.pythons.build_details import check_build_details
from crosshook.pythons.description import TargetPython, describe_cpython, extension_suffixes
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion, running_python
from crosshook.target.systems import ROWS, Row
from tests.conftest import PY313, py


def platform_of(tag: str) -> Platform:
    return parse_platform(tag, source="test")


def describe(tag: str, version: PythonVersion = PY313) -> TargetPython:
    return describe_cpython(platform_of(tag), version, prefix="/p", headers="/p/include")


@pytest.mark.parametrize(
    ("tag", "soabi", "suffix", "stable"),
    [
        ("win_arm64", "cp313-win_arm64", ".cp313-win_arm64.pyd", ".pyd"),
        ("win_amd64", "cp313-win_amd64", ".cp313-win_amd64.pyd", ".pyd"),
        ("win32", "cp313-win32", ".cp313-win32.pyd", ".pyd"),
        (
            "manylinux_2_28_aarch64",
            "cpython-313-aarch64-linux-gnu",
            ".cpython-313-aarch64-linux-gnu.so",
            ".abi3.so",
        ),
        (
            "manylinux_2_28_i686",
            "cpython-313-i386-linux-gnu",
            ".cpython-313-i386-linux-gnu.so",
            ".abi3.so",
        ),
        (
            "musllinux_1_2_ppc64le",
            "cpython-313-powerpc64le-linux-musl",
            ".cpython-313-powerpc64le-linux-musl.so",
            ".abi3.so",
        ),
        ("macosx_11_0_arm64", "cpython-313-darwin", ".cpython-313-darwin.so", ".abi3.so"),
    ],
)
def test_names_of_extension_modules(tag: str, soabi: str, suffix: str, stable: str) -> None:
    python = describe(tag)
    assert python.sysconfig_vars["SOABI"] == soabi
    assert python.sysconfig_vars["EXT_SUFFIX"] == suffix
    assert python.details["abi"]["extension_suffix"] == suffix
    assert python.details["abi"]["stable_abi_suffix"] == stable
    assert python.details["suffixes"]["extensions"][0] == suffix


@pytest.mark.parametrize(
    ("version", "triplet"),
    [
        ("3.10", "arm-linux-gnueabihf"),
        ("3.11", "arm-linux-musleabihf"),
        ("3.12", "arm-linux-musleabihf"),
        ("3.14", "arm-linux-musleabihf"),
    ],
)
def test_musl_went_by_the_name_of_glibc(version: str, triplet: str) -> None:
    python = describe("musllinux_1_2_armv7l", py(version))
    assert python.sysconfig_vars["MULTIARCH"] == triplet
    assert python.sysconfig_vars["SOABI"] == f"cpython-{py(version).digits}-{triplet}"


def test_macos() -> None:
    python = describe("macosx_10_13_x86_64")
    assert python.details["platform"] == "macosx-10.13-x86_64"
    assert python.sysconfig_vars["MACOSX_DEPLOYMENT_TARGET"] == "10.13"
    assert python.sysconfig_vars["CCSHARED"] == ""
    for name in ("LDSHARED", "LDCXXSHARED", "BLDSHARED"):
        # zig crashes on -bundle.
        assert str(python.sysconfig_vars[name]).endswith(" -shared -undefined dynamic_lookup")
    assert "MACOSX_DEPLOYMENT_TARGET" not in describe("linux_x86_64").sysconfig_vars


def test_version_variable_is_spelled_as_on_the_platform() -> None:
    assert describe("win_arm64").sysconfig_vars["VERSION"] == "313"
    assert describe("linux_aarch64").sysconfig_vars["VERSION"] == "3.13"


@pytest.mark.skipif(sys.platform != "linux", reason="compares with this Python for Linux")
def test_agrees_with_this_python_where_it_describes_this_platform() -> None:
    version = running_python()
    tag = sysconfig.get_platform().replace("-", "_")
    python = describe_cpython(platform_of(tag), version, prefix="/p", headers="/p/include")
    described = list(extension_suffixes(platform_of(tag), version))
    # Debian's 3.14 takes this name of 3.15 as well.
    added = f".abi3-{python.sysconfig_vars['MULTIARCH']}.so"
    running = importlib.machinery.EXTENSION_SUFFIXES
    assert described == [suffix for suffix in running if suffix in described or suffix != added]
    for name in ("SOABI", "EXT_SUFFIX", "VERSION", "SIZEOF_VOID_P", "SHLIB_SUFFIX", "MULTIARCH"):
        assert python.sysconfig_vars[name] == sysconfig.get_config_var(name), name
    for name in ("CCSHARED", "CC", "CXX", "CFLAGS", "LDSHARED", "AR", "ARFLAGS"):
        assert isinstance(sysconfig.get_config_var(name), type(python.sysconfig_vars[name])), name


@pytest.mark.parametrize(
    ("tag", "version", "suffixes", "stable"),
    [
        ("win_arm64", "3.13t", [".cp313t-win_arm64.pyd", ".pyd"], None),
        ("win_amd64", "3.15t", [".cp315t-win_amd64.pyd", ".pyd"], ".pyd"),
        # As dynload_shlib.c has it, though nothing can be compiled for abi3 there.
        (
            "linux_x86_64",
            "3.14t",
            [".cpython-314t-x86_64-linux-gnu.so", ".abi3.so", ".so"],
            None,
        ),
        # Debian's python3.15 says so.
        (
            "linux_x86_64",
            "3.15",
            [
                ".cpython-315-x86_64-linux-gnu.so",
                ".abi3-x86_64-linux-gnu.so",
                ".abi3.so",
                ".abi3t-x86_64-linux-gnu.so",
                ".abi3t.so",
                ".so",
            ],
            ".abi3.so",
        ),
        (
            "macosx_11_0_arm64",
            "3.15",
            [
                ".cpython-315-darwin.so",
                ".abi3-darwin.so",
                ".abi3.so",
                ".abi3t-darwin.so",
                ".abi3t.so",
                ".so",
            ],
            ".abi3.so",
        ),
        (
            "linux_aarch64",
            "3.15t",
            [
                ".cpython-315t-aarch64-linux-gnu.so",
                ".abi3t-aarch64-linux-gnu.so",
                ".abi3t.so",
                ".so",
            ],
            ".abi3t.so",
        ),
    ],
)
def test_suffixes_of_other_builds(
    tag: str, version: str, suffixes: list[str], stable: str | None
) -> None:
    details = describe(tag, py(version)).details
    assert details["suffixes"]["extensions"] == suffixes
    assert details["abi"]["extension_suffix"] == suffixes[0]
    assert details["abi"].get("stable_abi_suffix") == stable


@pytest.mark.parametrize(
    ("tag", "version", "start"),
    [
        ("linux_x86_64", "3.14", "-fno-strict-overflow "),
        ("win_arm64", "3.15", "-fno-strict-overflow "),
        # Debian's python3.15 says so of these four.
        ("linux_x86_64", "3.15", "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer -fno-str"),
        ("linux_armv7l", "3.15", "-fno-omit-frame-pointer -marm -fno-strict-overflow "),
        ("linux_ppc64le", "3.15", "-fno-strict-overflow "),
        ("linux_s390x", "3.15", "-mbackchain -fno-strict-overflow "),
        ("macosx_11_0_arm64", "3.15t", "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer "),
    ],
)
def test_flags_that_keep_frame_pointers(tag: str, version: str, start: str) -> None:
    assert str(describe(tag, py(version)).sysconfig_vars["CFLAGS"]).startswith(start)


@pytest.mark.parametrize(
    ("tag", "spelled", "soabi"),
    [
        ("win_amd64", "313", "cp313t-win_amd64"),
        ("linux_aarch64", "3.13", "cpython-313t-aarch64-linux-gnu"),
    ],
)
def test_free_threaded(tag: str, spelled: str, soabi: str) -> None:
    python = describe(tag, py("3.13t"))
    assert python.details["abi"]["flags"] == ["t"]
    assert python.details["language"]["version"] == "3.13"
    assert python.details["implementation"]["cache_tag"] == "cpython-313"
    expected = {
        "SOABI": soabi,
        "VERSION": spelled,
        "LDVERSION": "3.13t",
        "ABIFLAGS": "t",
        "Py_GIL_DISABLED": 1,
        "py_version_nodot": "313",
    }
    assert {name: python.sysconfig_vars[name] for name in expected} == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.plain_tag)
@pytest.mark.parametrize("version", ["3.10", "3.13t", "3.14", "3.15t"])
def test_every_description_is_valid(row: Row, version: str) -> None:
    platform = parse_platform(row.usual_tag, source="test")
    python = describe_cpython(platform, py(version), prefix="/p", headers="/p/include")
    check_build_details(dict(python.details), source="test")
