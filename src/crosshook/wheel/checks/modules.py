"""Whether the Pythons that a wheel promises find and import its extension modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from crosshook.target.implementations import PYPY
from crosshook.target.promise import Promise
from crosshook.target.python_version import PythonVersion
from crosshook.wheel.checks.subject import Subject
from crosshook.wheel.objects import ObjectFile
from crosshook.wheel.objects.image import SHARED_LIBRARY
from crosshook.wheel.reading import Wheel

_TAGGED_MODULE = re.compile(r".*\.(cpython-\d|cp\d+t?-|pypy\d)[^/]*\.(so|pyd)$")
_STABLE_MODULE = re.compile(r".*\.abi3t?(-[^/.]+)?\.so$|.*\.pyd$")


def file_name_problems(wheel: Wheel, promise: Promise) -> Iterator[str]:
    """Check files by their names, whatever they hold, and that those of modules hold code."""
    # Not the first suffix: where a description names no other, that is the stable ABI's.
    own = tuple(s for s in promise.suffixes if _TAGGED_MODULE.fullmatch(f"module{s}"))
    code = {found.name for found in wheel.objects}
    for name in wheel.files:
        tagged = _TAGGED_MODULE.fullmatch(name)
        if tagged and own and not name.endswith(own):
            yield (
                f"{name}: an extension module for another Python or platform; this one's suffix is "
                f"{own[0]}"
            )
        if name not in code and (tagged or _STABLE_MODULE.fullmatch(name)):
            yield f"{name}: named as an extension module, and no object file"


def module_problems(found: ObjectFile, subject: Subject) -> Iterator[str]:
    """Check that the Pythons of the wheel's tags find an extension module under its file name."""
    if not found.modules or found.kind != SHARED_LIBRARY:
        return
    # Behind the colon where it is in an archive inside the wheel.
    inside = found.name if found.name in subject.wheel.files else found.name.rpartition(":")[2]
    file = PurePosixPath(inside).name
    stem, _, _ = file.partition(".")
    suffixes, suffix = subject.promise.suffixes, file.removeprefix(stem)
    # The whole rest counts: a.abi3-x.so ends in .so, and would have to be imported as "a.abi3-x".
    if suffix not in suffixes:
        imports = f"it imports {', '.join(suffixes)}" if suffixes else "its description names none"
        yield (
            f"{found.name}: an extension module whose suffix the target Python does not import; "
            f"{imports}"
        )
        return
    if stem != "__init__" and stem not in found.modules:
        yield f"{found.name}: it has no PyInit_{stem}, but {found.init_functions[0]}"
    yield from _promise_problems(found, suffix, subject.promise)


def _promise_problems(found: ObjectFile, suffix: str, promise: Promise) -> Iterator[str]:
    """Check that older Pythons, which tags name beside the target's, import a module as well."""
    if _TAGGED_MODULE.fullmatch(found.name):
        for tag in promise.wider:
            yield (
                f"{found.name}: only {promise.python.title} imports it, and the tag {tag} "
                "promises more"
            )
        pythons = [promise.python]
    else:
        pythons = [promise.python, *(oldest for _, oldest in promise.stable)]
        for tag, oldest in promise.stable:
            if suffix not in promise.platform.system.shared_suffixes(promise.platform.row, oldest):
                yield (
                    f"{found.name}: {oldest.title} does not import {suffix}, and the tag {tag} "
                    "promises it"
                )
    first = min(pythons, key=lambda python: python.numbers)
    looked_for = _init_functions(first)
    if not any(name.startswith(looked_for) for name in found.init_functions):
        yield (
            f"{found.name}: {first.title} looks for PyInit_ functions, and it has "
            f"{found.init_functions[0]} alone"
        )


def _init_functions(python: PythonVersion) -> tuple[str, ...]:
    """Return how the functions begin that a Python looks for in an extension module."""
    if python.implementation is PYPY:
        return ("PyInit_", "_cffi_pypyinit_")
    return ("PyInit_",) if python.numbers < (3, 15) else ("PyInit_", "PyModExport_")


def module_remarks(found: ObjectFile) -> Iterator[str]:
    """Yield what is odd about what is named as a module."""
    if _TAGGED_MODULE.fullmatch(found.name) and not found.modules:
        yield f"{found.name}: named as an extension module, and has no PyInit_ function"
