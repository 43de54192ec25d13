"""CMake: a toolchain file, which says all that CMake would find out about this machine instead.

* CMake reads the variable ``CMAKE_TOOLCHAIN_FILE`` from 3.21 on; for older ones it is in
  ``CMAKE_ARGS``, which scikit-build-core and many a ``setup.py`` pass on. The user's own toolchain
  file is read at the end of ours, and what it sets wins.
* FindPython's artifacts and pybind11's are given by name. What CMake asks the interpreter, the
  overlay answers; a module of ours in front of FindPython has it ask. For systems where modules are
  not linked to Python, the library is an archive without members: FindPython's ``Development``
  wants one.
* Libraries, headers and packages are found below ``CMAKE_FIND_ROOT_PATH`` alone: packages of the
  build environment and of the target, C libraries for the target, the project, the build, and what
  the user names. Programs are found as always.
* What is installed has its RPATH from the start: changing it takes a tool that knows the format.
* For Windows, what a ``setup.py`` takes for granted of Visual Studio: the build type is Release
  where nobody says another, and static libraries are where it would put them, as well.
* Compilers are one word for CMake; longer commands get a launcher. So do a ``strip`` that does
  nothing, since the linker strips, and the emulator, which leaves the build machine's Python alone.

Variables are as cmake-variables(7), cmake-toolchains(7) and FindPython document them, for CMake
3.15 and newer.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping

from crosshook.adapters._build_tools import define_flags, unused_import_library
from crosshook.adapters.plan import RUNNER, SCRATCH, BuildMachine, Plan, filled
from crosshook.libraries.prefix import prefixes_of
from crosshook.project import Project
from crosshook.target import Target, Toolchain
from crosshook.target.implementations import CPYTHON

_DIRECTORY = f"{SCRATCH}/cmake"

TOOLCHAIN_FILE = f"{_DIRECTORY}/toolchain.cmake"

_TOOLS: Mapping[str, tuple[str, ...]] = {
    "cc": ("CMAKE_C_COMPILER",),
    "cxx": ("CMAKE_CXX_COMPILER",),
    "fc": ("CMAKE_Fortran_COMPILER",),
    "ar": ("CMAKE_AR", "CMAKE_C_COMPILER_AR", "CMAKE_CXX_COMPILER_AR"),
    "ranlib": ("CMAKE_RANLIB", "CMAKE_C_COMPILER_RANLIB", "CMAKE_CXX_COMPILER_RANLIB"),
    "strip": ("CMAKE_STRIP",),
    "dlltool": ("CMAKE_DLLTOOL",),
}
"""By tool of a toolchain: CMake's variables that name it."""

_EMPTY_ARCHIVE = "!<arch>\n"

_DOES_NOTHING = "#!/bin/sh\nexit 0\n"

_NO_INSTALL_NAME_TOOL = """\
#!/bin/sh
llvm=$(command -v llvm-install-name-tool) && exec "$llvm" "$@"
echo "install_name_tool: not on this machine; the package is llvm" >&2
exit 1
"""

_RANLIB_FOR_WINDOWS = """\
#!/bin/sh
{command} "$@" || exit
for word do
  case $word in
    *.a)
      name=${word##*/lib}
      [ "$name" = "$word" ] && name=${word#lib}
      case $word in */*) place=${word%/*}/Release ;; *) place=Release ;; esac
      mkdir -p "$place" && cp "$word" "$place/${name%.a}.lib" || exit ;;
  esac
done
"""
"""Puts each static library where Visual Studio would, as well, under the name that it would have:
many a ``setup.py`` that builds one for Windows links it from there."""

_FIND_PYTHON = """\
# {name}, told that it does not cross-compile: what it then asks the interpreter, the overlay
# answers for the target. Otherwise it would leave out the suffix of modules, or want an emulator.
set(_crosshook_path "${CMAKE_MODULE_PATH}")
set(_crosshook_cross "${CMAKE_CROSSCOMPILING}")
list(REMOVE_ITEM CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
set(CMAKE_CROSSCOMPILING FALSE)
# A library that no requested component needs makes some releases refuse the stable ABI's.
if({prefix}_FIND_COMPONENTS MATCHES "Development(;|$)|Development.Embed|Development.Module")
  if(NOT {prefix}_LIBRARY AND ("@EVERY@" OR NOT "${{prefix}_FIND_COMPONENTS}" MATCHES "Module"))
    set({prefix}_LIBRARY "@LIBRARY@")
  endif()
elseif({prefix}_FIND_COMPONENTS)
  unset({prefix}_LIBRARY)
  unset({prefix}_LIBRARY CACHE)
endif()
include({name})
if(NOT "@SOABI@" STREQUAL "")
  # It is sysconfig's, in which PyPy leaves out the platform that its modules are named with.
  set({prefix}_SOABI "@SOABI@")
endif()
set(CMAKE_CROSSCOMPILING "${_crosshook_cross}")
set(CMAKE_MODULE_PATH "${_crosshook_path}")
"""

