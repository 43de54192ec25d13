"""Whether two wheels of one project are the same, byte for byte, and where they are not."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from crosshook import _files
from crosshook.errors import RefusedWheel

_SHOWN = 100
"""Characters of a line of a member."""


def check_same(first: Path, second: Path) -> None:
    """Check that a wheel that was built again is the same.

    :raises RefusedWheel: if it is not, with each member that differs.
    """
    same = _files.digest(first) == _files.digest(second)
    if same and first.name == second.name:
        return
    problems = [] if same else list(_differences(first, second))
    if first.name != second.name:
        problems.append(f"its name: {second.name} the second time")
    raise RefusedWheel(
        f"{first.name}: built again, it is not the same wheel",
        problems=tuple(problems) or ("the archive around its members",),
        hint="what is different each time is the project's or its backend's: a path, a time, a "
        "random number, an order; see the docs: Build the same wheel twice",
    )


def _differences(first: Path, second: Path) -> Iterator[str]:
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as other:
        infos = {info.filename: info for info in one.infolist()}
        others = {info.filename: info for info in other.infolist()}
        for name in sorted({*infos, *others}):
            if name not in others:
                yield f"{name}: only there the first time"
            elif name not in infos:
                yield f"{name}: only there the second time"
            elif infos[name].CRC != others[name].CRC:
                yield f"{name}: {_first_difference(one.read(name), other.read(name))}"
            else:
                yield from _different_attributes(infos[name], others[name])
        if infos.keys() == others.keys() and list(infos) != list(others):
            yield "the order of its members"


def _different_attributes(one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> Iterator[str]:
    name = one.filename
    if one.date_time != other.date_time:
        yield f"{name}: its date: {_date(one)} and {_date(other)}"
    if one.external_attr != other.external_attr:
        yield f"{name}: its mode: {_mode(one)} and {_mode(other)}"
    if one.compress_size != other.compress_size or one.extra != other.extra:
        yield f"{name}: how it is packed"


def _date(info: zipfile.ZipInfo) -> str:
    return "{}-{:02}-{:02} {:02}:{:02}:{:02}".format(*info.date_time)


def _mode(info: zipfile.ZipInfo) -> str:
    return oct(info.external_attr >> 16)


def _first_difference(one: bytes, other: bytes) -> str:
    """Return where two contents differ, with the line of a text."""
    try:
        texts = one.decode(), other.decode()
    except UnicodeDecodeError:
        texts = "", ""
    lines = zip_longest(*(text.splitlines() for text in texts), fillvalue="")
    for number, (mine, theirs) in enumerate(lines, start=1):
        if mine != theirs:
            return f"line {number}: {mine[:_SHOWN]!r} and {theirs[:_SHOWN]!r}"
    pairs = enumerate(zip(one, other, strict=False))
    at = next((at for at, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))
    return f"byte {at} of {len(one)} and {len(other)}"
