from __future__ import annotations

import importlib.machinery
import sys
import sysconfig

import pytest

from crosshook.platforms import Platform, parse_platform
from crosshook.pythons.description import TargetPython, describe_cpython, extension_suffixes


def platform_of(tag: str) -> Platform:
    return parse_platform(tag, source="test")


def describe(tag: str, version: tuple[int, int] = (3, 13)) -> TargetPython:
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
    ],
)
def test_names_of_extension_modules(tag: str, soabi: str, suffix: str, stable: str) -> None:
    python = describe(tag)
    assert python.sysconfig_vars["SOABI"] == soabi
    assert python.sysconfig_vars["EXT_SUFFIX"] == suffix
    assert python.details["abi"]["extension_suffix"] == suffix
    assert python.details["abi"]["stable_abi_suffix"] == stable
    assert python.details["suffixes"]["extensions"][0] == suffix


def test_version_variable_is_spelled_as_on_the_platform() -> None:
    assert describe("win_arm64").sysconfig_vars["VERSION"] == "313"
    assert describe("linux_aarch64").sysconfig_vars["VERSION"] == "3.13"


@pytest.mark.skipif(sys.platform != "linux", reason="compares with this Python for Linux")
@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")), reason="describes Pythons with the GIL"
)
def test_agrees_with_this_python_where_it_describes_this_platform() -> None:
    version = sys.version_info[:2]
    tag = sysconfig.get_platform().replace("-", "_")
    python = describe_cpython(platform_of(tag), version, prefix="/p", headers="/p/include")
    assert list(extension_suffixes(platform_of(tag), version)) == list(
        importlib.machinery.EXTENSION_SUFFIXES
    )
    for name in ("SOABI", "EXT_SUFFIX", "VERSION", "SIZEOF_VOID_P", "SHLIB_SUFFIX", "MULTIARCH"):
        assert python.sysconfig_vars[name] == sysconfig.get_config_var(name), name
    for name in ("CCSHARED", "CC", "CXX", "CFLAGS", "LDSHARED", "AR", "ARFLAGS"):
        assert isinstance(sysconfig.get_config_var(name), type(python.sysconfig_vars[name])), name
