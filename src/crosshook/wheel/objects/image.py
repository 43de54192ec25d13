"""What a loader reads of an object file; of one for several processors, each part is an image."""

from __future__ import annotations

from dataclasses import dataclass

SHARED_LIBRARY = "shared library"
LOADED_KINDS = (SHARED_LIBRARY, "executable")
"""The kinds of files that a system loads as they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Import:
    """A symbol that has to be defined elsewhere; what may be missing (a weak symbol) is none."""

    name: str
    """As C spells it; ``#7`` where a DLL's seventh function is taken, by its number."""
    library: str | None = None
    """The library that it is taken from, as :attr:`Image.needed` spells it; None where the loader
    takes it from any library that is loaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """The code for one processor, by what its loader goes by."""

    machine: int
    """The machine number of its header."""
    kind: str
    """For messages: ``shared library``, ``executable``, ``relocatable`` ..."""
    name: str | None = None
    """ELF ``SONAME``, Mach-O install name."""
    needed: tuple[str, ...] = ()
    """Libraries that it is linked to: ELF ``NEEDED``, imported DLLs, install names."""
    optional: frozenset[str] = frozenset()
    """Those of them that may be missing: Mach-O's weak ones, DLLs whose loading is delayed."""
    reexported: tuple[str, ...] = ()
    """Mach-O: those of them whose symbols count as its own."""
    rpath: tuple[str, ...] = ()
    """Directories that libraries are looked for in, its own and those that they need in turn: ELF
    ``RPATH``, Mach-O ``LC_RPATH``."""
    runpath: tuple[str, ...] = ()
    """ELF ``RUNPATH``, which takes the place of ``RPATH``, and which glibc uses for the libraries
    that the file itself needs."""
    imports: tuple[Import, ...] = ()
    exports: frozenset[str] = frozenset()
    """Names of what it defines for others, as C spells them."""
    versions: tuple[str, ...] = ()
    """ELF: symbol versions that it requires, such as ``GLIBC_2.17``."""
    system: str | None = None
    """Mach-O: the platform that it says to be for, such as ``macOS``. PE: the subsystem."""
    system_version: tuple[int, int] | None = None
    """The oldest version of that system which it says to run on."""
    flags: int = 0
    """ELF: ``e_flags``, which tell the calling convention on some processors."""
    pointer_size: int | None = None
    """ELF: bytes in a pointer; processors with 4 and with 8 may share a machine number."""
    big_endian: bool = False
    """ELF: so may those of either byte order."""
    flaws: tuple[str, ...] = ()
    """Why no loader takes it, or should: each goes on from the file's name in a message."""
    oddities: tuple[str, ...] = ()
    """What is to be said of it, and no reason to refuse it."""
