"""Describe the Python that runs this: PEP 739 ``build-details.json``, and what backends ask for.

    python -m crosshook.dump -o build-details.json
    python dump.py > build-details.json

The file needs nothing beside it: copy it to the machine or into the prefix of the target Python and
run it there, with CPython or PyPy from 3.8 on, with the GIL or without. What it writes is complete
where the files that come with Pythons are not: suffixes without a shared libpython, libraries only
if they are there, and the paths of a Python that was moved after it was built.

``arbitrary_data.crosshook`` has what PEP 739 has no key for: ``sysconfig_vars``, and on Windows
``import_libraries``, what extension modules are linked against.
"""

from __future__ import annotations

import argparse
import importlib.machinery
import json
import os
import struct
import sys
import sysconfig
from pathlib import Path
from typing import Any, Iterable

SYSCONFIG_VARS = (
    "ABIFLAGS",
    "AR",
    "ARFLAGS",
    "BASECFLAGS",
    "BINDIR",
    "BINLIBDEST",
    "BLDSHARED",
    "BUILD_GNU_TYPE",
    "CC",
    "CCSHARED",
    "CFLAGS",
    "CFLAGSFORSHARED",
    "CONFINCLUDEPY",
    "CPPFLAGS",
    "CXX",
    "EXE",
    "EXT_SUFFIX",
    "HAVE_DYNAMIC_LOADING",
    "HOST_GNU_TYPE",
    "INCLUDEDIR",
    "INCLUDEPY",
    "INSTSONAME",
    "LDCXXSHARED",
    "LDFLAGS",
    "LDLIBRARY",
    "LDSHARED",
    "LDVERSION",
    "LIBDEST",
    "LIBDIR",
    "LIBM",
    "LIBPC",
    "LIBPL",
    "LIBRARY",
    "LIBS",
    "LINKCC",
    "LINKFORSHARED",
    "MACHDEP",
    "MACOSX_DEPLOYMENT_TARGET",
    "MULTIARCH",
    "OPT",
    "PLATLIBDIR",
    "PY3LIBRARY",
    "PYTHONFRAMEWORK",
    "PYTHONFRAMEWORKDIR",
    "PYTHONFRAMEWORKPREFIX",
    "PY_CFLAGS",
    "PY_LDFLAGS",
    "Py_DEBUG",
    "Py_ENABLE_SHARED",
    "Py_GIL_DISABLED",
    "SHLIBS",
    "SHLIB_SUFFIX",
    "SIZEOF_DOUBLE",
    "SIZEOF_FLOAT",
    "SIZEOF_INT",
    "SIZEOF_LONG",
    "SIZEOF_LONG_DOUBLE",
    "SIZEOF_LONG_LONG",
    "SIZEOF_SHORT",
    "SIZEOF_SIZE_T",
    "SIZEOF_UINTPTR_T",
    "SIZEOF_VOID_P",
    "SIZEOF_WCHAR_T",
    "SIZEOF__BOOL",
    "SOABI",
    "SOABI_PLATFORM",
    "SYSLIBS",
    "VERSION",
    "py_version_nodot",
)
"""The sysconfig variables that build backends read."""

_DIRECTORIES = ("BINDIR", "BINLIBDEST", "INCLUDEDIR", "LIBDEST", "LIBDIR", "LIBPC", "LIBPL")

_WINDOWS = os.name == "nt"
# By what the kernel says of itself. An ARM one says armv8l to programs of 32 bits; their wheels are
# tagged armv7l.
_32_BIT = {"linux-x86_64": "linux-i686", "linux-aarch64": "linux-armv7l"}
_32_BIT["linux-armv8l"] = _32_BIT["linux-aarch64"]