_RULES = {
    "windows": """\
# What the compilers of official wheels call a library for Windows: without "lib".
set(CMAKE_SHARED_LIBRARY_PREFIX "")
set(CMAKE_SHARED_MODULE_PREFIX "")
""",
    "macos": """\
# Since macOS 10.5 there are search paths for libraries; CMake asks sw_vers, which only a Mac has.
foreach(_crosshook_language C CXX)
  set(CMAKE_SHARED_LIBRARY_RUNTIME_${_crosshook_language}_FLAG "-Wl,-rpath,")
endforeach()
""",
}
"""By system: what is included behind CMake's own files about it."""

_PYTHONS_LIBRARY = """\
# With MSVC, Python's headers name it, and projects need not. Last, so that any other of Python's,
# such as the stable ABI's, wins; what uses nothing of Python is not linked to it.
foreach(_crosshook_language C CXX)
  string(APPEND CMAKE_${_crosshook_language}_STANDARD_LIBRARIES_INIT " \\"@LIBRARY@\\"")
endforeach()
"""

_NO_LINK_TIME_OPTIMISATION = """\
# zig links what is optimised so for ELF alone. The code does the same without.
foreach(_crosshook_language C CXX)
  foreach(_crosshook_step COMPILE LINK)
    set(CMAKE_${_crosshook_language}_${_crosshook_step}_OPTIONS_IPO "")
  endforeach()
endforeach()
"""

_ROOTS = """\
file(TO_CMAKE_PATH "$ENV{CMAKE_PREFIX_PATH}" _crosshook_prefixes)
list(APPEND CMAKE_FIND_ROOT_PATH ${_crosshook_prefixes} ${CMAKE_PREFIX_PATH})
get_cmake_property(_crosshook_names CACHE_VARIABLES)
foreach(_crosshook_name IN LISTS _crosshook_names)
  if(_crosshook_name MATCHES "_(ROOT|ROOT_DIR)$" AND NOT _crosshook_name MATCHES "^(CMAKE|Python)")
    list(APPEND CMAKE_FIND_ROOT_PATH ${${_crosshook_name}})
  endif()
endforeach()
list(APPEND CMAKE_FIND_ROOT_PATH "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}")
foreach(_crosshook_kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${_crosshook_kind} ONLY)
endforeach()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_USE_PACKAGE_REGISTRY OFF)
set(CMAKE_FIND_USE_SYSTEM_PACKAGE_REGISTRY OFF)
"""


def plan(target: Target, project: Project, machine: BuildMachine) -> Plan:
    """Return what makes CMake build for the target."""
    toolchain = target.toolchain
    if toolchain is None:
        return Plan()
    if toolchain.argument_syntax == "msvc":
        # The generators for Visual Studio choose the compiler by it.
        arch = target.platform.system.msvc_arch(target.platform.row) or ""
        generator = {"x86": "Win32", "arm64": "ARM64"}.get(arch, arch)
        return Plan(environ={"CMAKE_GENERATOR_PLATFORM": generator})
    programs = _programs(target, toolchain, machine)
    files = {f"cmake/{name}": text for name, text in programs.items()}
    executables = frozenset(files)
    for prefix in ("Python", "Python3"):
        files[f"cmake/modules/Find{prefix}.cmake"] = _find_python_module(target, prefix)
    files["cmake/rules.cmake"] = _rules(target, toolchain)
    if not target.platform.system.links_python:
        files[f"cmake/{_archive_name(target)}"] = _EMPTY_ARCHIVE
    files["cmake/toolchain.cmake"] = "\n".join(_lines(target, toolchain, project, machine)) + "\n"
    users = machine.environ.get("CMAKE_ARGS", "")
    arguments = f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN_FILE} {_without_toolchain_file(users)}"
    return Plan(
        environ={"CMAKE_TOOLCHAIN_FILE": TOOLCHAIN_FILE, "CMAKE_ARGS": arguments.strip()},
        files=files,
        executables=executables,
    )


