"""What runs a target's programs while a wheel is built: tests of a build system, generators.

The backend asks this in its build environment, so it is the standard library alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from crosshook._types import Command
from crosshook.target import Target

WINE_SERVES = {"x86_64": ("amd64", "32"), "i686": ("32",), "aarch64": ("arm64",)}
"""By processor, as ``platform.machine()`` names it: the Windows processors, as wheel platform tags
name them, that Wine runs without another emulator."""

WINE_SETTINGS = {
    "WINEDEBUG": "-all",
    "WINEDLLOVERRIDES": "mscoree,mshtml=;winemenubuilder.exe=d;winedbg.exe=d",
}
"""Wine's diagnostics go to the program's stderr; the overrides keep it from asking to download
.NET and a browser."""

WINE_UNSET = ("DISPLAY", "WAYLAND_DISPLAY")


def program_runner(
    target: Target, environ: Mapping[str, str], *, system: str, arch: str, state: str
) -> Command:
    """Return what runs a target's programs on this machine: QEMU with the target's libc, for Linux
    on Linux; Wine. Empty where there is none.

    The libc is looked for in ``QEMU_LD_PREFIX``, in the target's sysroot, beside the target Python,
    and where distributions have it.

    :param system: The build machine's operating system, as Meson names it.
    :param arch: Its processor, ``platform.machine()``.
    :param state: A directory for what Wine keeps, which need not be there yet.
    """
    if target.platform.system.os_name == "nt":
        return _wine(target, environ, arch, state) if system != "windows" else ()
    if (system, target.platform.system.meson.system) != ("linux", "linux"):
        return ()
    return _qemu(target, environ, arch)


def _wine(target: Target, environ: Mapping[str, str], arch: str, state: str) -> Command:
    wine = find_wine(environ)
    if wine is None or target.platform.row.arch not in WINE_SERVES.get(arch, ()):
        return ()
    own = {"WINEPREFIX": state, **WINE_SETTINGS}
    words = [word for name in WINE_UNSET for word in ("-u", name)]
    words += [f"{name}={environ.get(name) or value}" for name, value in own.items()]
    return ("env", *words, wine)


def find_wine(environ: Mapping[str, str]) -> str | None:
    """Return the path of Wine on ``PATH``."""
    path = environ.get("PATH")
    return shutil.which("wine", path=path) or shutil.which("wine64", path=path)


def _qemu(target: Target, environ: Mapping[str, str], arch: str) -> Command:
    row = target.platform.row
    if row.machine_name == arch:
        return ()
    prefix = Path(target.prefix)
    named = (environ.get("QEMU_LD_PREFIX"), target.sysroot)
    roots = [*(Path(root) for root in named if root), prefix, prefix.parent]
    roots.append(Path("/usr") / str(row.multiarch))
    root = next((root for root in roots if _has_loader(root, str(row.system.libc))), None)
    for name in (f"qemu-{row.qemu}-static", f"qemu-{row.qemu}"):
        found = shutil.which(name, path=environ.get("PATH"))
        if found is not None and root is not None:
            return (found, "-L", str(root))
    return ()


def _has_loader(root: Path, libc: str) -> bool:
    pattern = "ld-musl-*" if libc == "musl" else "ld*.so.*"
    # The root of this machine has its own.
    return root != Path("/") and any(
        file for name in ("lib", "lib64") for file in (root / name).glob(pattern)
    )
