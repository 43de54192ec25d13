"""Compilers that answer as gcc and clang do, and link nothing: for what is found on PATH."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

AARCH64 = {
    "__aarch64__": "1",
    "__linux__": "1",
    "__SIZEOF_POINTER__": "8",
    "__BYTE_ORDER__": "__ORDER_LITTLE_ENDIAN__",
}
X86_64 = {**AARCH64, "__x86_64__": "1"}
del X86_64["__aarch64__"]
WINDOWS = {**X86_64, "_WIN32": "1"}
del WINDOWS["__linux__"]

_COMPILER = """\
#!{python}
import sys
from pathlib import Path

if "-dumpmachine" in sys.argv:
    print({machine!r})
elif "-print-sysroot" in sys.argv:
    print({sysroot!r})
elif "-dumpfullversion" in sys.argv or "-dumpversion" in sys.argv:
    print("14.2.0")
elif any(word.startswith("-print-prog-name=") for word in sys.argv):
    print(sys.argv[-1].partition("=")[2])
elif "-dM" in sys.argv:
    print({macros!r})
    if sys.stdin.read() and "_WIN32" in {macros!r}:
        print("#define __MSVCRT_VERSION__ 0x700" + "\\n#define _UCRT" * {ucrt!r})
elif {broken!r}:
    sys.exit("fatal error: stdlib.h: No such file or directory")
else:
    Path(sys.argv[sys.argv.index("-o") + 1]).write_text(" ".join(sys.argv[1:]))
"""


def write_compiler(
    file: Path,
    machine: str,
    macros: Mapping[str, str],
    *,
    ucrt: bool = True,
    broken: bool = False,
    sysroot: str = "",
) -> None:
    """Write a compiler.

    :param machine: What it says it compiles for; ``macros``, what it predefines.
    :param ucrt: Whether its headers say that it links the Universal C Runtime.
    :param broken: Whether it finds no headers.
    :param sysroot: Where it says that it looks for them.
    """
    defines = "\n".join(f"#define {name} {value}" for name, value in macros.items())
    text = _COMPILER.format(
        python=sys.executable,
        machine=machine,
        macros=defines,
        ucrt=ucrt,
        broken=broken,
        sysroot=sysroot,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def write_program(file: Path) -> None:
    """Write a program that nobody asks anything."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
