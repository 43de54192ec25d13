"""Whether the target takes a wheel by its tags, and no other machine does."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crosshook.target.promise import Promise
from crosshook.target.systems import Row
from crosshook.target.tags import oldest_of_stable_abi
from crosshook.wheel.objects.image import LOADED_KINDS
from crosshook.wheel.reading import Wheel

_UNIVERSAL2 = {"x86_64", "arm64"}


def tag_problems(wheel: Wheel, promise: Promise) -> Iterator[str]:
    """Yield why the target takes none of the wheel's tags, and tags that promise what is not."""
    if wheel.tags.isdisjoint(promise.accepted):
        names = ", ".join(sorted(map(str, wheel.tags)))
        best = promise.accepted[0]
        yield f"tag {names}: {promise.platform.tag} accepts {best} and older"
    for tag in sorted(wheel.tags, key=str):
        oldest = oldest_of_stable_abi(tag)
        if oldest is not None and oldest.stable_abi is None:
            yield f"tag {tag}: free-threaded Pythons before 3.15 have no stable ABI"


def other_platform_problems(wheel: Wheel, promise: Promise) -> Iterator[str]:
    """Check that no tag offers the code to another machine: installers believe any one of them."""
    if wheel.tags.isdisjoint(promise.accepted):
        return
    row = promise.platform.row
    own = re.escape(row.plain_tag)
    if row.system.libc is not None:
        # What is linked to no library at all runs on every libc.
        linked = any(found.needed for found in wheel.objects)
        name = {"glibc": "many", "musl": "musl"}[row.system.libc] if linked else "many|musl"
        own = rf"({name})?linux(\d*|_\d+_\d+)_{re.escape(row.arch)}"
    elif promise.platform.macos is not None:
        own = rf"macosx_\d+_\d+_({'|'.join(_fat_names(wheel, row))})"
    others = sorted({t.platform for t in wheel.tags if not re.fullmatch(own, t.platform)})
    if others:
        yield f"its tags also say {', '.join(others)}, and the code in it is for {row.plain_tag}"


def _fat_names(wheel: Wheel, row: Row) -> Iterator[str]:
    """Yield what tags for macOS call the processors that all code in a wheel is for."""
    loaded = [found for found in wheel.objects if found.kind in LOADED_KINDS]
    names = {
        other.arch
        for other in row.system.rows
        if all(other.machine in found.parts for found in loaded)
    }
    yield re.escape(row.arch)
    yield from map(re.escape, names)
    if names >= _UNIVERSAL2:
        yield "universal2"
