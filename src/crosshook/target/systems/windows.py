"""Windows, and the Python that python.org makes for it.

Sources: MSVC's architectures from ``vcvarsall.bat`` as setuptools' ``distutils`` names them;
machine numbers from the PE specification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crosshook.target.implementations import CPYTHON
from crosshook.target.processors import AARCH64, X86, X86_64, Processor
from crosshook.target.python_version import PythonVersion
from crosshook.target.system_libraries import is_windows_library
from crosshook.target.systems._system import (
    Conda,
    MesonNames,
    PythonLayout,
    Row,
    Rust,
    Said,
    System,
    Zig,
)

if TYPE_CHECKING:
    from crosshook.target.platforms import Platform

_MSVC = {"arm64": "arm64", "amd64": "x64", "32": "x86"}
_PROCESSORS = {
    "arm64": "ARMv8 (64-bit) Family 8 Model 1 Revision 201, Qualcomm Technologies Inc",
    "amd64": "Intel64 Family 6 Model 1 Stepping 0, GenuineIntel",
    "32": "x86 Family 6 Model 1 Stepping 0, GenuineIntel",
}
"""``PROCESSOR_IDENTIFIER`` of some machine."""

_DIRECTORIES: Mapping[str, str] = {
    "SystemDrive": "",
    "SystemRoot": "Windows",
    "windir": "Windows",
    "ProgramFiles": "Program Files",
    "ProgramFiles(x86)": "Program Files (x86)",
    "ProgramW6432": "Program Files",
    "CommonProgramFiles": "Program Files/Common Files",
    "CommonProgramFiles(x86)": "Program Files (x86)/Common Files",
    "CommonProgramW6432": "Program Files/Common Files",
    "ProgramData": "ProgramData",
    "ALLUSERSPROFILE": "ProgramData",
    "PUBLIC": "Users/Public",
    "USERPROFILE": "Users/user",
    "APPDATA": "Users/user/AppData/Roaming",
    "LOCALAPPDATA": "Users/user/AppData/Local",
    "TEMP": "Users/user/AppData/Local/Temp",
    "TMP": "Users/user/AppData/Local/Temp",
}
"""What every 64-bit Windows has, by "Recognized environment variables" of Microsoft's "User State
Migration Tool": the directories below its drive."""

_WINDOWS_10 = (10, 0, 19045, 2, "")
"""Windows 10 22H2: CPython 3.13 is for Windows 10 and newer, as are all of win_arm64."""

