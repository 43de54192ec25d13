"""What build tools other than CMake and Cargo are told: make, pkg-config, Go, configure."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from crosshook._types import Command
from crosshook.adapters.known_packages import pkgconfig_directories
from crosshook.adapters.plan import RUNNER, SCRATCH, BuildMachine, Plan, filled
from crosshook.target import TOOL_VARIABLES, Target, Toolchain
from crosshook.toolchains.flags.machine_directories import machine_directories

_GO_ARCHITECTURES: Mapping[str, Mapping[str, str]] = {
    "aarch64": {"GOARCH": "arm64"},
    "arm": {"GOARCH": "arm", "GOARM": "7"},
    "loongarch64": {"GOARCH": "loong64"},
    "ppc64": {"GOARCH": "ppc64le"},
    "riscv64": {"GOARCH": "riscv64"},
    "s390x": {"GOARCH": "s390x"},
    "x86": {"GOARCH": "386"},
    "x86_64": {"GOARCH": "amd64"},
}
"""By Meson's CPU family; ``go tool dist list`` has them."""

_CONFIG_SITE = """\
# Read by the configure scripts of Autoconf before they look at anything.
if test -z "$host_alias"; then
  host_alias={host}
  cross_compiling=yes
fi
"""
_LIKE_APPLES_LD = """\
# libtool would ask this machine's ld.
lt_cv_prog_gnu_ld=no
lt_cv_prog_gnu_ldcxx=no
"""


_LAUNCHER = """\
#!/bin/sh
shared=
named=
for word do
  case $word in
    -shared | -dynamiclib | -bundle) shared=yes ;;
    /LD | -LD) shared=msvc ;;
    *--out-implib*) named=yes ;;
    [-/]DPy_LIMITED_API*) CROSSHOOK_STABLE_ABI=1 ;;
  esac
done
library={library}
[ -z "${CROSSHOOK_STABLE_ABI:-}" ] || library={stable_abi}
if [ "$shared" = msvc ]; then
  # What is behind /link is its linker's.
  set -- {flags} ${library:+"$library"} "$@"
elif [ -n "$shared" ]; then
  [ -n "$named" ] || set -- "$@" {flags}
  set -- "$@" ${library:+"$library"}
fi
exec {command} "$@"
"""
"""A compiler that links modules. Where a command names the import library to write, it has the
other flags as well. :mod:`crosshook.adapters.setuptools_plugin` sets the variable."""


def compilers(target: Target, toolchain: Toolchain, machine: BuildMachine) -> Plan:
    """Return what names a toolchain's tools: ``CC`` and the like.

    Who links a module with ``$CC -shared`` gets what the target's modules are linked with: Python's
    import library, and no import library or debug information beside what is linked.
    """
    commands = {tool: command(target, machine, tool) for tool in toolchain.commands}
    environ = {TOOL_VARIABLES[tool]: shlex.join(words) for tool, words in commands.items()}
    files = {}
    for tool in _LINKERS:
        if tool in commands and commands[tool] != toolchain.commands[tool]:
            files[f"bin/{tool}"] = _launcher(target, toolchain.commands[tool])
    return Plan(environ=environ, files=files, executables=frozenset(files))


_LINKERS = ("cc", "cxx")


def _launcher(target: Target, command: Command) -> str:
    texts = {
        "{command}": shlex.join(command),
        # Double quotes, since the placeholder of a directory is in it.
        "{flags}": " ".join(f'"{word}"' for word in _link_flags(target)),
        "{library}": f'"{_library(target)}"',
        "{stable_abi}": f'"{_library(target, "dynamic_stableabi")}"',
    }
    return filled(_LAUNCHER, texts)


def command(target: Target, machine: BuildMachine, tool: str) -> Command:
    """Return the command of a tool, by way of a launcher where it may link modules.

    :param tool: A key of the target's toolchain.
    """
    assert target.toolchain is not None
    needs_more = bool(_library(target)) or _link_flags(target) != ("-s",)
    if tool in _LINKERS and needs_more and machine.system != "windows":
        return (f"{SCRATCH}/bin/{tool}",)
    return target.toolchain.commands[tool]


def _link_flags(target: Target) -> tuple[str, ...]:
    return target.platform.system.module_link_flags(unused_import_library())


def _library(target: Target, kind: str = "dynamic") -> str:
    """Return Python's import library, if modules are linked to one."""
    libraries = target.import_libraries
    return libraries.get(kind) or libraries.get("dynamic", "")


def define_flags(target: Target) -> list[str]:
    """Return the macros that every module is compiled with, since ``pyconfig.h`` lacks them."""
    platform = target.platform
    defines = platform.system.module_defines(platform.row, target.python_version)
    return [f"-D{name}={value}".rstrip("=") for name, value in defines.items()]


def unused_import_library() -> str:
    """Return where the import library of a module goes, which nothing is linked to."""
    return f"{SCRATCH}/unused-import-library.lib"


def build_compilers(toolchain: Toolchain) -> dict[str, str]:
    """Return the variables that name the build machine's tools, ``CC_FOR_BUILD`` and the like."""
    return {
        f"{TOOL_VARIABLES[tool]}_FOR_BUILD": shlex.join(command)
        for tool, command in toolchain.commands.items()
    }


def pkg_config_directories(target: Target, machine: BuildMachine) -> tuple[str, ...]:
    """Return where pkg-config's files are.

    It is never without a directory, since pkg-config would find this machine's files then.
    """
    users = machine.environ.get("PKG_CONFIG_LIBDIR", "")
    directories = [entry for entry in users.split(os.pathsep) if entry]
    if target.target_packages is not None:
        directories += pkgconfig_directories(target.target_packages)
    return (*directories, *_in_sysroot(target), f"{SCRATCH}/pkgconfig")


