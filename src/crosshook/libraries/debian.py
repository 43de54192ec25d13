"""``--libraries debian:RELEASE/PACKAGE,...``: Debian's packages for the target, as they are.

Their libraries are linked to the release's glibc: 2.36 in bookworm, 2.41 in trixie. A wheel that
packs one needs a tag that promises as much, which its check sees to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from crosshook import _files, _kept
from crosshook.errors import LibraryError, UsageError
from crosshook.libraries.apt import Apt, debian_source
from crosshook.target.platforms import Platform

ARCHITECTURES: Mapping[str, str] = {
    "x86_64": "amd64",
    "i686": "i386",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "ppc64le": "ppc64el",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "loongarch64": "loong64",
}
"""Debian's name of a processor, by its name in wheel platform tags."""

RELEASES: Mapping[tuple[int, int], str] = {(2, 36): "bookworm", (2, 41): "trixie"}
"""By glibc: the release whose libraries need no newer one."""

_FORMAT = "2"
"""Of what is kept."""

_WORK = "crosshook-apt"
"""Beside what is unpacked, until it is whole."""

_RELEASE = re.compile(r"[a-z]+(-[a-z]+)*")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
"""As Debian's policy manual has names of packages."""


def provide(
    wanted: str,
    platform: Platform,
    *,
    cache: Path,
    note: Callable[[str], None],
    source: str = "--libraries",
) -> Path:
    """Return the root of a tree with packages and all that they depend on, unpacked.

    :param wanted: ``trixie/libxml2-dev,libxslt1-dev``.
    :param cache: Where the tree is kept between builds.
    :param note: Is told if something was made anew, and why.
    :param source: What named it, for errors.
    :raises UsageError: if that is no release with packages, or the target is not Linux with glibc.
    :raises LibraryError: if the packages cannot be had.
    """
    release, packages = _understood(wanted, source)
    if platform.row.system.libc != "glibc":
        raise UsageError(
            f"{source}: debian:{wanted}: Debian's libraries are for glibc, and not for "
            f"{platform.tag}",
            hint="build them for the target by --before-build, and see docs/how-to/libraries.md",
        )
    architecture = ARCHITECTURES[platform.row.arch]
    place = place_of(release, architecture, packages, cache)

    def make(draft: Path) -> None:
        apt = Apt(architecture, debian_source(release), draft / _WORK)
        apt.unpack(apt.needed(packages))
        for entry in sorted(apt.root.iterdir()):
            entry.rename(draft / entry.name)
        _files.remove(draft / _WORK)

    try:
        return _kept.keep_directory(place, make, note=note, names=("usr",))
    except LibraryError as error:
        raise LibraryError(
            f"{source}: debian:{wanted}: for {architecture}: {error.message}",
            hint=error.hint or "see what apt said above; packages.debian.org finds names",
            detail=error.detail,
        ) from None


def place_of(release: str, architecture: str, packages: tuple[str, ...], cache: Path) -> Path:
    """Return where packages are kept, which are in alphabetical order."""
    key = hashlib.sha256(",".join([_FORMAT, *packages]).encode()).hexdigest()[:12]
    return cache / "libraries" / f"debian-{release}-{architecture}-{key}"


def _understood(wanted: str, source: str) -> tuple[str, tuple[str, ...]]:
    release, _, names = wanted.partition("/")
    packages = tuple(sorted(name for name in names.split(",") if name))
    right = _RELEASE.fullmatch(release) and packages and all(map(_PACKAGE.fullmatch, packages))
    if not right:
        raise UsageError(
            f"{source}: debian:{wanted!r} is not RELEASE/PACKAGE,PACKAGE",
            hint="debian:trixie/libxml2-dev,libxslt1-dev, for one",
        )
    return release, packages
