"""Derive what the DLLs of a CPython for Windows export, of a version that no DLL can be had of.

    python -m scripts.derive_exports VERSION HEADERS LIBPYTHON TEST_STABLE_ABI_CTYPES
        BEFORE=LIBPYTHON [--write]

CPython marks what it exports with ``PyAPI_FUNC`` and ``PyAPI_DATA`` on every platform, and hides
the rest on Linux as well. So ``python3XX.dll`` exports:

- what the public headers declare, as compilers for Windows see them, and Linux's libpython of that
  version exports;
- what they declare, the DLL of the version before exports, and Linux's libpython of that version
  does not: what Windows alone has;
- what they do not declare, and both Linux's libpython of that version and the DLL of the version
  before export;
- what ``python3.dll`` forwards to it.

``python3.dll`` exports what CPython's ``test_stable_abi_ctypes.py`` of that version lists for
Windows; it is generated from ``Misc/stable_abi.toml``, as ``PC/python3dll.c`` is.

A free-threaded build exports the same, and what the public headers declare for such builds alone
and that of the version before exports. Its stable ABI, from 3.15 on, has the same names.

BEFORE is the version before; LIBPYTHON are ``libpython3.X.so.1.0``. Debian's packages
``libpython3.X`` and ``libpython3.X-testsuite`` have all of these. Without ``--write`` the lists are
compared with those in ``src/crosshook/pythons/data/exports``: what is printed for a version whose
lists are those of real DLLs is the error of the method.

3.15: from Debian's 3.15.2 and 3.14.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile

from crosshook.pythons.exports import exports
from crosshook.pythons.pyconfig import render_pyconfig_h
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion, parse_python_version
from scripts.python_facts import pair, write_names

# What freezers link in; in libpython and in no DLL.
_IN_NO_DLL = {"Py_FrozenMain"}

Kinds = dict[str, bool]
"""Names, each with whether it is data."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    """The lists of a version: of the DLL, of that of the stable ABI, and of a free-threaded one."""

    versioned: Kinds
    stable: Kinds
    free_threaded: Kinds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", type=lambda text: parse_python_version(text, source="VERSION"))
    parser.add_argument("headers", type=Path)
    parser.add_argument("library", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("before", type=pair)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    name, library = arguments.before
    derived = derive(
        arguments.version,
        headers=arguments.headers,
        library=_exported(arguments.library),
        stable=stable_names(arguments.test),
        before=parse_python_version(name, source="BEFORE"),
        library_before=_exported(library),
    )
    digits = arguments.version.digits
    lists = {digits: derived.versioned, f"{digits}-stable": derived.stable}
    lists |= {f"{digits}t": derived.free_threaded, f"{digits}t-stable": derived.stable}
    if arguments.write:
        for stem, kinds in lists.items():
            write_names(f"python{stem}", kinds)
        return
    with tempfile.TemporaryDirectory() as work:
        declared = declared_names(arguments.headers, arguments.version, Path(work))
    for stable_abi, kinds in ((False, derived.versioned), (True, derived.stable)):
        _compare(kinds, exports(arguments.version, stable_abi=stable_abi), declared)


def derive(
    version: PythonVersion,
    *,
    headers: Path,
    library: Kinds,
    stable: set[str],
    before: PythonVersion,
    library_before: Kinds,
) -> Derived:
    """Return what the DLLs of a version export."""
    threads = {
        of: PythonVersion(major=of.major, minor=of.minor, free_threaded=True)
        for of in (version, before)
    }
    declared = {}
    for of in (version, threads[version]):
        with tempfile.TemporaryDirectory() as work:
            declared[of] = declared_names(headers, of, Path(work)) - _IN_NO_DLL
    dll_before = exports(before, stable_abi=False)
    everywhere = {n: data for n, data in library.items() if n in declared[version]}
    of_windows = {
        n: data
        for n, data in dll_before.items()
        if n in declared[version] and n not in library_before
    }
    private = {n: data for n, data in library.items() if n in dll_before and n not in _IN_NO_DLL}
    forwarded = {n: data for n, data in library.items() if n in stable}
    versioned = {**everywhere, **of_windows, **private, **forwarded}
    of_threads = {
        n: data
        for n, data in exports(threads[before], stable_abi=False).items()
        if n in declared[threads[version]]
    }
    return Derived(
        versioned=versioned,
        stable={n: data for n, data in versioned.items() if n in stable},
        free_threaded={**of_threads, **versioned},
    )


def stable_names(test: Path) -> set[str]:
    """Return what CPython's test of the stable ABI lists for Windows, debug builds included."""
    names: set[str] = set()
    macros: dict[str, Any] = {}
    conditional: list[tuple[str, list[str]]] = []
    for node in ast.parse(test.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if node.targets[0].id == "SYMBOL_NAMES":
                names |= set(ast.literal_eval(node.value))
            elif node.targets[0].id == "WINDOWS_FEATURE_MACROS":
                macros = ast.literal_eval(node.value)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Subscript):
            macro = ast.literal_eval(node.test.slice)
            conditional += [
                (macro, ast.literal_eval(part.value))
                for part in node.body
                if isinstance(part, ast.AugAssign)
            ]
    return names.union(*(more for macro, more in conditional if macros[macro]))