def _in_sysroot(target: Target) -> tuple[str, ...]:
    """Return where pkg-config's files are in a sysroot."""
    if target.sysroot is None:
        return ()
    places = (f"lib/{gnu_triplet(target)}", "lib64", "lib", "share")
    return tuple(f"{target.sysroot}/usr/{place}/pkgconfig" for place in places)


def pkg_config(target: Target, machine: BuildMachine) -> Plan:
    """Return what makes pkg-config answer for the target.

    A sysroot without pkg-config's files is not put before what files elsewhere say: conda-build's
    is such a one.
    """
    environ = {"PKG_CONFIG_LIBDIR": os.pathsep.join(pkg_config_directories(target, machine))}
    users = machine.environ.get("PKG_CONFIG_SYSROOT_DIR")
    if target.sysroot is not None and not users and any(map(os.path.isdir, _in_sysroot(target))):
        environ["PKG_CONFIG_SYSROOT_DIR"] = target.sysroot
    return Plan(environ=environ)


_COMPILERS_READ = ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "OBJC_INCLUDE_PATH")
"""gcc and clang look for headers there, whatever they compile for."""


def search_paths(target: Target, machine: BuildMachine) -> Plan:
    """Return what keeps this machine's directories out of compilers' own search paths.

    Flags that name them are left out likewise (:mod:`crosshook.toolchains.flags`).
    """
    here = machine_directories(target.platform)
    environ, unset, notes = {}, set(), []
    for name in (*_COMPILERS_READ, "LIBRARY_PATH"):
        named = machine.environ.get(name, "").split(os.pathsep)
        kept = [entry for entry in named if entry.rstrip("/") not in here]
        if len(kept) == len(named):
            continue
        left_out = os.pathsep.join(entry for entry in named if entry not in kept)
        notes.append(f"left out of {name}, since it is this machine's: {left_out}")
        if kept:
            environ[name] = os.pathsep.join(kept)
        else:
            unset.add(name)
    return Plan(environ=environ, unset=frozenset(unset), notes=tuple(notes))


def go(target: Target, machine: BuildMachine) -> Plan:
    """Return what makes ``go build`` build for the target, C code with it."""
    row = target.platform.row
    architecture = _GO_ARCHITECTURES.get(row.processor.meson_cpu_family)
    if architecture is None:
        return Plan()
    environ = {"GOOS": row.system.meson.system, **architecture}
    if not machine.environ.get("CGO_ENABLED"):
        environ["CGO_ENABLED"] = "1"
    return Plan(environ=environ)


_RUNS_TEST = """\
#!/bin/sh
# A script, which libtool writes in front of a program, starts that by itself.
[ "$(head -c 2 "$1")" = "#!" ] && exec "$@"
exec "${0%/*}/run" "$@"
"""
_SKIPS_TEST = "#!/bin/sh\nexit 77\n"
"""77 tells Automake that a test is skipped (its manual, "Scripts-based Testsuites")."""


def configure(target: Target, machine: BuildMachine) -> Plan:
    """Return what makes Autoconf's scripts take it that they run for the target.

    Where something runs the target's programs at once, ``make check`` of Automake runs its tests by
    it; elsewhere it skips them.
    """
    text = _CONFIG_SITE.replace("{host}", gnu_triplet(target))
    if target.platform.macos is not None:
        text += _LIKE_APPLES_LD
    users = machine.environ.get("CONFIG_SITE", "")
    for file in users.split():
        text += f". {shlex.quote(file)}\n"
    told = Plan(
        environ={"CONFIG_SITE": f"{SCRATCH}/config.site", **_symbol_lister(target, machine)},
        files={"config.site": text},
    )
    if machine.environ.get("LOG_COMPILER"):
        return told
    runs_test = Plan(
        environ={"LOG_COMPILER": f"{SCRATCH}/bin/run-test"},
        files={"bin/run-test": _RUNS_TEST if quick_runner(target, machine) else _SKIPS_TEST},
        executables=frozenset({"bin/run-test"}),
    )
    return told.merged(runs_test)


def _symbol_lister(target: Target, machine: BuildMachine) -> dict[str, str]:
    """Return LLVM's ``nm`` for libtool, where that of a Unix knows ELF alone.

    Without one that reads the target's object files, libtool links no library that names its
    exports.
    """
    if target.platform.row.machine[0] == "ELF" or machine.environ.get("NM"):
        return {}
    found = machine.which("llvm-nm")
    return {} if found is None else {"NM": found}


def quick_runner(target: Target, machine: BuildMachine) -> Command:
    """Return what runs programs for the target where every build starts some: QEMU, and not Wine,
    which takes seconds for the first."""
    return machine.runner if target.platform.system.os_name == "posix" else ()


def runner(machine: BuildMachine) -> Plan:
    """Return the program that runs the target's, where this machine has something that does."""
    if not machine.runner:
        return Plan()
    text = f'#!/bin/sh\nexec {shlex.join(machine.runner)} "$@"\n'
    return Plan(files={RUNNER: text}, executables=frozenset({RUNNER}))


def gnu_triplet(target: Target) -> str:
    """Return what GNU tools call the target, as ``config.sub`` knows it."""
    row = target.platform.row
    if row.system.libc is not None:
        return str(row.multiarch)
    if row.rust.mingw:
        return f"{row.rust.mingw[0].partition('-')[0]}-w64-mingw32"
    return row.rust.triple
