"""Linux programs on Linux: by the kernel itself, by the target's own loader, or by QEMU.

A program for another processor is started by the kernel if ``binfmt_misc`` has an interpreter
registered for it, and by ``qemu-user`` otherwise. Both need the target's dynamic loader and libc:
a *root*, a directory that holds them under the path that the program names, ``lib/ld-linux-*``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from crosshook.emulators import INTERPRETER, LAUNCHER, LINK, Emulator
from crosshook.errors import EmulatorError
from crosshook.machine import Machine
from crosshook.target.platforms import Platform

_RUNS_ALSO = {"x86_64": ("i686",)}
"""Processors whose programs another one runs, as a rule: a kernel may be built without."""

_HEADER = 64


def find(platform: Platform, interpreter: Path, prefix: Path, machine: Machine) -> Emulator:
    """Return what runs a target's Python.

    :raises EmulatorError: if nothing is installed that does, or the target's libc is not here.
    """
    loader = _loader(interpreter)
    roots = [r for r in _roots(platform, prefix, machine) if (r / loader.lstrip("/")).exists()]
    arch = platform.row.arch
    if arch == machine.arch or arch in _RUNS_ALSO.get(machine.arch, ()):
        return _native(loader, roots, platform, machine)
    if not roots and loader:
        raise EmulatorError(
            f"{interpreter}: its loader {loader} is nowhere on this machine",
            hint=f"unpack the target's libc into {prefix}, or name a directory that has "
            "it: QEMU_LD_PREFIX",
        )
    root = str(roots[0]) if roots else "/"
    if _registered(interpreter, machine.binfmt):
        return Emulator(
            name=f"binfmt_misc for {arch}", python=(LINK,), environ={"QEMU_LD_PREFIX": root}
        )
    path = machine.environ.get("PATH")
    names = (f"qemu-{platform.row.qemu}-static", f"qemu-{platform.row.qemu}")
    for name in names:
        qemu = shutil.which(name, path=path)
        if qemu is not None:
            # -0: Python starts others of itself by the name it was started with, so through QEMU.
            python = (qemu, "-L", root, "-0", LAUNCHER, INTERPRETER)
            return Emulator(name=name, python=python)
    raise EmulatorError(
        f"no emulator for {platform.tag}: {' and '.join(names)} are not installed",
        hint="apt-get install qemu-user-static, or name another: --emulator CMD",
    )


def _native(loader: str, roots: list[Path], platform: Platform, machine: Machine) -> Emulator:
    own = [root for root in roots if root != machine.root]
    if not own and (machine.root / loader.lstrip("/")).exists():
        return Emulator(name="this machine", python=(LINK,))
    if not own:
        raise EmulatorError(
            f"{loader}: the loader of programs for {platform.tag} is nowhere on this machine",
            hint="name an unpacked Python that has its libc beside it: --target-python PREFIX",
        )
    root = own[0]
    directories = (
        root / part / multiarch
        for part in ("lib", "usr/lib", "lib64", "usr/lib64", "lib32", "usr/lib32")
        for multiarch in (str(platform.row.multiarch), "")
    )
    libraries = ":".join(str(d) for d in directories if d.is_dir())
    program = str(root / loader.lstrip("/"))
    return Emulator(
        name=f"this machine, with {program}",
        python=(program, "--argv0", LAUNCHER, "--library-path", libraries, INTERPRETER),
    )


def _loader(interpreter: Path) -> str:
    """Return the path of the dynamic loader that a program names; empty for a static one.

    :raises EmulatorError: if it is not an ELF program.
    """
    try:
        with interpreter.open("rb") as stream:
            for segment in ELFFile(stream).iter_segments():
                if isinstance(segment, InterpSegment):
                    return str(segment.get_interp_name())
    except OSError as error:
        raise EmulatorError(f"{interpreter}: cannot be read: {error.strerror}") from None
    except ELFError as error:
        raise EmulatorError(f"{interpreter}: not a Linux program: {error}") from None
    return ""


def _roots(platform: Platform, prefix: Path, machine: Machine) -> Iterator[Path]:
    """Yield where a target's libc may be: beside its Python, or where distributions have it."""
    # Where loaders are below "usr" alone, it looks like a root, and libraries are not found in it.
    yield from (prefix.parent, prefix) if prefix.name == "usr" else (prefix,)
    if machine.environ.get("QEMU_LD_PREFIX"):
        yield Path(machine.environ["QEMU_LD_PREFIX"])
    yield machine.root / "usr" / str(platform.row.multiarch)
    yield machine.root / "etc" / "qemu-binfmt" / str(platform.row.qemu)
    yield machine.root


def _registered(program: Path, binfmt: Path) -> bool:
    """Tell whether the kernel has an interpreter for a program; the files are binfmt_misc's."""
    status = binfmt / "status"
    if not status.is_file() or status.read_text(encoding="ascii").strip() != "enabled":
        return False
    with program.open("rb") as stream:
        header = stream.read(_HEADER)
    entries = [entry for entry in binfmt.iterdir() if entry.name not in ("register", "status")]
    return any(_takes(entry.read_text(encoding="utf-8"), header) for entry in entries)


def _takes(entry: str, header: bytes) -> bool:
    """Tell whether an entry of binfmt_misc is for programs that begin with a header."""
    # "interpreter PATH", "offset 0", "magic HEX", "mask HEX"; "enabled" stands alone.
    words = dict(line.partition(" ")[::2] for line in entry.splitlines())
    magic = bytes.fromhex(words.get("magic", ""))
    mask = bytes.fromhex(words.get("mask", "")) or b"\xff" * len(magic)
    head = header[int(words.get("offset", "0")) :][: len(magic)]
    if "enabled" not in words or not magic or len(head) != len(magic):
        return False
    return all(a & m == b & m for a, b, m in zip(head, magic, mask, strict=True))