def _rules(target: Target, toolchain: Toolchain) -> str:
    """Return what is set once CMake knows the platform and the compiler."""
    zig = toolchain.name.partition(" ")[0] == "zig"
    rules = _RULES.get(target.platform.system.name, "")
    library = target.import_libraries.get("dynamic")
    if target.platform.system.links_python and library is not None:
        rules += _PYTHONS_LIBRARY.replace("@LIBRARY@", library)
    if zig and target.platform.row.machine[0] != "ELF":
        rules += _NO_LINK_TIME_OPTIMISATION
    return rules


def _find_python_module(target: Target, prefix: str) -> str:
    found, cpython = find_python(target), target.python_version.implementation is CPYTHON
    texts = {
        "{name}": f"Find{prefix}",
        "{prefix}": prefix,
        "@EVERY@": "ON" if target.platform.system.links_python else "",
        "@LIBRARY@": found["LIBRARY"],
        "@SOABI@": "" if cpython else found["SOABI"],
    }
    return filled(_FIND_PYTHON, texts)


_NAMED_FILE = re.compile(r"-D\s*CMAKE_TOOLCHAIN_FILE(?::\w+)?=(?P<file>\S*)")


def _without_toolchain_file(arguments: str) -> str:
    return _NAMED_FILE.sub("", arguments)


def _users_file(environ: Mapping[str, str]) -> str | None:
    named = _NAMED_FILE.search(environ.get("CMAKE_ARGS", ""))
    return (named["file"] if named else environ.get("CMAKE_TOOLCHAIN_FILE")) or None


def _programs(target: Target, toolchain: Toolchain, machine: BuildMachine) -> dict[str, str]:
    """Return the text of the programs that the toolchain file names, by file name."""
    programs = {"strip": _DOES_NOTHING} if "strip" not in toolchain.commands else {}
    for tool in _TOOLS:
        command = toolchain.commands.get(tool, ())
        if len(command) > 1:
            programs[tool] = f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'
    if target.platform.system.name == "windows" and "ranlib" in toolchain.commands:
        ranlib = shlex.join(toolchain.commands["ranlib"])
        programs["ranlib"] = _RANLIB_FOR_WINDOWS.replace("{command}", ranlib)
    if target.platform.system.name == "macos":
        programs["install_name_tool"] = _NO_INSTALL_NAME_TOOL
    if machine.runner:
        programs["run"] = (
            '#!/bin/sh\ncase ${1##*/} in python*) exec "$@" ;; esac\n'
            f'exec "{SCRATCH}/{RUNNER}" "$@"\n'
        )
    return programs


