"""What runs a target's programs while a wheel is built: tests of a build system, generators.

The backend asks this in its build environment, so it is the standard library alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from crosshook._types import Command
from crosshook.target import Target


def program_runner(
    target: Target, environ: Mapping[str, str], *, system: str, arch: str
) -> Command:
    """Return what runs a target's programs on this machine: QEMU, with the target's libc.

    That is looked for in ``QEMU_LD_PREFIX``, in the target's sysroot, beside the target Python, and
    where distributions have it. Empty if either is missing, and for all but Linux on Linux.

    :param system: The build machine's operating system, as Meson names it.
    :param arch: Its processor, ``platform.machine()``.
    """
    row = target.platform.row
    if (system, row.system.meson.system) != ("linux", "linux") or row.machine_name == arch:
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
