"""Debian's Pythons for other processors, and the libc that a Linux Python needs to run.

apt verifies what it downloads; nothing is installed into the system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from crosshook import _files, _kept
from crosshook._types import Reporter
from crosshook.errors import LibraryError, TargetPythonError
from crosshook.libraries.apt import KEYRING, Apt, debian_source
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.machine import Machine
from crosshook.pythons.fetching.kept import place_of
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

RELEASES: Mapping[str, str] = {
    "3.11": "bookworm",
    "3.13": "trixie",
    "3.14": "sid",
    "3.15": "sid",
}
"""The release that has a minor version of CPython."""

PYPY_RELEASES: Mapping[str, str] = {"pypy3.9": "bookworm", "pypy3.11": "trixie"}
"""The release that has a PyPy for a minor version of Python."""

_RELEASES = {**RELEASES, **PYPY_RELEASES}

_LIBC = {"glibc": ("libc6", "libgcc-s1", "libstdc++6"), "musl": ("musl",)}
"""By system: the packages of a libc, and of what wheels from package indexes need beside it."""

_LIBC_RELEASE = "trixie"

_WORK = "crosshook-apt"
"""Beside what is unpacked, until it is whole."""


def has(platform: Platform, version: PythonVersion) -> bool:
    """Tell whether Debian has a Python of a minor version for a platform."""
    known = platform.system.name == "glibc" and platform.row.arch in ARCHITECTURES
    return known and str(version) in _RELEASES


def debian_python(
    platform: Platform, version: PythonVersion, *, machine: Machine, reporter: Reporter
) -> Path | None:
    """Return a directory with Debian's Python for a platform, its headers and what it needs to run;
    None where Debian has none, since one option serves all targets of a run.

    :raises TargetPythonError: if apt cannot get it.
    """
    if not has(platform, version):
        composed = ": its files are composed" if version.implementation.is_composed else ""
        reporter.note(f"Debian has no {version.title} for {platform.tag}{composed}")
        return None
    release, architecture = _RELEASES[str(version)], ARCHITECTURES[platform.row.arch]

    def make(draft: Path) -> None:
        reporter.step(f"unpacking Debian's {version.title} ({release}, {architecture})")
        work = draft / _WORK
        try:
            unpack(architecture, str(version), _LIBC["glibc"], work)
        except LibraryError as error:
            raise TargetPythonError(
                f"--python-source debian: {version.title} of {release} for {architecture}: "
                f"{error.message}",
                hint=_hint(error),
                detail=error.detail,
            ) from None
        _move(work, draft)

    place = place_of("debian", platform, version, machine.cache)
    return _kept.keep_directory(place, make, note=reporter.note)


def _hint(error: LibraryError) -> str:
    if error.hint is not None:
        return "--python-source uv needs no apt"
    if not Path(KEYRING).is_file():
        return "apt-get install debian-archive-keyring, or --python-source uv"
    return "see what apt said above, or --python-source uv"


def unpack(architecture: str, version: str, packages: Sequence[str], work: Path) -> None:
    """Unpack Debian's Python, its headers and more packages below ``root`` in a directory.

    :param architecture: Debian's name of it: ``arm64``.
    :param version: One of :data:`RELEASES` or of :data:`PYPY_RELEASES`.
    :raises LibraryError: if apt cannot get them.
    """
    apt = Apt(architecture, debian_source(_RELEASES[version]), work)
    program, headers = f"python{version}", f"libpython{version}-dev"
    if version in PYPY_RELEASES:
        program, headers = "pypy3", "pypy3-dev"
    run = apt.needed([program, *packages])
    # Headers come without what they need.
    apt.unpack([*run, headers])
    _link_loaders(apt.root)


def unpack_libc(platform: Platform, directory: Path) -> None:
    """Unpack the libc that programs for a platform need into a directory that may hold a Python.

    :raises LibraryError: if apt cannot get it.
    """
    work = directory / _WORK
    apt = Apt(ARCHITECTURES[platform.row.arch], debian_source(_LIBC_RELEASE), work)
    apt.unpack(apt.needed(_LIBC[platform.system.name]))
    _link_loaders(apt.root)
    _move(work, directory)


def _link_loaders(root: Path) -> None:
    """Make the directories that programs name their loader in; newer releases have it below /usr
    alone."""
    for name in ("lib", "lib64"):
        link = root / name
        if not link.exists() and (root / "usr" / name).is_dir():
            link.symlink_to(f"usr/{name}")


def _move(work: Path, directory: Path) -> None:
    """Move what was unpacked, beside or into what is there."""
    _merge(work / "root", directory)
    _files.remove(work)


def _merge(source: Path, directory: Path) -> None:
    for entry in sorted(source.iterdir()):
        place = directory / entry.name
        if place.is_dir() and not place.is_symlink():
            _merge(entry, place)
        else:
            entry.rename(place)
