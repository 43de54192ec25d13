"""What a target Python says of itself: PEP 739 data and sysconfig variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crosshook.platforms import Platform

# What a CPython that was built with ``./configure --enable-optimizations`` gives to extension
# modules, without the debug information.
_CFLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -O3 -Wall"


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetPython:
    """A target Python's description and where its development files are; every path absolute."""

    details: Mapping[str, Any]
    """PEP 739 ``build-details.json`` data."""
    sysconfig_vars: Mapping[str, str | int]
    """What its ``sysconfig.get_config_vars()`` answers, for the variables that backends read."""
    import_libraries: Mapping[str, str] = field(default_factory=dict)
    """Windows: ``dynamic`` and ``dynamic_stableabi``, what extension modules are linked against."""


def describe_cpython(
    platform: Platform,
    version: tuple[int, int],
    *,
    prefix: str,
    headers: str,
    import_libraries: Mapping[str, str] | None = None,
    full_version: str | None = None,
) -> TargetPython:
    """Return the description of a CPython with the GIL, as its makers build it for a platform.

    :param version: Major and minor.
    :param prefix: ``base_prefix``.
    :param headers: The directory of ``Python.h`` and ``pyconfig.h``.
    :param full_version: ``3.13.1``, if it is known.
    """
    return TargetPython(
        details=_details(platform, version, prefix, headers, full_version),
        sysconfig_vars=_variables(platform, version, headers),
        import_libraries=dict(import_libraries or {}),
    )


def _details(
    platform: Platform,
    version: tuple[int, int],
    prefix: str,
    headers: str,
    full_version: str | None,
) -> dict[str, Any]:
    windows = platform.row.system == "windows"
    dotted = "{}.{}".format(*version)
    suffixes = extension_suffixes(platform, version)
    return {
        "schema_version": "1.0",
        "base_prefix": prefix,
        "platform": platform.row.sysconfig_platform,
        "language": {"version": dotted},
        "implementation": {
            "name": "cpython",
            "version": _version_info(full_version or f"{dotted}.0"),
            "cache_tag": "cpython-{}{}".format(*version),
        },
        "abi": {
            "flags": [],
            "extension_suffix": suffixes[0],
            "stable_abi_suffix": ".pyd" if windows else ".abi3.so",
        },
        "suffixes": {
            "source": [".py", ".pyw"] if windows else [".py"],
            "bytecode": [".pyc"],
            "optimized_bytecode": [".pyc"],
            "debug_bytecode": [".pyc"],
            "extensions": list(suffixes),
        },
        "c_api": {"headers": headers},
    }


def _variables(platform: Platform, version: tuple[int, int], headers: str) -> dict[str, str | int]:
    windows = platform.row.system == "windows"
    dotted = "{}.{}".format(*version)
    variables: dict[str, str | int] = {
        "EXT_SUFFIX": extension_suffixes(platform, version)[0],
        "SOABI": soabi_of(platform, version),
        "VERSION": dotted.replace(".", "") if windows else dotted,
        "LDVERSION": dotted,
        "SIZEOF_VOID_P": platform.row.pointer_size,
        "SHLIB_SUFFIX": ".pyd" if windows else ".so",
        "INCLUDEPY": headers,
        "CONFINCLUDEPY": headers,
        "LIBDIR": "",
        "LIBDEST": "",
        "BINLIBDEST": "",
        "Py_GIL_DISABLED": 0,
        "Py_DEBUG": 0,
        # 1 makes distutils add LIBDIR, which is another machine's.
        "Py_ENABLE_SHARED": 0,
        "CC": "cc",
        "CXX": "c++",
        "CFLAGS": " ".join([_CFLAGS, *_compiler_defines(platform, version)]),
        "OPT": "-DNDEBUG -O3 -Wall",
        "CCSHARED": "" if windows else "-fPIC",
        "LDSHARED": "cc -shared",
        "LDCXXSHARED": "c++ -shared",
        "LDFLAGS": "",
        "AR": "ar",
        "ARFLAGS": "rcs",
    }
    if platform.row.multiarch is not None:
        variables["MULTIARCH"] = platform.row.multiarch
        variables["HAVE_DYNAMIC_LOADING"] = 1
    return variables


def _compiler_defines(platform: Platform, version: tuple[int, int]) -> list[str]:
    """Return what a compiler other than MSVC has to be told, since pyconfig.h does not know it."""
    windows = platform.row.system == "windows"
    # pyconfig.h looks at MSVC's own macros for the size of pointers (gh-79218).
    return (
        ["-DMS_WIN64"] if windows and platform.row.pointer_size == 8 and version < (3, 12) else []
    )


def soabi_of(platform: Platform, version: tuple[int, int]) -> str:
    """Return ``SOABI``: ``cp313-win_arm64``, ``cpython-313-aarch64-linux-gnu``."""
    digits = "{}{}".format(*version)
    if platform.row.multiarch is None:
        return f"cp{digits}-{platform.row.plain_tag}"
    return f"cpython-{digits}-{platform.row.multiarch}"


def extension_suffixes(platform: Platform, version: tuple[int, int]) -> tuple[str, ...]:
    """Return ``importlib.machinery.EXTENSION_SUFFIXES``, as CPython's ``dynload_*.c`` have them."""
    soabi = soabi_of(platform, version)
    if platform.row.system == "windows":
        return (f".{soabi}.pyd", ".pyd")
    return (f".{soabi}.so", ".abi3.so", ".so")


def _version_info(text: str) -> dict[str, Any]:
    major, minor, micro = (int(part) for part in text.split(".")[:3])
    return {
        "major": major,
        "minor": minor,
        "micro": micro,
        "releaselevel": "final",
        "serial": 0,
    }