def _lines(
    target: Target, toolchain: Toolchain, project: Project, machine: BuildMachine
) -> Iterator[str]:
    system, row = target.platform.system, target.platform.row
    programs = _programs(target, toolchain, machine)
    yield _set("CMAKE_SYSTEM_NAME", system.platform_system)
    yield _set("CMAKE_SYSTEM_PROCESSOR", row.platform_machine)
    if project.settings.project_sees == "target":
        # Projects go by it for flags, as if there were no other machine.
        yield _set("CMAKE_HOST_SYSTEM_PROCESSOR", row.platform_machine)
    version = _system_version(target)
    if version is not None:
        yield _set("CMAKE_SYSTEM_VERSION", version)
    for tool, variables in _TOOLS.items():
        program = f"{_DIRECTORY}/{tool}" if tool in programs else None
        command = toolchain.commands.get(tool, ())
        if program or command:
            yield from (_set(variable, program or command[0]) for variable in variables)
    flags = " ".join(define_flags(target))
    for language in ("C", "CXX") if flags else ():
        yield _set(f"CMAKE_{language}_FLAGS_INIT", flags)
    for kind in ("EXE", "SHARED"):
        yield _set(f"CMAKE_{kind}_LINKER_FLAGS_INIT", "-s")
    module = system.module_link_flags(unused_import_library())
    yield _set("CMAKE_MODULE_LINKER_FLAGS_INIT", shlex.join(module))
    yield _set("CMAKE_USER_MAKE_RULES_OVERRIDE", f"{_DIRECTORY}/rules.cmake")
    if system.name == "windows":
        # Visual Studio is told when it builds, and not when it is configured.
        yield _cached("CMAKE_BUILD_TYPE", "Release")
    if "install_name_tool" in programs:
        yield _set("CMAKE_INSTALL_NAME_TOOL", f"{_DIRECTORY}/install_name_tool")
        yield _set("CMAKE_OSX_ARCHITECTURES", row.arch)
        deployment = system.compiler_environ(target.platform)["MACOSX_DEPLOYMENT_TARGET"]
        yield _set("CMAKE_OSX_DEPLOYMENT_TARGET", deployment)
    if "run" in programs:
        yield _set("CMAKE_CROSSCOMPILING_EMULATOR", f"{_DIRECTORY}/run")
    yield _set("CMAKE_BUILD_WITH_INSTALL_RPATH", "ON")
    yield _set("CMAKE_BUILD_WITH_INSTALL_NAME_DIR", "ON")
    yield f"list(PREPEND CMAKE_MODULE_PATH {_quoted(f'{_DIRECTORY}/modules')})"
    yield from _python(target, machine)
    if any(prefix.has_multiarch for prefix in prefixes_of(target)):
        yield _set("CMAKE_LIBRARY_ARCHITECTURE", str(row.multiarch))
    roots = [*target.libraries, target.target_packages, target.sysroot]
    roots += [*machine.site_packages, str(project.root)]
    for root in [*roots, SCRATCH]:
        if root is not None:
            yield f"list(APPEND CMAKE_FIND_ROOT_PATH {_quoted(root)})"
    yield _ROOTS
    files = (toolchain.cross_files.get("cmake"), _users_file(machine.environ))
    if any(files):
        yield "set(_crosshook_roots ${CMAKE_FIND_ROOT_PATH})"
        yield from (
            f"include({_quoted(os.path.abspath(project.root / file))})" for file in files if file
        )
        # An SDK's file names its sysroot as the only one. What a project requires is elsewhere.
        yield "list(APPEND CMAKE_FIND_ROOT_PATH ${_crosshook_roots})"


def _system_version(target: Target) -> str | None:
    if target.platform.system.name == "windows":
        return "10.0"
    # Of Linux, no tag says it.
    return target.platform.system.uname(target.platform).get("r")


def find_python(target: Target) -> Mapping[str, str]:
    """Return what FindPython would find out about the target, by the ends of its variables' names.

    Empty where the target has no such thing.
    """
    suffix = target.extension_suffixes[0] if target.extension_suffixes else ""
    has_stable_abi = target.python_version.implementation is CPYTHON
    stable_abi = target.platform.system.stable_abi_suffix("abi3") if has_stable_abi else ""
    return {
        "INCLUDE_DIR": target.headers or "",
        "LIBRARY": target.import_libraries.get("dynamic", f"{_DIRECTORY}/{_archive_name(target)}"),
        "SABI_LIBRARY": target.import_libraries.get("dynamic_stableabi", ""),
        "SOABI": suffix.strip(".").rpartition(".")[0],
        "SOSABI": stable_abi.strip(".").rpartition(".")[0],
    }


def _python(target: Target, machine: BuildMachine) -> Iterator[str]:
    """Yield what FindPython, FindPythonLibs and pybind11 would find out.

    As cache entries: what a project says on CMake's command line wins.
    """
    modern = {"EXECUTABLE": machine.python, **find_python(target)}
    classic = {name: modern[name] for name in ("EXECUTABLE", "INCLUDE_DIR", "LIBRARY")}
    classic["MODULE_EXTENSION"] = target.extension_suffixes[0] if target.extension_suffixes else ""
    if not target.platform.system.links_python:
        # See FindPython.cmake among the modules.
        del modern["LIBRARY"]
    for prefix, values in (("Python", modern), ("Python3", modern), ("PYTHON", classic)):
        for name, value in values.items():
            if value:
                yield _cached(f"{prefix}_{name}", value)
    yield _cached("PYTHON_MODULE_DEBUG_POSTFIX", "")
    yield _cached("PYTHON_IS_DEBUG", "FALSE")


def _archive_name(target: Target) -> str:
    return f"lib{target.python_version.program}.a"


def _set(name: str, value: str) -> str:
    return f"set({name} {_quoted(value)})"


def _cached(name: str, value: str) -> str:
    return f'set({name} {_quoted(value)} CACHE STRING "")'


def _quoted(text: str) -> str:
    """Return an argument for CMake; a path with forward slashes, as CMake has it everywhere."""
    escaped = text.replace("\\", "/").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
