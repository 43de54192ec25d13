"""What came of a cell, in words and as JSON."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from crosshook.errors import CrosshookError
from crosshook.frontend.reporters import name_of
from crosshook.frontend.request import Delivered

_GAP = "  "


def as_json(delivered: Delivered) -> dict[str, Any]:
    """Return what ``--json`` prints of a cell."""
    data: dict[str, Any] = dict(name_of(delivered).as_json())
    if delivered.error is not None:
        return {**data, **error_as_json(delivered.error)}
    assert delivered.built is not None
    assert delivered.path is not None
    wheel = delivered.built.wheel
    return {
        **data,
        "wheel": str(delivered.path),
        "size": delivered.path.stat().st_size,
        "sha256": delivered.built.digest,
        "seconds": round(delivered.seconds, 1),
        "tags": sorted(str(tag) for tag in wheel.tags),
        "pure": not wheel.objects,
        "hook": delivered.built.hook,
        "reproduced": delivered.reproduced,
        "test": _test_as_json(delivered),
        "warnings": [r.sentence for r in delivered.built.remarks if r.is_problem],
    }


def error_as_json(error: CrosshookError) -> dict[str, Any]:
    """Return what is printed of an error."""
    return {
        "error": error.message,
        "hint": error.hint,
        "detail": error.detail,
        "log": error.log,
        "exit_code": error.exit_code,
    }


def _test_as_json(delivered: Delivered) -> dict[str, Any] | None:
    if delivered.untested is not None:
        return {"skipped": delivered.untested}
    return None if delivered.tested is None else dataclasses.asdict(delivered.tested)


def size(delivered: Delivered) -> str:
    """Return how large the wheel is; nothing if there is none."""
    if delivered.path is None:
        return ""
    size = delivered.path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def checked(delivered: Delivered) -> str:
    """Return how much compiled code in the wheel was checked."""
    if delivered.built is None:
        return ""
    objects = delivered.built.wheel.objects
    return f"{counted(len(objects), 'object file')} checked" if objects else "pure, checked"


def counted(count: int, thing: str) -> str:
    """Return a number of things in words: ``1 wheel``, ``2 wheels``."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def tested(delivered: Delivered) -> str:
    """Return what came of the test command."""
    if delivered.tested is not None:
        passed = delivered.tested.exit_code == 0
        return f"{'tested' if passed else 'test failed'} on {delivered.tested.emulator}"
    if delivered.path is None:
        return ""
    return f"not tested: {delivered.untested}" if delivered.untested else "no test command"


def summary(came: Sequence[Delivered], width: int | None) -> tuple[str, ...]:
    """Return lines with what came of each cell: a table with the wheels' names, or without them
    where that is too wide, or some lines for each.

    :param width: How many columns there are; None for as many as are needed.
    """
    rows = [
        (
            name_of(one).short,
            "failed" if one.path is None else one.path.name,
            size(one),
            f"{one.seconds:.0f} s",
            checked(one),
            tested(one),
        )
        for one in came
    ]
    without_wheels = [(row[0], row[2] or "failed", *row[3:]) for row in rows]
    for table in (rows, without_wheels):
        lines = _aligned(table)
        if width is None or max(map(len, lines), default=0) <= width:
            return lines
    return tuple(line for row in rows for line in _stacked(row, width or 0))


def _aligned(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return tuple(
        _GAP.join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _stacked(row: Sequence[str], width: int) -> Iterator[str]:
    name, wheel, *others = row
    yield name
    yield f"{_GAP}{wheel}"
    yield from textwrap.wrap(
        ", ".join(word for word in others if word),
        max(width, 20),
        initial_indent=_GAP,
        subsequent_indent=_GAP,
    )