def declared_names(headers: Path, version: PythonVersion, work: Path) -> set[str]:
    """Return what Python.h declares with PyAPI_FUNC and PyAPI_DATA, as compilers for Windows see
    it."""
    shutil.copytree(headers, work / "include")
    (work / "include" / "pyconfig.h").write_text(
        render_pyconfig_h(parse_platform("win_amd64", source="declared_names"), version)
    )
    macro = re.compile(r"^(\s*#\s*define\s+PyAPI_(?:FUNC|DATA)\(RTYPE\)).*$", re.MULTILINE)
    for file in (work / "include").rglob("*.h"):
        text = file.read_text(encoding="utf-8")
        file.write_text(macro.sub(r"\1 DECLARED RTYPE", text), encoding="utf-8")
    (work / "all.c").write_text("#include <Python.h>\n")
    command = [sys.executable, "-m", "ziglang", "cc", "-target", "x86_64-windows-gnu"]
    command += ["-E", "-P", "-Iinclude", "all.c"]
    done = subprocess.run(command, check=True, cwd=work, capture_output=True, text=True)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", done.stdout)
    return {_declared_name(found) for found in re.findall(r"\bDECLARED\b([^;{]*)[;{]", text)}


def _declared_name(declaration: str) -> str:
    before, _, behind = declaration.partition("(")
    pointer_to_function = re.match(r"\s*\*\s*(\w+)", behind)
    if pointer_to_function:
        return str(pointer_to_function[1])
    words: list[str] = re.findall(r"\w+", re.sub(r"\[.*?\]", "", before))
    return words[-1]


def _exported(library: Path) -> Kinds:
    with library.open("rb") as stream:
        table: Any = ELFFile(stream).get_section_by_name(".dynsym")
        return {
            symbol.name: symbol["st_info"]["type"] == "STT_OBJECT"
            for symbol in table.iter_symbols()
            if symbol["st_shndx"] != "SHN_UNDEF"
        }


def _compare(derived: Kinds, real: Mapping[str, bool], declared: set[str]) -> None:
    print(f"{len(derived)} names derived, {len(real)} in the list")
    for what, names in (
        ("derived, and not in the list", derived.keys() - real.keys()),
        ("in the list and declared, and not derived", (real.keys() & declared) - derived.keys()),
        ("of another kind", {n for n in derived.keys() & real.keys() if derived[n] != real[n]}),
    ):
        print(f"  {what}: {', '.join(sorted(names)) or 'none'}")


if __name__ == "__main__":
    main()