def describe() -> dict[str, Any]:
    """Return the description of this Python, PEP 739 version 1.0; every path absolute."""
    flags = abi_flags()
    extensions = list(importlib.machinery.EXTENSION_SUFFIXES)
    data: dict[str, Any] = {
        "schema_version": "1.0",
        "base_prefix": sys.base_prefix,
        "platform": platform(),
        "language": {
            "version": "{}.{}".format(*sys.version_info),
            "version_info": _version_info(sys.version_info),
        },
        "implementation": _implementation(),
        "abi": {"flags": flags},
        # The names of bytecode have no level of optimisation since 3.5 (PEP 488).
        "suffixes": {
            "source": list(importlib.machinery.SOURCE_SUFFIXES),
            "bytecode": list(importlib.machinery.BYTECODE_SUFFIXES),
            "optimized_bytecode": list(importlib.machinery.BYTECODE_SUFFIXES),
            "debug_bytecode": list(importlib.machinery.BYTECODE_SUFFIXES),
            "extensions": extensions,
        },
        "c_api": {"headers": sysconfig.get_path("include")},
        "arbitrary_data": {"crosshook": {"sysconfig_vars": sysconfig_vars(flags, extensions)}},
    }
    interpreter = _interpreter(flags)
    if interpreter is not None:
        data["base_interpreter"] = interpreter
    if extensions:
        data["abi"]["extension_suffix"] = extensions[0]
        stable = stable_abi_suffix(flags, extensions)
        if stable is not None:
            data["abi"]["stable_abi_suffix"] = stable
    libpython = _windows_libpython(flags) if _WINDOWS else _posix_libpython()
    if libpython:
        data["libpython"] = libpython
    pkgconfig = _moved(_text("LIBPC"))
    if pkgconfig and any(Path(pkgconfig).glob("python*.pc")):
        data["c_api"]["pkgconfig_path"] = pkgconfig
    if _WINDOWS:
        data["arbitrary_data"]["crosshook"]["import_libraries"] = _import_libraries(flags)
    return data


def platform(pointer_size: int = struct.calcsize("P")) -> str:
    """Return the sysconfig platform; where the kernel's pointers are longer, the interpreter's."""
    name = sysconfig.get_platform()
    return name if pointer_size == 8 else _32_BIT.get(name, name)


def abi_flags() -> list[str]:
    """Return the flags that stand in the extension suffix, in its order: ``t``, ``d``."""
    stated = getattr(sys, "abiflags", None)
    if stated is not None and not _WINDOWS:
        return list(stated)
    # Windows has had no sys.abiflags for long, and spells d otherwise.
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    debug = hasattr(sys, "gettotalrefcount")
    return ["t"] * free_threaded + ["d"] * debug


def stable_abi_suffix(
    flags: list[str],
    extensions: list[str],
    *,
    version: tuple[int, int] = sys.version_info[:2],
    windows: bool = _WINDOWS,
) -> str | None:
    """Return the suffix of the stable ABI; None if this Python has no stable ABI.

    A Python without the GIL has one since 3.15 (PEP 803), whatever suffixes it imports.
    """
    if sys.implementation.name != "cpython":
        return None
    free_threaded = "t" in flags
    if free_threaded and version < (3, 15):
        return None
    if windows:
        return extensions[-1]
    wanted = ".abi3t" if free_threaded else ".abi3"
    # 3.15 also has suffixes that name the platform, which backends do not write.
    found = [s for s in extensions if s.startswith((wanted + ".", wanted + "-"))]
    return min(found, key=len) if found else None


def sysconfig_vars(flags: list[str], extensions: list[str]) -> dict[str, Any]:
    """Return the variables that backends read, with those that Windows has no Makefile for."""
    found = {name: sysconfig.get_config_var(name) for name in SYSCONFIG_VARS}
    found["INCLUDEPY"] = sysconfig.get_path("include")
    found["CONFINCLUDEPY"] = sysconfig.get_path("platinclude")
    for name in _DIRECTORIES:
        found[name] = _moved(_text(name)) or None
    # Windows reported .pyd up to 3.9.
    if extensions:
        found["EXT_SUFFIX"] = extensions[0]
        if found["SOABI"] is None:
            found["SOABI"] = extensions[0].strip(".").rpartition(".")[0] or None
    completed = {
        "SIZEOF_VOID_P": struct.calcsize("P"),
        "Py_GIL_DISABLED": int("t" in flags),
        "Py_DEBUG": int("d" in flags),
        "ABIFLAGS": "".join(flags),
    }
    for name, value in completed.items():
        if found[name] is None:
            found[name] = value
    return {name: value for name, value in found.items() if isinstance(value, (str, int))}


def _version_info(version: Any) -> dict[str, Any]:
    keys = ("major", "minor", "micro", "releaselevel", "serial")
    return {key: getattr(version, key) for key in keys}


def _implementation() -> dict[str, Any]:
    """Return ``sys.implementation``, as far as JSON can say it."""
    stated = vars(sys.implementation)
    data: dict[str, Any] = {
        "name": sys.implementation.name,
        "version": _version_info(sys.implementation.version),
        "hexversion": sys.implementation.hexversion,
        "cache_tag": sys.implementation.cache_tag,
    }
    more = {key: value for key, value in sorted(stated.items()) if key not in data}
    data.update({k: v for k, v in more.items() if isinstance(v, (str, int, float, bool))})
    return data


