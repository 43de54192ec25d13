"""What a file is, by its first bytes."""

from __future__ import annotations

import re

from crosshook.wheel.objects import elf, mach_o, pe

HEAD = 64
"""How many of a file's first bytes tell what it is."""

BIG_OBJECT = b"\0\0\xff\xff"
"""Starts COFF objects of ``/bigobj`` and the short imports that import libraries consist of; the
machine number is 6 bytes in, where others start with it."""

_JAVA_OLDEST_MAJOR = 45
_COFF_MACHINES = {0x14C, 0x8664, 0xAA64, 0x1C4, 0xA641, 0xA64E}
_COFF_SECTION = re.compile(rb"[./][\w$./]{1,7}\0*")
_AR_MAGIC = (b"!<arch>\n", b"!<thin>\n")


def recognise(head: bytes, name: str) -> str | None:
    """Return the format of the object file that starts with these bytes; None for other files.

    :param head: The first :data:`HEAD` bytes, or all there are.
    :param name: The file's name: COFF objects have no magic number. Where the name does not end
        in ``.obj`` or ``.o``, the name of the first section has to look like one as well.
    """
    if head.startswith(elf.MAGIC):
        return "ELF"
    if head.startswith(pe.MAGIC) and len(head) >= HEAD:
        return "PE"
    if head.startswith(mach_o.MAGIC):
        return "Mach-O"
    if head.startswith(mach_o.FAT_MAGIC) and len(head) >= 8:
        # A Java class file has the same magic number, and its version where the count is.
        return "Mach-O" if int.from_bytes(head[4:8], "big") < _JAVA_OLDEST_MAJOR else None
    if head.startswith(mach_o.FAT_64_MAGIC) and len(head) >= 8:
        return "Mach-O"
    if head.startswith(_AR_MAGIC):
        return "ar"
    if head.startswith(b"\0asm"):
        return "wasm"
    if head.startswith((b"BC\xc0\xde", b"\xde\xc0\x17\x0b")):
        return "LLVM bitcode"
    named = name.lower().endswith((".obj", ".o"))
    if coff_machine(head) in _COFF_MACHINES and (named or _has_coff_section(head)):
        return "COFF"
    return None


def coff_machine(head: bytes) -> int:
    """Return the machine number of a COFF object."""
    at = 6 if head.startswith(BIG_OBJECT) else 0
    return int.from_bytes(head[at : at + 2], "little")


def _has_coff_section(head: bytes) -> bool:
    """Tell whether a file header without an optional one is followed by a section's name."""
    sections = int.from_bytes(head[2:4], "little")
    optional = int.from_bytes(head[16:18], "little")
    name = head[20:28]
    return sections > 0 and optional == 0 and _COFF_SECTION.fullmatch(name) is not None
