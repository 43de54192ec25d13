"""The stable ABIs of CPython, ``abi3`` and ``abi3t`` (PEP 803): which files a Python takes."""

from __future__ import annotations

from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion


def shared_suffixes(platform: Platform, version: PythonVersion) -> tuple[str, ...]:
    """Return the suffixes of extension modules that a Python imports, but for its very own one.

    In the order of CPython's ``dynload_*.c``. Free-threaded builds before 3.15 have ``.abi3.so``
    among them, and no stable ABI. Those that name the platform are of 3.15 (gh-122931).
    """
    if platform.row.system == "windows":
        return (".pyd",)
    if version.numbers < (3, 15):
        return (".abi3.so", ".so")
    stable_abis = ("abi3t",) if version.free_threaded else ("abi3", "abi3t")
    stable = (f".{abi}{of}.so" for abi in stable_abis for of in (f"-{platform.row.multiarch}", ""))
    return (*stable, ".so")


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
