"""Whether every symbol that a file needs is defined where it will be loaded.

A symbol has to be Python's, of a library that the wheel holds or the tag promises, or of what every
process of the system has loaded. Python's are those that the target Python exports and, for a tag
of a stable ABI, those in that of the oldest Python that it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from crosshook.target.promise import INTERPRETER
from crosshook.target.stable_abi import stable_abi_dlls, stable_abi_names
from crosshook.wheel.checks.libraries import PYTHON_DLL
from crosshook.wheel.checks.subject import Subject
from crosshook.wheel.objects import Image, Import, ObjectFile
from crosshook.wheel.objects.image import LOADED_KINDS, SHARED_LIBRARY

_PYTHONS = re.compile(r"_?Py[A-Z_]\w*|PY_\w+")
_MOST_NAMED = 8

_RUNTIMES = {
    "__kmpc_": "LLVM's OpenMP runtime",
    "GOMP_": "GCC's OpenMP runtime",
    "omp_": "an OpenMP runtime",
    "__asan_": "AddressSanitizer's runtime",
    "__tsan_": "ThreadSanitizer's runtime",
    "__ubsan_": "UndefinedBehaviorSanitizer's runtime",
    "__gcov_": "gcc's runtime for coverage",
    "__llvm_profile_": "clang's runtime for coverage",
}
"""What calls that compilers make by themselves are of, by how the names start."""


def symbol_problems(found: ObjectFile, image: Image, subject: Subject) -> Iterator[str]:
    """Check each symbol that a file needs and that may not be missing."""
    if image.kind not in LOADED_KINDS:
        return
    if subject.promise.platform.system.links_python:
        yield from _python_dll_problems(found, image, subject)
        pythons: list[str] = []
    else:
        pythons = [
            imported.name
            for imported in image.imports
            if _is_pythons(imported, image, found, subject)
        ]
        yield from _python_problems(found, pythons, subject)
    others = [imported for imported in image.imports if imported.name not in set(pythons)]
    yield from _bound_problems(found, others, subject)
    undefined = _undefined(found, image, others, subject)
    if undefined:
        yield f"{found.name}: needs {_listed(undefined)}, which nothing defines{_whose(undefined)}"


def _listed(names: Iterable[str]) -> str:
    first = sorted(set(names))
    more = len(first) - _MOST_NAMED
    return ", ".join(first[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _whose(names: Iterable[str]) -> str:
    for name in names:
        for start, runtime in _RUNTIMES.items():
            if name.startswith(start):
                return f": it is linked without {runtime}"
    return ", neither Python nor a library that it is linked to"


def _is_pythons(imported: Import, image: Image, found: ObjectFile, subject: Subject) -> bool:
    """Tell whether a symbol is one that Python has to define, where no library is named for it."""
    if imported.library is not None or image.kind != SHARED_LIBRARY:
        return False
    if imported.name in subject.promise.exports.get(INTERPRETER, ()):
        return True
    if not _PYTHONS.fullmatch(imported.name):
        return False
    # Some other library's names may begin like that.
    return not _is_defined_beside(imported.name, found, subject)


def _is_defined_beside(name: str, found: ObjectFile, subject: Subject) -> bool:
    return any(name in other.exports for other in subject.links.loaded_with(found.name))


def _python_problems(found: ObjectFile, names: list[str], subject: Subject) -> Iterator[str]:
    promise = subject.promise
    exported = promise.exports.get(INTERPRETER)
    lacking = [name for name in names if exported is not None and name not in exported]
    if lacking:
        yield f"{found.name}: needs {_listed(lacking)}, which {promise.python.title} lacks"
    yield from _stable_abi_problems(found, names, subject)


def _stable_abi_problems(
    found: ObjectFile, names: Iterable[str], subject: Subject
) -> Iterator[str]:
    """Check names of Python's against the stable ABI of the oldest Python that each tag names."""
    windows = subject.promise.platform.system.links_python
    for tag, oldest in subject.promise.stable:
        allowed = stable_abi_names(oldest, windows=windows)
        beyond = [name for name in names if name not in allowed]
        if beyond:
            yield (
                f"{found.name}: needs {_listed(beyond)}, which the stable ABI of Python {oldest} "
                f"lacks, and the tag {tag} promises it"
            )


