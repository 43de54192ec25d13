"""``pyconfig.h`` for a target, written from facts.

The facts, macro names and values, are in ``data/pyconfig-*.json``; ``scripts/python_facts.py``
extracts them from real files, and ``scripts/probe_facts.py`` asks zig's headers and libraries for
musl and macOS. Macros that only say how one build was configured, such as which
libraries its builder had, are left out. So are, on Linux, those for functions that the platform's
glibc does not have yet: ``HAVE_GETRANDOM`` is true of glibc 2.25 and newer only.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crosshook.errors import TargetPythonError
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_DATA = Path(__file__).parent / "data"

_WINDOWS_END = """\
#include <io.h>
#ifndef NO_STDIO_H
#include <stdio.h>
#endif

#ifdef _MSC_VER
/* Other compilers have pid_t in their headers. */
#include <basetsd.h>
typedef int pid_t;
{msvc}#endif

/* Extension modules import Python's data and functions from its DLL. */
#ifndef Py_NO_ENABLE_SHARED
#define Py_ENABLE_SHARED 1
#endif

/* MSVC is told what to link here; other compilers on the command line. */
#if defined(_MSC_VER) && !defined(Py_NO_LINK_LIB)
#if defined(Py_LIMITED_API)
#pragma comment(lib, "python3{threads}.lib")
#else
#pragma comment(lib, "python{digits}.lib")
#endif
#endif
"""

# By its number, so that a header that declares __getReg(int) declares something else.
_THREAD_REGISTER = """
#if defined(Py_GIL_DISABLED) && defined(__MINGW32__) && defined(__aarch64__) && !defined(__getReg)
/* Python.h reads the thread's register with a function that MSVC has, and MinGW-w64 has not. */
static inline unsigned long long crosshook_register_18(void)
{
    unsigned long long value;
    __asm__("mov %0, x18" : "=r"(value));
    return value;
}
#define __getReg(number) crosshook_register_##number()
#endif
"""


def free_threaded_pyconfig_h(official: str) -> str:
    """Return the pyconfig.h of a free-threaded Python for Windows, for every compiler.

    :param official: The text of the official one, which both builds share: it leaves
        ``Py_GIL_DISABLED`` to the command line.
    """
    return "\n".join([*_define("Py_GIL_DISABLED", "1"), official, _THREAD_REGISTER])


def macros(platform: Platform, version: PythonVersion) -> Mapping[str, str]:
    """Return the macros that a target's pyconfig.h defines, and their values as C source.

    :raises TargetPythonError: if there are no facts for that version.
    """
    facts = _facts(platform.system.facts)
    dotted = version.dotted
    known = known_versions(platform)
    if dotted not in known:
        raise TargetPythonError(
            f"the headers of a CPython {dotted} for {platform.tag} cannot be made here; those of "
            f"{', '.join(known) or 'no version'} can",
            hint="name an unpacked Python for the target: --target-python PREFIX; or have one "
            "downloaded: --python-source fetch",
        )
    found = _merged(facts, dotted, platform.row.arch)
    if version.free_threaded:
        found["Py_GIL_DISABLED"] = "1"
    too_new = _too_new(platform, facts)
    return {name: value for name, value in found.items() if name not in too_new}


def known_versions(platform: Platform) -> tuple[str, ...]:
    """Return the minor versions that there are facts for, such as ``3.13``; none for a processor
    that there are none about."""
    facts = _facts(platform.system.facts)
    return tuple(facts["by_version"]) if platform.row.arch in facts["by_arch"] else ()


def msvc_macros(platform: Platform, version: PythonVersion) -> Mapping[str, str]:
    """Return the macros that pyconfig.h for Windows defines otherwise, or only, for MSVC.

    They come on top of those of :func:`macros`, which raises for what there are no facts for.
    """
    return _merged(_facts(platform.system.facts)["msvc"], version.dotted, platform.row.arch)


def render_pyconfig_h(platform: Platform, version: PythonVersion) -> str:
    """Return the text of a target's pyconfig.h."""
    guard = "Py_CONFIG_H" if platform.system.links_python else "Py_PYCONFIG_H"
    lines = [
        f"/* CPython {version} for {platform.row.plain_tag}: by crosshook, from",
        "   what is known of the official builds. */",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
    ]
    for name, value in macros(platform, version).items():
        lines += _define(name, value)
    if platform.system.links_python:
        msvc = [
            line
            for name, value in msvc_macros(platform, version).items()
            for line in (f"#undef {name}", *_define(name, value))
        ]
        end = _WINDOWS_END
        for name, text in (
            ("msvc", "".join(f"{line}\n" for line in msvc)),
            ("digits", version.digits),
            ("threads", version.threads),
        ):
            end = end.replace(f"{{{name}}}", text)
        lines += ["", end]
        if version.free_threaded:
            lines.append(_THREAD_REGISTER)
    return "\n".join([*lines, f"#endif /* {guard} */", ""])


def _define(name: str, value: str) -> list[str]:
    define = f"#define {name} {value}".rstrip()
    # Feature-test macros, MS_WIN64 for Python before 3.12, and Py_GIL_DISABLED, which the official
    # pyconfig.h for Windows leaves to the command line: compilers and users define them as well.
    if name.startswith("_") or name in ("MS_WIN64", "Py_GIL_DISABLED"):
        return [f"#ifndef {name}", define, "#endif"]
    return [define]


def _merged(facts: Mapping[str, Any], dotted: str, arch: str) -> dict[str, str]:
    return {
        **facts["common"],
        **facts["by_version"].get(dotted, {}),
        **facts["by_arch"].get(arch, {}),
        **facts["rest"].get(dotted, {}).get(arch, {}),
    }


def _too_new(platform: Platform, facts: Mapping[str, Any]) -> frozenset[str]:
    """Return the macros for what the platform's glibc does not have yet."""
    glibc = platform.glibc
    since: Mapping[str, list[int]] = facts.get("since_glibc", {})
    if glibc is None:
        return frozenset()
    return frozenset(name for name, first in since.items() if glibc < tuple(first))


@functools.cache
def _facts(name: str) -> Mapping[str, Any]:
    file = _DATA / f"pyconfig-{name}.json"
    if not file.is_file():
        return {"by_version": {}, "by_arch": {}}
    data: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data
