"""The wheel tags that a target accepts: ``packaging.tags`` for a Python that is not running."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from packaging.tags import Tag, compatible_tags, cpython_tags

from crosshook.errors import TargetError
from crosshook.platforms import OLDEST_GLIBC, Platform, parse_platform
from crosshook.target import Target


def accepted_tags(target: Target) -> tuple[Tag, ...]:
    """Return the tags of wheels that may be delivered for a target, best first.

    A target named by a manylinux tag accepts that tag and those of older glibcs. It does not
    accept ``linux_*``, which an installer on the target would: the user asked for a promise that
    such a wheel does not make, and package indexes refuse it.

    :raises TargetError: if the target Python is not CPython.
    """
    if target.implementation != "cpython":
        raise TargetError(
            f"target.python.implementation.name: {target.implementation!r} is not supported, "
            "cpython is"
        )
    version = target.python_version
    digits = "{}{}".format(*version)
    abi = f"cp{digits}{''.join(target.abi_flags)}"
    platforms = list(_platform_tags(target.platform))
    return (
        *cpython_tags(version, abis=[abi], platforms=platforms),
        *compatible_tags(version, interpreter=f"cp{digits}", platforms=platforms),
    )


def installable_tags(target: Target, glibc: tuple[int, int] | None) -> tuple[Tag, ...]:
    """Return the tags of wheels that an installer on a machine of the target takes, best first.

    :param glibc: That machine's; None off glibc, or for what the target's tag promises.
    """
    platforms = [target.platform]
    if target.platform.glibc is not None:
        row = target.platform.row
        major, minor = glibc or target.platform.glibc
        newest = f"manylinux_{major}_{minor}_{row.arch}"
        platforms = [parse_platform(tag, source="libc") for tag in (newest, row.plain_tag)]
    found = [tag for p in platforms for tag in accepted_tags(replace(target, platform=p))]
    return tuple(dict.fromkeys(found))


def promised_glibc(tags: Iterable[Tag], platform: Platform) -> tuple[str, tuple[int, int]] | None:
    """Return what a wheel promises to run on: the tag of the oldest glibc, and that glibc.

    A wheel with a tag older than the target's is held to its own, since installers elsewhere
    believe it. Only tags that the platform accepts count; without any, the platform's own does.
    None off glibc.
    """
    if platform.glibc is None:
        return None
    named = {tag.platform for tag in tags}
    found = [(glibc, name) for name, glibc in _manylinux_tags(platform) if name in named]
    glibc, name = min(found, default=(platform.glibc, platform.tag))
    return name, glibc


def _platform_tags(platform: Platform) -> Iterator[str]:
    if platform.glibc is None or not platform.tag.startswith("manylinux"):
        yield platform.tag
        return
    for name, _ in _manylinux_tags(platform):
        yield name


def _manylinux_tags(platform: Platform) -> Iterator[tuple[str, tuple[int, int]]]:
    if platform.glibc is None or not platform.tag.startswith("manylinux"):
        return
    major, minor = platform.glibc
    for older in range(minor, OLDEST_GLIBC[1] - 1, -1):
        yield f"manylinux_{major}_{older}_{platform.row.arch}", (major, older)
        if (major, older) == (2, 17):
            yield f"manylinux2014_{platform.row.arch}", (2, 17)
