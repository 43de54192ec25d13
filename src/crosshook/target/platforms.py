"""Target platforms: a wheel platform tag, the row that it names, and what it promises to run on.

The rows are in :mod:`crosshook.target.systems`. Wheel platform tags are those of the "Platform
compatibility tags" page of the PyPA specifications.
"""

from __future__ import annotations

from dataclasses import dataclass

from crosshook.errors import TargetError
from crosshook.target.suggestions import hint_for
from crosshook.target.systems import SYSTEMS, Row, System, Version


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    """A target platform: a row and the version that its tag promises to run on."""

    tag: str
    """The wheel platform tag, such as ``manylinux_2_28_aarch64``."""
    row: Row
    version: Version | None = None
    """The newest glibc or musl whose symbols may be used, or the deployment target of macOS; None
    where tags name no version."""

    @property
    def system(self) -> System:
        return self.row.system

    @property
    def glibc(self) -> Version | None:
        """:attr:`version` of a platform with glibc."""
        return self.version if self.system.versioned == "glibc" else None

    @property
    def musl(self) -> Version | None:
        """:attr:`version` of a platform with musl."""
        return self.version if self.system.versioned == "musl" else None

    @property
    def macos(self) -> Version | None:
        """:attr:`version` of macOS, ``MACOSX_DEPLOYMENT_TARGET``."""
        return self.version if self.system.versioned == "macOS" else None

    @property
    def sysconfig_platform(self) -> str:
        """What ``sysconfig.get_platform()`` answers there: ``win-arm64``, ``macosx-11.0-arm64``."""
        return self.system.sysconfig_platform(self)

    @property
    def zig_target(self) -> str:
        """``zig cc -target``, with the version of glibc or macOS where there is one.

        Where zig has no glibc that is old enough, its oldest: whether the result needs newer
        symbols than the tag promises is checked in any case.
        """
        version = self.macos or self.glibc
        zig = self.row.zig
        if version is None:
            return zig.triple
        return "{}.{}.{}".format(zig.triple, *max(version, zig.oldest or version))


def parse_platform(tag: str, *, source: str) -> Platform:
    """Return the platform that a wheel platform tag names.

    :param tag: A wheel platform tag; not an alias, a triple or a sysconfig platform.
    :param source: Where the tag came from (``--target``, ``target.platform_tag``), for the error.
    :raises TargetError: if the tag is not in the table, with the tags that look like it; or if it
        names a version that is too old, or that there is not.
    """
    for system in SYSTEMS:
        found = system.read_tag(tag)
        if found is not None:
            row, version = found
            if version is not None:
                _check_version(tag, row, version, source)
            return Platform(tag=tag, row=row, version=version)
    raise TargetError(f"{source}: unknown wheel platform tag {tag!r}", hint=hint_for(tag))


def _check_version(tag: str, row: Row, version: Version, source: str) -> None:
    """Check that a tag's version is not too old, and one that exists.

    :raises TargetError: if it is not.
    """
    system = row.system
    oldest = system.oldest_named(row) or version
    if version >= oldest and system.exists(version):
        return
    hint = f"the oldest is {system.tag_of(oldest, row)}"
    if system.newest is not None and version[0] == system.newest[0] and version > system.newest:
        hint = f"the newest that crosshook takes is {system.tag_of(system.newest, row)}"
    raise TargetError(
        f"{source}: {tag!r} asks for {system.versioned} {version[0]}.{version[1]}, which is not "
        "supported",
        hint=hint,
    )
