"""The wheel tags that a target accepts: ``packaging.tags`` for a Python that is not running."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from packaging.tags import Tag, compatible_tags, cpython_tags, generic_tags

from crosshook.target import Target
from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion

_CPYTHON = re.compile(r"cp3(\d{1,3})", re.ASCII)


def accepted_tags(target: Target) -> tuple[Tag, ...]:
    """Return the tags of wheels that may be delivered for a target, best first.

    A target named by a manylinux tag accepts that tag and those of older glibcs, and so for musl.
    It does not accept ``linux_*``, which an installer on the target would: the user asked for a
    promise that such a wheel does not make, and package indexes refuse it. A target for macOS
    accepts what its installers do.
    """
    return tags_of_python(
        target.python_version, list(_platform_tags(target.platform)), target.abi_flags
    )


def tags_of_python(
    version: PythonVersion, platforms: Sequence[str], abi_flags: Iterable[str] | None = None
) -> tuple[Tag, ...]:
    """Return the tags of wheels that a Python accepts on platforms, best first.

    :param platforms: Platform tags, best first.
    :param abi_flags: As :attr:`crosshook.target.Target.abi_flags`; None for those of a release
        build.
    """
    abi = own_abi(version, version.threads if abi_flags is None else abi_flags)
    if version.implementation is CPYTHON:
        own = cpython_tags(version.numbers, abis=[abi], platforms=platforms)
        compatible = version.tag
    else:
        own = generic_tags(version.tag, [abi], platforms)
        # As packaging has it for PyPy.
        compatible = f"{version.implementation.tag}{version.major}"
    return (*own, *compatible_tags(version.numbers, interpreter=compatible, platforms=platforms))


def own_abi(version: PythonVersion, flags: Iterable[str]) -> str:
    """Return the ABI part of the wheel tags of a Python: ``cp313t``, ``pypy311_pp73``.

    :param flags: As :attr:`crosshook.target.Target.abi_flags`.
    """
    implementation = version.implementation
    if implementation.abi is None:
        return f"{version.tag}{''.join(flags)}"
    return f"{implementation.name}{version.nodot}_{implementation.abi}"


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


def promised_version(tags: Iterable[Tag], platform: Platform) -> tuple[str, tuple[int, int]] | None:
    """Return what a wheel promises to run on: the tag of the oldest glibc, musl or macOS, and that.

    A wheel with a tag older than the target's is checked against its own, since installers
    elsewhere believe it. Only tags that the platform accepts count; without any, the platform's own
    does.
    None on Windows.
    """
    if platform.version is None:
        return None
    named = {tag.platform for tag in tags}
    found = [
        (version, name)
        for name, version in platform.system.versioned_tags(platform)
        if name in named
    ]
    version, name = min(found, default=(platform.version, platform.tag))
    return name, version


def oldest_of_stable_abi(tag: Tag) -> PythonVersion | None:
    """Return the oldest Python that a tag for a stable ABI promises: 3.15t for ``cp315-abi3t``.

    None for other tags.
    """
    interpreter = _CPYTHON.fullmatch(tag.interpreter)
    if interpreter is None or tag.abi not in ("abi3", "abi3t"):
        return None
    return PythonVersion(major=3, minor=int(interpreter[1]), free_threaded=tag.abi.endswith("t"))


def _platform_tags(platform: Platform) -> Iterator[str]:
    named = [name for name, _ in platform.system.versioned_tags(platform)]
    yield from named or [platform.tag]