_DLLTOOL = {"arm64": "arm64", "amd64": "i386:x86-64", "32": "i386"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Windows(System):
    @property
    def rows(self) -> tuple[Row, ...]:
        return _ROWS

    def aliases(self, row: Row, processors: frozenset[str]) -> set[str]:
        names = {f"{system}-{p}" for system in ("windows", "win") for p in processors}
        usual = {"win64"} if row.processor is X86_64 else set()
        return names | usual | {f"windows-{self.msvc_arch(row)}"}

    def soabi(self, row: Row, version: PythonVersion) -> str:
        if version.implementation is CPYTHON:
            return f"cp{version.digits}-{row.plain_tag}"
        implementation = version.implementation
        return f"{implementation.name}{version.nodot}-{implementation.abi}-{row.plain_tag}"

    def shared_suffixes(self, row: Row, version: PythonVersion) -> tuple[str, ...]:
        return (self.module_end,) if version.implementation is CPYTHON else ()

    def stable_abi_suffix(self, stable_abi: str) -> str:
        return self.module_end

    def module_defines(self, row: Row, version: PythonVersion) -> Mapping[str, str]:
        found = {}
        if version.numbers < (3, 12) and row.processor.pointer_size == 8:
            # pyconfig.h looks at MSVC's own macros for the size of pointers (gh-79218).
            found["MS_WIN64"] = ""
        if version.free_threaded:
            # Both builds share pyconfig.h (cpython#127294).
            found["Py_GIL_DISABLED"] = "1"
        return found

    def brings(self, row: Row, library: str) -> bool:
        return is_windows_library(library, pointer_size=row.processor.pointer_size)

    def module_link_flags(self, unused_import_library: str) -> tuple[str, ...]:
        # The import library of the module itself cannot be switched off.
        return ("-s", "-Xlinker", "--out-implib", "-Xlinker", unused_import_library)

    def gnu_prefixes(self, row: Row) -> tuple[str, ...]:
        # Debian's and Fedora's with the Universal C Runtime; then what it is called elsewhere.
        cpu = row.rust.triple.partition("-")[0]
        return (f"{cpu}-w64-mingw32ucrt", f"{cpu}-w64-mingw32")

    def alignment_of_8_bytes(self, row: Row) -> int:
        return 8

    def uname(self, platform: Platform) -> Mapping[str, str]:
        # Windows has none. That of MSYS2 and Git says so, and calls processors by GNU's names.
        major, minor, build, *_ = _WINDOWS_10
        processor = platform.row.rust.triple.partition("-")[0]
        bits = 8 * platform.row.processor.pointer_size
        return {
            "s": f"MINGW{bits}_NT-{major}.{minor}-{build}",
            "m": processor,
            "p": "unknown",
            "i": "unknown",
            "o": "Msys",
        }

    def said(self, platform: Platform, version: PythonVersion) -> Said:
        row = platform.row
        major, minor, build, *_ = _WINDOWS_10
        bits = 8 * row.processor.pointer_size
        machine = {"32": "Intel"}.get(row.arch, row.arch.upper())
        marked = {"32": "-32", "arm64": "-arm64"}.get(row.arch, "")
        return Said(
            # Of the releases of 2024 and 2025.
            compiler=f"MSC v.1942 {bits} bit ({machine})",
            release=str(major),
            version=f"{major}.{minor}.{build}",
            platform=f"Windows-{major}-{major}.{minor}.{build}-SP0",
            processor=_PROCESSORS[row.arch],
            win32_ver=(str(major), f"{major}.{minor}.{build}", "SP0", ""),
            winver=f"{version}{marked}",
            windows_version=_WINDOWS_10,
            environ={
                "OS": "Windows_NT",
                "ComSpec": r"C:\Windows\system32\cmd.exe",
                "PROCESSOR_ARCHITECTURE": row.platform_machine,
                "PROCESSOR_IDENTIFIER": _PROCESSORS[row.arch],
            },
            directories=_DIRECTORIES,
        )

    def msvc_arch(self, row: Row) -> str | None:
        return _MSVC[row.arch]

    def dlltool_machine(self, row: Row) -> str | None:
        return _DLLTOOL[row.arch]


WINDOWS = _Windows(
    name="windows",
    title="Windows",
    sys_platform="win32",
    os_name="nt",
    platform_system="Windows",
    meson=MesonNames(system="windows", subsystem="windows", kernel="nt"),
    conda=Conda(name="win", versioned="__win"),
    also=("win", "mingw", "msvc"),
    # What CPython 3.13 needs, and the first on 64-bit Arm.
    unnamed_version=(10, 0),
    facts="windows",
    executable_format="WindowsPE",
    module_end=".pyd",
    source_suffixes=(".py", ".pyw"),
    program_end=".exe",
    library_prefix="",
    library_end=".dll",
    has_short_long=True,
    wchar_size=2,
    links_python=True,
    layout=PythonLayout(interpreter="python.exe", stdlib="Lib", scripts="Scripts"),
)


def _row(arch: str, processor: Processor, *, cpu: str, rust: str, machine: int) -> Row:
    mingw = tuple(
        f"{rust}-pc-windows-{abi}"
        for abi in ("gnullvm", "gnu")
        if (rust, abi) != ("aarch64", "gnu")
    )
    return Row(
        system=WINDOWS,
        arch=arch,
        processor=processor,
        machine_name=cpu,
        platform_machine="x86" if arch == "32" else arch.upper(),
        sysconfig_platform="win32" if arch == "32" else f"win-{arch}",
        multiarch=None,
        machine=("PE", machine),
        long_double="IEEE_DOUBLE_LE",
        zig=Zig(triple=f"{cpu}-windows-gnu"),
        rust=Rust(triple=f"{rust}-pc-windows-msvc", mingw=mingw),
    )


_ROWS = (
    _row("arm64", AARCH64, cpu="aarch64", rust="aarch64", machine=0xAA64),
    _row("amd64", X86_64, cpu="x86_64", rust="x86_64", machine=0x8664),
    _row("32", X86, cpu="x86", rust="i686", machine=0x14C),
)
