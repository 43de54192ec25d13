"""Whether the libraries that a file is linked to are where its loader looks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from crosshook.wheel.checks.subject import Subject
from crosshook.wheel.objects import Image, ObjectFile
from crosshook.wheel.objects.image import LOADED_KINDS

PYTHON_DLL = re.compile(r"(python3\d*t?(_d)?|libpypy3\.\d+-c)\.dll", re.IGNORECASE | re.ASCII)
_PYTHON_LIBRARY = ("libpython", "Python")
_RELATIVE = ("$", "@")
"""Start the paths that begin where the file itself is, or elsewhere that the loader knows."""
_DELOCATES = "/DLC/"
"""Starts the install names that delocate gives the libraries which it packs; nothing is there."""
_SYSTEM_DIRECTORIES = re.compile(r"/(usr/)?lib(64|32)?(/|$)|/System/")


def library_problems(found: ObjectFile, image: Image, subject: Subject) -> Iterator[str]:
    """Check that each library comes with the wheel, or is one that the tag promises."""
    if image.kind not in LOADED_KINDS:
        return
    promise = subject.promise
    links_python = promise.platform.system.links_python
    for library in image.needed:
        if (found.name, library) in subject.links.bound or library in image.optional:
            continue
        if links_python and PYTHON_DLL.fullmatch(library):
            continue
        if promise.brings(library):
            continue
        said = f"{found.name}: {'imports' if links_python else 'linked to'} {library}, which "
        if links_python:
            implementation = promise.python.implementation.title
            said += f"neither Windows nor {implementation} brings"
        elif PurePosixPath(library).name.startswith(_PYTHON_LIBRARY):
            said += f"many a Python for {promise.platform.system.platform_system} lacks"
        else:
            said += f"not every {promise.tag} has"
        yield said + _unfound(library, subject)


def _unfound(library: str, subject: Subject) -> str:
    """Say that a file of the library's name is in the wheel, and not where it is looked for."""
    name = PurePosixPath(library).name.lower()
    for file in subject.wheel.files:
        if PurePosixPath(file).name.lower() == name:
            return f"; {file} is not where its loader looks for a library of that name"
    return ""


def library_remarks(found: ObjectFile, image: Image) -> Iterator[str]:
    """Yield paths of the build machine: where it looks for libraries, and what it calls itself."""
    if image.kind not in LOADED_KINDS:
        return
    for path in (*image.rpath, *image.runpath):
        if not path.startswith(_RELATIVE) and not _SYSTEM_DIRECTORIES.match(path):
            yield f"{found.name}: looks for libraries in {path}, a path of the build machine"
    name = image.name or ""
    if name.startswith("/") and not name.startswith(_DELOCATES):
        yield f"{found.name}: calls itself {name}, a path of the build machine"
