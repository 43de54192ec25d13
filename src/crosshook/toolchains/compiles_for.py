"""What a compiler that the user named compiles for: asked, before a build is done with it.

``CC=gcc`` is in many an environment, and compiles for the machine that builds. The macros that a
compiler predefines are what it compiles for, whatever it is called and whatever options it is
given; ``-dumpmachine`` names it for the message.

Source of the macros: the page "Pre-defined Compiler Macros" of gcc's manual, and what clang has for
the same processors.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook.errors import UsageError
from crosshook.target.platforms import Platform

_PROCESSORS = {
    "aarch64": "__aarch64__",
    "arm": "__arm__",
    "loongarch64": "__loongarch_lp64",
    "ppc64": "__powerpc64__",
    "riscv64": "__riscv",
    "s390x": "__s390x__",
    "wasm32": "__wasm32__",
    "x86": "__i386__",
    "x86_64": "__x86_64__",
}
"""By the processor's family, as Meson names it."""

_SYSTEMS = {
    "darwin": "__APPLE__",
    "emscripten": "__EMSCRIPTEN__",
    "linux": "__linux__",
    "windows": "_WIN32",
}
"""By Meson's name of the operating system."""

_VARIABLES = ("CC", "CXX", "FC", "LDSHARED", "LDCXXSHARED")

_SECONDS = 60

UCRT_COMPILERS = (
    "a MinGW-w64 whose C runtime is UCRT: the package is gcc-mingw-w64-ucrt64 or ucrt64-gcc, or "
    "llvm-mingw"
)
"""For hints."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompilesFor:
    """What a compiler says that it compiles for."""

    machine: str
    """A triple, such as ``x86_64-linux-gnu``; empty if it does not say."""
    macros: Mapping[str, str]
    """The macros that it predefines, and their values."""


def ask(
    command: Sequence[str], environ: Mapping[str, str], *, source: str = ""
) -> CompilesFor | None:
    """Return what a compiler compiles for; None if it is not there, or cannot be asked.

    :param source: C code, whose macros are among those that it tells.
    """
    printed = _answer((*command, "-dM", "-E", "-x", "c", "-"), environ, source)
    if printed is None:
        return None
    macros = {}
    for line in printed.splitlines():
        define, _, rest = line.partition(" ")
        if define == "#define":
            name, _, value = rest.partition(" ")
            macros[name] = value.strip()
    machine = says((*command, "-dumpmachine"), environ)
    return CompilesFor(machine=machine, macros=macros) if macros else None


def says(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return what a compiler prints, such as its version; nothing if it fails."""
    return (_answer(command, environ) or "").strip()


_CALLS_LIBC = """\
#include <stdlib.h>
#include <string.h>
void *crosshook(const char *text) { return strcpy(malloc(strlen(text) + 1), text); }
"""


def what_fails(command: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return what a compiler says where it cannot make a library that calls the C library.

    None where it can: headers, the C library, the compiler's own and a linker are there.
    """
    with tempfile.TemporaryDirectory(prefix="crosshook-") as directory:
        source = Path(directory, "code.c")
        source.write_text(_CALLS_LIBC, encoding="utf-8")
        made = str(Path(directory, "code.library"))
        done = _run((*command, "-shared", "-fPIC", str(source), "-o", made), environ, "")
    if done is None:
        return f"{command[0]}: cannot be run"
    return None if done.returncode == 0 else done.stderr.strip()


def _answer(command: Sequence[str], environ: Mapping[str, str], source: str = "") -> str | None:
    done = _run(command, environ, source)
    return done.stdout if done is not None and done.returncode == 0 else None


def _run(
    command: Sequence[str], environ: Mapping[str, str], source: str
) -> subprocess.CompletedProcess[str] | None:
    try:
        return subprocess.run(
            command,
            input=source,
            env=dict(environ),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def links_msvcrt(command: Sequence[str], platform: Platform, environ: Mapping[str, str]) -> bool:
    """Tell whether a compiler for Windows links another C runtime than Python is linked to.

    Two runtimes in a process have their own files, heaps and locales. MinGW-w64's headers define
    ``_UCRT`` where the Universal C Runtime is linked, and have the version of ``msvcrt.dll`` in
    ``__MSVCRT_VERSION__`` in any case.
    """
    if not platform.system.links_python:
        return False
    answer = ask(command, environ, source="#include <stdlib.h>\n")
    macros: Mapping[str, str] = {} if answer is None else answer.macros
    return "__MSVCRT_VERSION__" in macros and "_UCRT" not in macros


def check_environment(environ: Mapping[str, str], platform: Platform) -> None:
    """See that the compilers that the environment names compile for a platform, and link its libc.

    One that cannot be asked passes: a build that needs it says what is wrong with it, and the wheel
    is checked as well.

    :raises UsageError: if one compiles for another.
    """
    for variable in _VARIABLES:
        text = environ.get(variable, "")
        try:
            command = shlex.split(text)
        except ValueError:
            # Those who use it say so.
            continue
        if command:
            check_command(f"{variable}={text}", command, platform, environ)


def check_command(
    setting: str, command: Sequence[str], platform: Platform, environ: Mapping[str, str]
) -> None:
    """See that a compiler that the environment names is for a platform.

    :param setting: The variable that names it, with its value.
    :raises UsageError: if it compiles for another, or links another C runtime.
    """
    variable = setting.partition("=")[0]
    found = ask(command, environ)
    if found is None:
        return
    if not fits(found, platform):
        raise UsageError(
            f"{setting}, from the environment: it compiles for "
            f"{found.machine or 'another machine'}, not for {platform.tag}",
            hint=f"unset {variable} for the compilers that crosshook brings, or name one for "
            f"{platform.row.machine_name} {platform.system.title}",
        )
    if links_msvcrt(command, platform, environ):
        raise UsageError(
            f"{setting}, from the environment: it links msvcrt.dll, and Python for Windows is "
            "linked to the Universal C Runtime",
            hint=f"unset {variable} for the compilers that crosshook brings, or name one of "
            f"{UCRT_COMPILERS}",
        )


def fits(found: CompilesFor, platform: Platform) -> bool:
    """Tell whether code for what a compiler compiles for runs on a platform."""
    processor = platform.row.processor
    for macros, ours in (
        (_PROCESSORS, processor.meson_cpu_family),
        (_SYSTEMS, platform.system.meson.system),
    ):
        if ours in macros and {name for name, macro in macros.items() if macro in found.macros} != {
            ours
        }:
            return False
    order = found.macros.get("__BYTE_ORDER__", "")
    if order and ("BIG" in order) != processor.big_endian:
        return False
    if (
        int(found.macros.get("__SIZEOF_POINTER__", processor.pointer_size))
        != processor.pointer_size
    ):
        return False
    others = {"musl": ("gnu", "android", "uclibc"), "glibc": ("musl", "android", "uclibc")}
    return not any(libc in found.machine for libc in others.get(platform.system.name, ()))
