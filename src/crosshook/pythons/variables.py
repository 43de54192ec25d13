"""What ``sysconfig.get_config_vars()`` answers in a target Python.

On POSIX these are the variables of CPython's Makefile; those of its pyconfig.h, which sysconfig
adds, stand in that file. On Windows CPython has a dozen; the others are what setuptools and mypyc
ask for where the compiler is not MSVC. Compared with Debian's Pythons, python-build-standalone's
for macOS, and CPython's ``Lib/sysconfig`` for Windows. Left out is what says how and where one
Python was built: sources, objects, tests, the compilers' paths and the flags of its own modules.
"""

from __future__ import annotations

from collections.abc import Mapping

from crosshook.target.c_types import c_sizes
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

Variables = Mapping[str, "str | int"]

_BASE_FLAGS = "-fno-strict-overflow -Wsign-compare"
_OPT = "-DNDEBUG -O3 -Wall"
# What CPython gives to extension modules in front of that from 3.15 on, by processor, so that the
# stack can be walked (PEP 831): as Debian's Pythons have it.
_FRAME_POINTERS = {
    "armv7l": "-fno-omit-frame-pointer -marm",
    "ppc64le": "",
    "s390x": "-mbackchain",
}
_USUAL_FRAME_POINTERS = "-fno-omit-frame-pointer -mno-omit-leaf-frame-pointer"


def sysconfig_variables(
    platform: Platform, version: PythonVersion, *, prefix: str, headers: str, libraries: str | None
) -> Variables:
    """Return the variables of a CPython, as its makers build it for a platform.

    :param prefix: ``base_prefix``.
    :param headers: The directory of ``Python.h`` and ``pyconfig.h``.
    :param libraries: Windows: the directory of import libraries; None for the usual one.
    """
    system = platform.system
    own = f".{system.soabi(platform.row, version)}{system.module_end}"
    stdlib = f"{prefix}/{system.layout.stdlib.format(version=version)}"
    variables: dict[str, str | int] = {
        "ABIFLAGS": version.threads,
        "BINLIBDEST": stdlib,
        "CONFINCLUDEPY": headers,
        "EXE": system.program_end,
        "EXT_SUFFIX": own,
        "INCLUDEPY": headers,
        "LDVERSION": str(version),
        "LIBDEST": stdlib,
        "Py_DEBUG": 0,
        "Py_GIL_DISABLED": int(version.free_threaded),
        "SHLIB_SUFFIX": system.module_end,
        "SOABI": system.soabi(platform.row, version),
        "py_version_nodot": version.nodot,
        **{f"SIZEOF_{name}": size for name, size in c_sizes(platform.row).items()},
        **_compilers(platform, version),
    }
    if version.numbers < (3, 11):
        variables["SO"] = own
    if system.os_name == "nt":
        return {**variables, **_windows(version, prefix, libraries)}
    return {**variables, **_posix(platform, version, prefix, stdlib)}


def pypy_variables(
    platform: Platform, version: PythonVersion, *, prefix: str, headers: str
) -> Variables:
    """Return the variables of a PyPy: those of its ``_sysconfigdata.py``.

    Compared with Debian's PyPys for Python 3.9 and 3.11 on aarch64, but for flags that are about
    their own builds. PyPy for 3.9 has no ``HOST_GNU_TYPE``, which ``configure`` is told by.

    :param prefix: ``base_prefix``.
    :param headers: The directory of ``Python.h`` and ``pyconfig.h``.
    """
    system, implementation = platform.system, version.implementation
    suffix = f".{system.soabi(platform.row, version)}{system.module_end}"
    of_compilers = _compilers(platform, version)
    kept = ("AR", "ARFLAGS", "CC", "CCSHARED", "CXX", "LDCXXSHARED", "LDFLAGS", "LDSHARED")
    flags = "-DNDEBUG -O2"
    variables: dict[str, str | int] = {
        **{name: of_compilers[name] for name in kept},
        "ABIFLAGS": "",
        "CFLAGS": flags,
        "CONFINCLUDEPY": headers,
        "EXE": "",
        "EXT_SUFFIX": suffix,
        "INCLUDEPY": headers,
        "LDLIBRARY": f"lib{version.program}-c{system.library_end}",
        "LDVERSION": version.dotted,
        "LIBDIR": f"{prefix}/bin",
        "LIBRARY": "",
        "OPT": flags,
        "Py_DEBUG": 0,
        "Py_ENABLE_SHARED": 0,
        "SHLIB_SUFFIX": system.module_end,
        "SIZEOF_VOID_P": platform.row.processor.pointer_size,
        "SO": suffix,
        "SOABI": f"{implementation.name}{version.nodot}-{implementation.abi}",
        "VERSION": version.dotted,
        "py_version_nodot": version.nodot,
    }
    return {**variables, **_names_of_platform(platform, version)}


