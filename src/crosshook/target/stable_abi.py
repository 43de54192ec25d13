"""The stable ABIs of CPython, ``abi3`` and ``abi3t`` (PEP 803): which DLLs a Python has."""

from __future__ import annotations

from crosshook.target.python_version import PythonVersion


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
