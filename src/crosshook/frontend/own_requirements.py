"""What crosshook requires in a build environment.

It is copied out of the environment that runs crosshook, as crosshook itself is, where a copy is as
good as an installation: what is written in Python alone and requires nothing. To start an installer
takes longer than all else that an environment needs.
"""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet


def own_requirements() -> tuple[Requirement, ...]:
    """Return what crosshook requires without its extras.

    The markers are for the Python of the environment, which may be another than the one that runs.
    """
    requirements = [Requirement(text) for text in importlib.metadata.requires("crosshook") or ()]
    return tuple(one for one in requirements if "extra ==" not in str(one.marker))


def copy_into(
    directory: Path, requirements: Sequence[Requirement], *, there: Mapping[str, str], python: str
) -> tuple[str, ...]:
    """Copy what is required into a ``site-packages`` directory; return what is left to install.

    :param there: The versions of distributions that it has, by their names.
    :param python: The version of the Python that it belongs to, such as ``3.13.2``.
    """
    return tuple(_left(directory, requirements, there, python))


def _left(
    directory: Path, requirements: Sequence[Requirement], there: Mapping[str, str], python: str
) -> Iterator[str]:
    minor = ".".join(python.split(".")[:2])
    versions = {"python_version": minor, "python_full_version": python}
    for requirement in requirements:
        if requirement.marker is not None and not requirement.marker.evaluate(versions):
            continue
        if requirement.name in there:
            if not requirement.specifier.contains(there[requirement.name], prereleases=True):
                yield str(requirement)
            continue
        found = _copyable(requirement, python)
        if found is None:
            yield str(requirement)
        else:
            _copy(found, directory)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Copyable:
    """The files of a distribution."""

    root: Path
    """What their names are relative to: ``site-packages``."""
    files: tuple[PurePosixPath, ...]


def _copyable(requirement: Requirement, python: str) -> _Copyable | None:
    """Return the files of the distribution that serves a requirement here; None if there is none,
    or a copy would not be as good."""
    try:
        found = importlib.metadata.distribution(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    # Linux distributions do not say which files there are; .pth files name those of a checkout.
    files = tuple(file for file in found.files or () if "__pycache__" not in file.parts)
    if not files or any(".." in file.parts or file.suffix == ".pth" for file in files):
        return None
    if "Root-Is-Purelib: true" not in (found.read_text("WHEEL") or "") or found.requires:
        return None
    if not requirement.specifier.contains(found.version, prereleases=True):
        return None
    if "Requires-Python" in found.metadata:
        try:
            pythons = SpecifierSet(found.metadata["Requires-Python"])
        except InvalidSpecifier:
            return None
        if not pythons.contains(python):
            return None
    return _Copyable(root=Path(str(found.locate_file(""))), files=files)


def _copy(found: _Copyable, directory: Path) -> None:
    for file in found.files:
        place = directory / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found.root / file, place)