def _interpreter(flags: list[str]) -> str | None:
    base_executable = getattr(sys, "_base_executable", None) or sys.executable
    name = "python" if sys.implementation.name == "cpython" else sys.implementation.name
    versioned = "{}{}.{}{}".format(name, *sys.version_info[:2], "".join(flags))
    candidates = [os.path.join(sys.base_prefix, "bin", versioned)]
    if base_executable and not _in_virtual_environment(base_executable):
        candidates.append(base_executable)
    candidates.append(os.path.join(sys.base_prefix, "python.exe"))
    return _first_file(candidates)


def _in_virtual_environment(path: str) -> bool:
    return sys.prefix != sys.base_prefix and path.startswith(os.path.join(sys.prefix, ""))


def _posix_libpython() -> dict[str, Any]:
    """Return the libraries that are there; PyPy's ``LIBDIR`` is where its executable is."""
    libdir = _moved(_text("LIBDIR"))
    lib = os.path.join(sys.base_prefix, "lib")
    directories = [libdir, _moved(_text("LIBPL")), _text("PYTHONFRAMEWORKPREFIX"), lib]
    directories.append(os.path.join(lib, _text("MULTIARCH")))
    data: dict[str, Any] = {}
    dynamic = ("INSTSONAME", "LDLIBRARY")
    names = [_text(name) for name in dynamic if not _text(name).endswith(".a")]
    found = _first_file(_joined(directories, names))
    if found is not None:
        data["dynamic"] = found
        stable = _first_file(_joined([libdir], [_text("PY3LIBRARY")]))
        if stable is not None:
            data["dynamic_stableabi"] = stable
        # Empty but on Android and Cygwin.
        data["link_extensions"] = bool(_text("LIBPYTHON"))
    archives = [name for name in (_text("LIBRARY"), _text("LDLIBRARY")) if name.endswith(".a")]
    static = _first_file(_joined(directories, archives))
    if static is not None:
        data["static"] = static
    return data


def _windows_libpython(flags: list[str]) -> dict[str, Any]:
    versioned, stable = (f"{stem}.dll" for stem in _windows_stems(flags))
    directories = [sys.base_prefix, os.path.dirname(sys.executable or "")]
    dynamic = _first_file(_joined(directories, [versioned]))
    if dynamic is None:
        return {}
    data: dict[str, Any] = {"dynamic": dynamic}
    stable_dll = _first_file(_joined([os.path.dirname(dynamic)], [stable]))
    if stable_dll is not None:
        data["dynamic_stableabi"] = stable_dll
    return {**data, "link_extensions": True}


def _import_libraries(flags: list[str]) -> dict[str, str]:
    libs = os.path.join(sys.base_prefix, "libs")
    versioned, stable = (os.path.join(libs, f"{stem}.lib") for stem in _windows_stems(flags))
    found = {"dynamic": _first_file([versioned]), "dynamic_stableabi": _first_file([stable])}
    return {kind: path for kind, path in found.items() if path is not None}


def _windows_stems(flags: list[str]) -> tuple[str, str]:
    """Return the names of Python's DLLs without ``.dll``: ``python313t_d``, ``python3t_d``."""
    end = ("t" if "t" in flags else "") + ("_d" if "d" in flags else "")
    major, minor = sys.version_info[:2]
    return f"python{major}{minor}{end}", f"python{major}{end}"


def _text(variable: str) -> str:
    value = sysconfig.get_config_var(variable)
    return value if isinstance(value, str) else ""


def _moved(path: str) -> str:
    """Return where a path that was compiled in is now; empty if that cannot be said.

    The Makefile's variables are of the prefix that Python was configured for; the include path is
    computed from where it runs.
    """
    compiled_in, now = _text("INCLUDEPY"), sysconfig.get_path("include") or ""
    if not path or not compiled_in or compiled_in == now:
        return path
    below = os.path.relpath(now, sys.base_prefix)
    configured = compiled_in[: -len(below)]
    if not compiled_in.endswith(below) or not path.startswith(configured):
        # Computed already, or elsewhere on purpose.
        return path
    return os.path.join(sys.base_prefix, path[len(configured) :])


def _joined(directories: Iterable[str], names: Iterable[str]) -> list[str]:
    names = [name for name in names if name]
    return [os.path.join(d, name) for d in directories if d for name in names]


def _first_file(paths: Iterable[str]) -> str | None:
    return next((path for path in paths if Path(path).is_file()), None)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="dump.py",
        description="Describe the Python that runs this: PEP 739 build-details.json, and the "
        "sysconfig variables that build backends ask for.",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write; default stdout")
    options = parser.parse_args(arguments)
    text = json.dumps(describe(), indent=2) + "\n"
    if options.output is None:
        sys.stdout.write(text)
    else:
        with open(options.output, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


if __name__ == "__main__":
    main()
