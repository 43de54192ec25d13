"""What a target Python says of itself: PEP 739 data and sysconfig variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

# What a CPython that was built with ``./configure --enable-optimizations`` gives to extension
# modules, without the debug information.
_CFLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -O3 -Wall"
# What it gives them in front of that from 3.15 on, by processor, so that the stack can be walked
# (PEP 831): as Debian's Pythons have it.
_FRAME_POINTERS = {
    "armv7l": "-fno-omit-frame-pointer -marm",
    "ppc64le": "",
    "s390x": "-mbackchain",
}
_USUAL_FRAME_POINTERS = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer"


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
    version: PythonVersion,
    *,
    prefix: str,
    headers: str,
    import_libraries: Mapping[str, str] | None = None,
    full_version: str | None = None,
) -> TargetPython:
    """Return the description of a CPython, as its makers build it for a platform.

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
    version: PythonVersion,
    prefix: str,
    headers: str,
    full_version: str | None,
) -> dict[str, Any]:
    suffixes = extension_suffixes(platform, version)
    info = _version_info(full_version or f"{version.dotted}.0")
    abi: dict[str, Any] = {
        "flags": [version.threads] if version.free_threaded else [],
        "extension_suffix": suffixes[0],
    }
    if version.stable_abi is not None:
        abi["stable_abi_suffix"] = platform.system.stable_abi_suffix(version.stable_abi)
    return {
        "schema_version": "1.0",
        "base_prefix": prefix,
        "platform": platform.sysconfig_platform,
        "language": {"version": version.dotted},
        "implementation": {
            "name": "cpython",
            "version": info,
            "hexversion": int.from_bytes(
                (info["major"], info["minor"], info["micro"], 0xF0), "big"
            ),
            # Both builds share it, and so their bytecode.
            "cache_tag": f"cpython-{version.nodot}",
        },
        "abi": abi,
        "suffixes": {
            "source": list(platform.system.source_suffixes),
            "bytecode": [".pyc"],
            "optimized_bytecode": [".pyc"],
            "debug_bytecode": [".pyc"],
            "extensions": list(suffixes),
        },
        "c_api": {"headers": headers},
    }


def _variables(platform: Platform, version: PythonVersion, headers: str) -> dict[str, str | int]:
    windows = platform.system.links_python
    variables: dict[str, str | int] = {
        "EXT_SUFFIX": extension_suffixes(platform, version)[0],
        "SOABI": soabi_of(platform, version),
        "VERSION": version.nodot if windows else version.dotted,
        "LDVERSION": str(version),
        "ABIFLAGS": version.threads,
        "py_version_nodot": version.nodot,
        "SIZEOF_VOID_P": platform.row.processor.pointer_size,
        "SHLIB_SUFFIX": platform.system.module_end,
        "INCLUDEPY": headers,
        "CONFINCLUDEPY": headers,
        "LIBDIR": "",
        "LIBDEST": "",
        "BINLIBDEST": "",
        "Py_GIL_DISABLED": int(version.free_threaded),
        "Py_DEBUG": 0,
        # 1 makes distutils add LIBDIR, which is another machine's.
        "Py_ENABLE_SHARED": 0,
        "CC": "cc",
        "CXX": "c++",
        "CFLAGS": " ".join(_compiler_flags(platform, version)),
        "OPT": "-DNDEBUG -O3 -Wall",
        "CCSHARED": "" if windows else "-fPIC",
        "LDSHARED": "cc -shared",
        "LDCXXSHARED": "c++ -shared",
        "LDFLAGS": "",
        "AR": "ar",
        "ARFLAGS": "rcs",
    }
    triplet = platform.system.triplet(platform.row, version)
    if triplet is not None:
        variables["MULTIARCH"] = triplet
        variables["HAVE_DYNAMIC_LOADING"] = 1
        if version.numbers >= (3, 15):
            variables["SOABI_PLATFORM"] = triplet
    if platform.macos is not None:
        variables.update(_macos_variables(platform.macos))
    return variables


def _macos_variables(deployment_target: tuple[int, int]) -> dict[str, str | int]:
    """Return what CPython's configure says otherwise on macOS; code there is always PIC."""
    return {
        "MACOSX_DEPLOYMENT_TARGET": "{}.{}".format(*deployment_target),
        "CCSHARED": "",
        "LDSHARED": "cc -bundle -undefined dynamic_lookup",
        "LDCXXSHARED": "c++ -bundle -undefined dynamic_lookup",
    }


def _compiler_flags(platform: Platform, version: PythonVersion) -> list[str]:
    flags = [_CFLAGS]
    if version.numbers >= (3, 15) and not platform.system.links_python:
        flags.insert(0, _FRAME_POINTERS.get(platform.row.arch, _USUAL_FRAME_POINTERS))
    if "MS_WIN64" in platform.system.module_defines(platform.row, version):
        flags.append("-DMS_WIN64")
    return [flag for flag in flags if flag]


def soabi_of(platform: Platform, version: PythonVersion) -> str:
    """Return ``SOABI``: ``cp313t-win_arm64``, ``cpython-313-aarch64-linux-gnu``,
    ``cpython-313-darwin``."""
    return platform.system.soabi(platform.row, version)


def extension_suffixes(platform: Platform, version: PythonVersion) -> tuple[str, ...]:
    """Return ``importlib.machinery.EXTENSION_SUFFIXES``."""
    own = f".{soabi_of(platform, version)}{platform.system.module_end}"
    return (own, *platform.system.shared_suffixes(platform.row, version))


def _version_info(text: str) -> dict[str, Any]:
    major, minor, micro = (int(part) for part in text.split(".")[:3])
    return {
        "major": major,
        "minor": minor,
        "micro": micro,
        "releaselevel": "final",
        "serial": 0,
    }