def _windows(version: PythonVersion, prefix: str, libraries: str | None) -> Variables:
    dll = f"python{version.digits}.dll"
    return {
        "BINDIR": prefix,
        "LDLIBRARY": dll,
        "LIBDIR": libraries if libraries is not None else f"{prefix}/libs",
        "LIBRARY": dll,
        "Py_ENABLE_SHARED": 0,
        "VERSION": version.nodot,
    }


def _posix(platform: Platform, version: PythonVersion, prefix: str, stdlib: str) -> Variables:
    """Return the variables of a Python without a shared library of its own.

    Such are those of the manylinux images; and with one, distutils adds ``LIBDIR`` to where the
    linker looks, in which there may be other libraries than the target's.
    """
    triplet = platform.system.triplet(platform.row, version)
    library = f"libpython{version}.a"
    variables: dict[str, str | int] = {
        "BINDIR": f"{prefix}/bin",
        "HAVE_DYNAMIC_LOADING": 1,
        "INCLUDEDIR": f"{prefix}/include",
        "INSTSONAME": library,
        "LDLIBRARY": library,
        "LIBDIR": f"{prefix}/lib",
        "LIBPL": f"{stdlib}/config-{version}-{triplet}",
        "LIBRARY": library,
        "MACHDEP": platform.system.sys_platform,
        "PLATLIBDIR": "lib",
        "PY3LIBRARY": "",
        "PYTHONFRAMEWORK": "",
        "PYTHONFRAMEWORKDIR": "no-framework",
        "PYTHONFRAMEWORKPREFIX": "",
        "Py_ENABLE_SHARED": 0,
        "VERSION": version.dotted,
    }
    if triplet is not None and version.numbers >= (3, 15):
        variables["SOABI_PLATFORM"] = triplet
    return {**variables, **_names_of_platform(platform, version)}


def _names_of_platform(platform: Platform, version: PythonVersion) -> Variables:
    variables: dict[str, str | int] = {}
    triplet = platform.system.triplet(platform.row, version)
    if triplet is not None:
        variables["MULTIARCH"] = triplet
    gnu_type = platform.system.gnu_type(platform.row)
    if gnu_type is not None:
        variables["BUILD_GNU_TYPE"] = variables["HOST_GNU_TYPE"] = gnu_type
    if platform.macos is not None:
        variables["MACOSX_DEPLOYMENT_TARGET"] = "{}.{}".format(*platform.macos)
    return variables


def _compilers(platform: Platform, version: PythonVersion) -> Variables:
    """Return compilers and flags, with the names that every machine has for compilers."""
    flags = " ".join(_compiler_flags(platform, version))
    # Code for Windows and macOS is always position-independent.
    elf = platform.row.machine[0] == "ELF"
    # Modules for macOS are bundles; a library, which Python loads as well, is what both zig and
    # Apple's compilers can link.
    shared = "-shared" if platform.macos is None else "-shared -undefined dynamic_lookup"
    pic = "-fPIC" if elf else ""
    return {
        "AR": "ar",
        "ARFLAGS": "rcs",
        "BASECFLAGS": _BASE_FLAGS,
        "BLDSHARED": f"cc {shared}",
        "CC": "cc",
        "CCSHARED": pic,
        "CFLAGS": flags,
        "CFLAGSFORSHARED": pic,
        "CPPFLAGS": "",
        "CXX": "c++",
        "LDCXXSHARED": f"c++ {shared}",
        "LDFLAGS": "",
        "LDSHARED": f"cc {shared}",
        "LIBM": "-lm" if elf else "",
        "LIBS": "",
        "LINKCC": "cc",
        "LINKFORSHARED": "-Xlinker -export-dynamic" if elf else "",
        "OPT": _OPT,
        "PY_CFLAGS": flags,
        "PY_LDFLAGS": "",
        "SHLIBS": "",
        "SYSLIBS": "-lm" if elf else "",
    }


def _compiler_flags(platform: Platform, version: PythonVersion) -> list[str]:
    """Return what a CPython that was built with ``./configure --enable-optimizations`` gives to
    extension modules, without the debug information."""
    flags = [_BASE_FLAGS, _OPT]
    if version.numbers >= (3, 15) and not platform.system.links_python:
        flags.insert(0, _FRAME_POINTERS.get(platform.row.arch, _USUAL_FRAME_POINTERS))
    if "MS_WIN64" in platform.system.module_defines(platform.row, version):
        flags.append("-DMS_WIN64")
    return [flag for flag in flags if flag]