def _bound_problems(
    found: ObjectFile, imports: Iterable[Import], subject: Subject
) -> Iterator[str]:
    """Check that files of the wheel have what is needed of them."""
    lacking: dict[str, list[str]] = {}
    for imported in imports:
        bound = subject.links.bound.get((found.name, imported.library or ""))
        if bound is None or imported.name.startswith("#") or bound.image.reexported:
            continue
        # ELF's loader takes a symbol from wherever it finds it first.
        anywhere = found.format == "ELF" and _is_defined_beside(imported.name, found, subject)
        if imported.name not in bound.image.exports and not anywhere:
            lacking.setdefault(bound.name, []).append(imported.name)
    for file, names in lacking.items():
        yield f"{found.name}: needs {_listed(names)} from {file}, which lacks it"


def _undefined(
    found: ObjectFile, image: Image, imports: Iterable[Import], subject: Subject
) -> list[str]:
    """Return the symbols that no library is named for, and that none defines."""
    promise = subject.promise
    by_system = [library for library in image.needed if promise.brings(library)]
    bound = [library for library in image.needed if (found.name, library) in subject.links.bound]
    if len(by_system) + len(bound) < len(image.needed):
        # What is missing of it may be in the library that is missing.
        return []
    system, version = promise.platform.system, promise.version or (0, 0)
    undefined = [
        imported.name
        for imported in imports
        if imported.library is None
        and not system.defines(imported.name, version, by_system)
        and not _is_defined_beside(imported.name, found, subject)
    ]
    if all(system.is_known(library) for library in by_system):
        return undefined
    return [name for name in undefined if name.startswith(tuple(_RUNTIMES))]


def _python_dll_problems(found: ObjectFile, image: Image, subject: Subject) -> Iterator[str]:
    """Check which of Python's DLLs is imported, and what from it."""
    promise = subject.promise
    wanted, *stable = promise.python_dlls
    names: dict[str, list[str]] = {
        library: [] for library in image.needed if PYTHON_DLL.fullmatch(library)
    }
    for imported in image.imports:
        if imported.library in names:
            names[imported.library].append(imported.name)
    for dll, imported_names in names.items():
        name = dll.lower()
        if name not in (wanted, *stable):
            yield f"{found.name}: imports {dll}; the target Python has {wanted}"
        elif name == wanted and promise.stable:
            abi = " or ".join(stable) or f"which {promise.python.title} has not"
            yield f"{found.name}: imports {dll}, in a wheel for the stable ABI ({abi})"
        elif name in stable and (lacking := _tags_without(name, subject)):
            yield (
                f"{found.name}: imports {dll}, and the tag {lacking[0]} promises Pythons that "
                "have none"
            )
        elif name == wanted and promise.wider:
            yield (
                f"{found.name}: imports {dll}, which only {promise.python.title} has, and the tag "
                f"{promise.wider[0]} promises more"
            )
        exported = promise.exports.get(name)
        missing = [n for n in imported_names if exported is not None and n not in exported]
        if missing:
            yield f"{found.name}: imports {_listed(missing)} from {dll}, which lacks it"
        yield from _stable_abi_problems(found, imported_names, subject)


def _tags_without(dll: str, subject: Subject) -> list[str]:
    """Return the tags for a stable ABI whose oldest Python lacks a DLL of one."""
    name = dll.replace("_d.dll", ".dll")
    stable = subject.promise.stable
    return [str(tag) for tag, oldest in stable if name not in stable_abi_dlls(oldest)]
