"""What a target Python says of itself: PEP 739 data and sysconfig variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crosshook.errors import TargetPythonError
from crosshook.pythons.variables import pypy_variables, sysconfig_variables
from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion


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
    libraries = dict(import_libraries or {})
    return TargetPython(
        details=_details(platform, version, prefix, headers, full_version, full_version),
        sysconfig_vars=sysconfig_variables(
            platform,
            version,
            prefix=prefix,
            headers=headers,
            libraries=next((os.path.dirname(path) for path in libraries.values()), None),
        ),
        import_libraries=libraries,
    )


def describe_pypy(
    platform: Platform,
    version: PythonVersion,
    *,
    prefix: str,
    headers: str,
    full_version: str | None = None,
    pypy_version: str | None = None,
) -> TargetPython:
    """Return the description of a PyPy, as its makers build it for a platform.

    :param prefix: ``base_prefix``.
    :param headers: The directory of ``Python.h`` and ``pyconfig.h``.
    :param full_version: Of the language, ``3.11.11``, if it is known.
    :param pypy_version: ``7.3.19``, if it is known.
    """
    pypy_version = pypy_version or "7.3.0"
    return TargetPython(
        details=_details(platform, version, prefix, headers, full_version, pypy_version),
        sysconfig_vars=pypy_variables(platform, version, prefix=prefix, headers=headers),
    )


def check_pypy_is_built_for(platform: Platform, version: PythonVersion) -> None:
    """Check that enough is known of PyPy on a system to build for it.

    :raises TargetPythonError: if it is for Windows.
    """
    if platform.system.links_python:
        raise TargetPythonError(
            f"{version.title} for {platform.tag} is not supported: how modules for "
            f"{platform.system.title} are linked to PyPy's DLL is not known",
            hint=f"PyPy is supported for Linux and macOS; CPython for {platform.tag} is as well: "
            f"--python {version.dotted}",
        )


def describe_python(
    platform: Platform, version: PythonVersion, *, prefix: str, headers: str
) -> TargetPython:
    """Return the description of a Python of any implementation that is nowhere on this machine."""
    if version.implementation is CPYTHON:
        return describe_cpython(platform, version, prefix=prefix, headers=headers)
    return describe_pypy(platform, version, prefix=prefix, headers=headers)


def _details(
    platform: Platform,
    version: PythonVersion,
    prefix: str,
    headers: str,
    full_version: str | None,
    implementation_version: str | None,
) -> dict[str, Any]:
    suffixes = extension_suffixes(platform, version)
    language: dict[str, Any] = {"version": version.dotted}
    if version.implementation is not CPYTHON and full_version is not None:
        language["version_info"] = _version_info(full_version)
    info = _version_info(implementation_version or f"{version.dotted}.0")
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
        "language": language,
        "implementation": {
            "name": version.implementation.name,
            "version": info,
            "hexversion": int.from_bytes(
                (info["major"], info["minor"], info["micro"], 0xF0), "big"
            ),
            # Both builds share it, and so their bytecode.
            "cache_tag": version.cache_tag,
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


def soabi_of(platform: Platform, version: PythonVersion) -> str:
    """Return what stands in the extension suffix: ``cp313t-win_arm64``,
    ``cpython-313-aarch64-linux-gnu``, ``cpython-313-darwin``; of CPython, its ``SOABI``."""
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
