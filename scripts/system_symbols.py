"""Extract the symbols that a C library gives to every program, for the check of wheels.

    python -m scripts.system_symbols musl libc.S ld-musl-x86_64.so.1
    python -m scripts.system_symbols macos libSystem.tbd
    python -m scripts.system_symbols glibc DIRECTORY
    python -m scripts.system_symbols stable-abi

writes ``src/crosshook/target/data/symbols``. What the lists of today were made from:

- ``musl``: the assembly that zig 0.17.1 makes its stub of musl's library from
  (``lib/libc/musl/libc.S``, all processors), and the library of Debian's package musl 1.2.6.
- ``macos``: zig 0.17.1's text stub of libSystem (``lib/libc/darwin/libSystem.tbd``).
- ``glibc``: the libraries in Debian's packages libc6 2.43, zlib1g, libexpat1, libx11-6, libxext6,
  libxrender1, libice6, libsm6, libgl1, libglib2.0-0t64 of sid for amd64, unpacked below a
  directory. For glibc itself, each symbol with the version of glibc that had it first. What always
  bears a version of another library (libstdc++, libgcc) needs no list.
- ``stable-abi``: the package ``abi3info`` 2026.9.25, which its authors make from CPython's
  ``Misc/stable_abi.toml``. It was compared with the ``python3.dll`` of 3.10 to 3.14: for each of
  them, the names up to its version are those that it exports.
"""

from __future__ import annotations

import argparse
import importlib
import re
from collections.abc import Iterable
from pathlib import Path

from crosshook.target.symbols import SYMBOLS_DIRECTORY, UNVERSIONED
from crosshook.wheel.objects import read_object
from scripts.python_facts import first_versions

_GLIBC_PARTS: tuple[str, ...] = (
    "libc.so.6",
    "libm.so.6",
    "ld-linux-x86-64.so.2",
    "libdl.so.2",
    "librt.so.1",
)
_GLIBC_PARTS += ("libpthread.so.0", "libutil.so.1", "libresolv.so.2", "libanl.so.1")
_OLDEST_GLIBC = (2, 17)
_NO_SYMBOLS = re.compile(r"__bss_start|_edata|_end|_init|_fini|\$ld\$.*|(GLIBC|ZLIB)_\S+( .*)?")
"""Marks of linkers, and the names of versions, which are in the table of symbols as well."""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(required=True, dest="which")
    for name, what in (("musl", "FILE"), ("macos", "FILE"), ("glibc", "DIRECTORY")):
        commands.add_parser(name).add_argument("files", nargs="+", type=Path, metavar=what)
    commands.add_parser("stable-abi")
    arguments = parser.parse_args()
    SYMBOLS_DIRECTORY.mkdir(parents=True, exist_ok=True)
    if arguments.which == "musl":
        _write("musl", {name for file in arguments.files for name in musl_symbols(file)})
    elif arguments.which == "macos":
        _write("macos", {name for file in arguments.files for name in macos_symbols(file)})
    elif arguments.which == "glibc":
        _write("glibc", glibc_symbols(arguments.files))
        for library in UNVERSIONED:
            _write(library, exported(arguments.files, library))
    else:
        _write("stable-abi", stable_abi_names())


def musl_symbols(file: Path) -> set[str]:
    """Return what musl's library exports, by its assembly or by itself."""
    if file.suffix != ".S":
        return _exports(file)
    text = file.read_text(encoding="ascii")
    return set(re.findall(r"^(?:\.globl|\.weak|WEAK\w*) (\w+)", text, re.MULTILINE))


def macos_symbols(file: Path) -> set[str]:
    """Return what a text stub exports, of all its libraries, as C spells the names."""
    text = file.read_text(encoding="utf-8")
    lists = re.findall(r"(?:weak-|thread-local-)?symbols:\s*\[(.*?)\]", text, re.DOTALL)
    names = {name.strip().strip("'\"") for found in lists for name in found.split(",")}
    return {name.removeprefix("_") for name in names if name}


def glibc_symbols(directories: Iterable[Path]) -> set[str]:
    """Return the names in glibc; those newer than 2.17 with the first version behind them."""
    first: dict[str, tuple[int, int]] = {}
    for library in _GLIBC_PARTS:
        for name, version in first_versions(_find(directories, library)).items():
            first[name] = min(version, first.get(name, version))
    return {
        name if version <= _OLDEST_GLIBC else "{} {}.{}".format(name, *version)
        for name, version in first.items()
    }


def exported(directories: Iterable[Path], library: str) -> set[str]:
    return _exports(_find(directories, library))


def stable_abi_names() -> set[str]:
    """Return each name, the version that it came with, and the macro that it depends on."""
    package = importlib.import_module("abi3info")
    lines = set()
    for entry in (*package.FUNCTIONS.values(), *package.DATAS.values()):
        macro = f" {entry.ifdef.name}" if entry.ifdef is not None else ""
        lines.add(f"{entry.symbol.name} {entry.added}{macro}")
    return lines


def _find(directories: Iterable[Path], library: str) -> Path:
    for directory in directories:
        for file in sorted(directory.rglob(library)):
            return file.resolve()
    raise SystemExit(f"{library} is not there")


def _exports(file: Path) -> set[str]:
    found = read_object(file.name, file.read_bytes())
    if found is None or found.damage is not None:
        raise SystemExit(f"{file}: not a library that can be read")
    return {name for image in found.images for name in image.exports}


def _write(stem: str, names: Iterable[str]) -> None:
    lines = sorted(name for name in names if not _NO_SYMBOLS.fullmatch(name))
    file = SYMBOLS_DIRECTORY / f"{stem}.txt"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"{file.name}: {len(lines)}")


if __name__ == "__main__":
    main()
