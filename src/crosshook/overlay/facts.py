"""What a target answers in the processes of a build, as plain JSON.

The answers are those of the Pythons that python.org and the distributions have, where they say
something of the target. Of the system that runs there, no more is known than what the wheel
platform tag promises.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from crosshook.target import Target
from crosshook.target.c_types import c_sizes
from crosshook.target.implementations import CPYTHON
from crosshook.target.markers import environment_markers
from crosshook.target.python_version import running_python
from crosshook.target.systems import Said
from crosshook.target.tags import installable_tags

_ONLY_WINDOWS = ("_winapi", "msvcrt", "nt", "winreg", "winsound")
_ONLY_POSIX = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")

_PROCESSORS: Mapping[str, Mapping[str, Any]] = {
    "x86_64": {
        "cpuinfo": "X86_64",
        "flags": ("cmov", "cx8", "fpu", "fxsr", "lm", "mmx", "sse", "sse2", "syscall", "tsc"),
    },
    # Neither manylinux nor musllinux has SSE2 on it.
    "x86": {"cpuinfo": "X86_32", "flags": ("cmov", "cx8", "fpu", "tsc")},
    "aarch64": {"cpuinfo": "ARM_8", "flags": ("asimd", "fp")},
    # Without NEON, as Rust's and Debian's are.
    "arm": {"cpuinfo": "ARM_7", "flags": ("half", "thumb", "tls", "vfp", "vfpv3", "vfpv3d16")},
    "ppc64": {"cpuinfo": "PPC_64", "archspec": "ppc64le", "flags": ("altivec", "vsx")},
    "s390x": {"cpuinfo": "S390X", "flags": ()},
    "riscv64": {"cpuinfo": "RISCV_64", "flags": ()},
}
"""What every processor of a family has that wheels are for: the names of Linux's
``/proc/cpuinfo``, and what py-cpuinfo and archspec call the family. By Meson's ``cpu_family``."""


def of_packages(target: Target) -> Mapping[str, Any]:
    """Return what packages are told that ask about the platform by themselves."""
    platform = target.platform
    version = target.python_version
    family = platform.row.processor.meson_cpu_family
    processor = _PROCESSORS.get(family, {"cpuinfo": family.upper(), "flags": ()})
    return {
        "platform": platform.sysconfig_platform,
        "sys_platform": platform.system.sys_platform,
        "python_version": list(version.numbers),
        "implementation": _implementation(target),
        "program_end": platform.system.program_end,
        "uname": _uname(target, platform.system.said(platform, version)),
        "markers": environment_markers(target),
        "tags": _tags(target),
        "processor": {
            "cpuinfo": processor["cpuinfo"],
            "flags": list(processor["flags"]),
            "archspec": processor.get("archspec", family),
            "bits": 8 * platform.row.processor.pointer_size,
        },
    }


def _tags(target: Target) -> list[str]:
    """Return the target's tags in packaging's order: on Linux, behind each kind that promises a
    libc there is one without.

    Who leaves out the others, to have a wheel's name repaired later, takes the first of these.
    """
    plain = re.sub(r"[-.]", "_", target.platform.sysconfig_platform)
    said: list[str] = []
    tags = installable_tags(target, None)
    for (interpreter, abi), group in itertools.groupby(
        tags, lambda one: (one.interpreter, one.abi)
    ):
        platforms = [tag.platform for tag in group]
        if platforms != ["any"]:
            platforms.append(plain)
        said += (f"{interpreter}-{abi}-{platform}" for platform in platforms)
    return list(dict.fromkeys(said))


def of_view(target: Target, scratch: str) -> Mapping[str, Any]:
    """Return what modules of the project see.

    :param scratch: Where directories of the target may be made, for code that looks into them.
    """
    platform, version = target.platform, target.python_version
    row, system = platform.row, platform.system
    said = system.said(platform, version)
    bits = 8 * row.processor.pointer_size
    known = {
        "platform": system.sys_platform,
        "maxsize": 2 ** (bits - 1) - 1,
        "byteorder": "big" if row.processor.big_endian else "little",
        "compiler": said.compiler,
        "multiarch": system.triplet(row, version),
        "winver": said.winver,
        "windows_version": said.windows_version,
    }
    windows = system.os_name == "nt"
    return {
        "sys": {**known, **_version_in_sys(target)},
        "os": {
            "name": system.os_name,
            "environ": {
                "root": f"{scratch}/windows",
                "values": said.environ,
                "directories": said.directories,
            },
        },
        "uname": _uname(target, said),
        "platform": {
            "platform": said.platform,
            "architecture": [f"{bits}bit", system.executable_format],
            "processor": said.processor,
            "libc_ver": said.libc_ver,
            "mac_ver": said.mac_ver,
            "win32_ver": said.win32_ver,
            **({"python_compiler": said.compiler} if said.compiler is not None else {}),
            **_version_in_platform(target),
        },
        "sizes": _sizes(target),
        "absent_modules": _ONLY_POSIX if windows else _ONLY_WINDOWS,
    }


def _uname(target: Target, said: Said) -> Mapping[str, str]:
    known = {"release": said.release, "version": said.version}
    return {
        "system": target.platform.system.platform_system,
        "machine": target.platform.row.platform_machine,
        **{name: value for name, value in known.items() if value is not None},
    }


def _sizes(target: Target) -> Mapping[str, Any]:
    row = target.platform.row
    sizes = c_sizes(row)
    return {
        "long": sizes["LONG"],
        "pointer": sizes["VOID_P"],
        "wchar_t": sizes["WCHAR_T"],
        "long double": sizes["LONG_DOUBLE"],
        "align_8": row.system.alignment_of_8_bytes(row),
        "big": row.processor.big_endian,
    }


def _version_in_sys(target: Target) -> Mapping[str, Any]:
    """Return what ``sys`` says of the target Python, if it is of another kind."""
    version, running = target.python_version, running_python()
    implementation = _implementation(target)
    if implementation is not None:
        full = [*map(int, target.full_version.split(".")), "final", 0]
        return {"version_info": full, "implementation": implementation}
    said: dict[str, Any] = {}
    if version.free_threaded != running.free_threaded:
        said["abiflags"] = "".join(target.abi_flags)
        if version.numbers >= (3, 13):
            said["gil_enabled"] = not version.free_threaded
    if version.numbers != running.numbers:
        said["version_info"] = [*map(int, target.full_version.split(".")), "final", 0]
    return said


def _implementation(target: Target) -> Mapping[str, Any] | None:
    """Return what the target Python's implementation is called; None if it is CPython, as all that
    runs is."""
    version = target.python_version
    implementation = version.implementation
    if implementation is CPYTHON:
        return None
    numbers = map(int, target.implementation_version.split("."))
    return {
        "name": implementation.name,
        "title": implementation.title,
        "tag": implementation.tag,
        "version_info": [*numbers, "final", 0],
        "cache_tag": version.cache_tag,
    }


def _version_in_platform(target: Target) -> Mapping[str, Any]:
    version, full = target.python_version, target.full_version
    said = {"python_version": full, "python_version_tuple": full.split(".")}
    if version.implementation is not CPYTHON:
        return {**said, "python_implementation": version.implementation.title}
    return {} if version.numbers == running_python().numbers else said
