"""The stable ABIs of CPython, ``abi3`` and ``abi3t`` (PEP 803): which DLLs a Python has, and
which names are in them."""

from __future__ import annotations

import functools

from crosshook.target.python_version import PythonVersion
from crosshook.target.symbols import SYMBOLS_DIRECTORY

_ON_WINDOWS = ("MS_WINDOWS", "USE_STACKCHECK")
_ELSEWHERE = ("HAVE_FORK",)
_IN_DEBUG_BUILDS = "Py_REF_DEBUG"


def stable_abi_dlls(version: PythonVersion) -> tuple[str, ...]:
    """Return the DLLs that modules for a stable ABI may import in a Python, its own first.

    ``python3.dll`` and, from 3.15 on, ``python3t.dll``, as CPython's ``PCbuild`` names them; a
    Python with the GIL has both (gh-148690). Free-threaded builds before come with a
    ``python3t.dll`` as well, which nothing can be compiled for.
    """
    names = [f"python{version.major}{version.threads}.dll"] if version.stable_abi else []
    if version.numbers >= (3, 15) and not version.free_threaded:
        names.append(f"python{version.major}t.dll")
    return tuple(names)


@functools.cache
def stable_abi_names(oldest: PythonVersion, *, windows: bool) -> frozenset[str]:
    """Return the names of the stable ABI that a Python and all newer ones export.

    From CPython's ``Misc/stable_abi.toml``, by ``scripts/system_symbols.py``. Some depend on the
    system, and those of debug builds are in no other.
    """
    foreign = {_IN_DEBUG_BUILDS, *(_ELSEWHERE if windows else _ON_WINDOWS)}
    names = set()
    for line in (SYMBOLS_DIRECTORY / "stable-abi.txt").read_text(encoding="utf-8").splitlines():
        name, since, *macros = line.split()
        major, minor = since.split(".")
        if (int(major), int(minor)) <= oldest.numbers and foreign.isdisjoint(macros):
            names.add(name)
    return frozenset(names)
