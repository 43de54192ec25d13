"""``crosshook targets``: the platforms that wheels can be built for."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from crosshook.cli import _terminal
from crosshook.pythons.composed import composable_versions
from crosshook.target.platforms import parse_platform
from crosshook.target.presets import PRESETS
from crosshook.target.systems import ROWS, Row

_COLUMNS = {
    "tag": "tag",
    "oldest": "oldest",
    "zig": "zig_triple",
    "Rust": "rust_triple",
    "CPython": "pythons",
}
"""Keys of what is printed as JSON, by the heading of their column."""
_LEFT_OUT_FIRST = ("Rust", "CPython", "zig")
"""Where the terminal has no room for all of them."""
_BETWEEN = "  "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(arguments: argparse.Namespace) -> int:
    """Print the list; return the exit code."""
    described = (_describe(row) for row in ROWS)
    # A row that there are no facts for takes an unpacked Python, and is for those who know it.
    found = [target for target in described if target["pythons"]]
    if arguments.json:
        print(json.dumps(found, indent=2))
        return 0
    columns = {
        heading: _column([heading, *(_cell(target[key]) for target in found)])
        for heading, key in _COLUMNS.items()
    }
    left_out = _left_out(columns, _terminal.columns(sys.stdout))
    for row in zip(*(columns[name] for name in columns if name not in left_out), strict=True):
        print(_BETWEEN.join(row).rstrip())
    if left_out:
        print(f"\na wider terminal, or --json, also shows: {', '.join(left_out)}")
    print("\nnames for several:")
    for name, tags in PRESETS.items():
        print(f"  {name}: {' '.join(tags)}")
    return 0


def _cell(value: str | Sequence[str] | None) -> str:
    return value if isinstance(value, str) else " ".join(value or ())


def _column(cells: Sequence[str]) -> Sequence[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]


def _left_out(columns: Mapping[str, Sequence[str]], room: int | None) -> Sequence[str]:
    """Return the columns that there is no room for.

    :param room: The width of the terminal; None if it is none.
    """
    for count in range(len(_LEFT_OUT_FIRST)):
        rest = [cells[0] for name, cells in columns.items() if name not in _LEFT_OUT_FIRST[:count]]
        if room is None or len(_BETWEEN.join(rest)) <= room:
            return _LEFT_OUT_FIRST[:count]
    return _LEFT_OUT_FIRST


def _describe(row: Row) -> dict[str, Any]:
    platform = parse_platform(row.usual_tag, source="the table")
    oldest = row.system.oldest_named(row)
    return {
        "tag": platform.tag,
        "presets": [name for name, tags in PRESETS.items() if platform.tag in tags],
        "oldest": "{}.{}".format(*oldest) if oldest else None,
        "sysconfig_platform": platform.sysconfig_platform,
        "system": row.system.meson.system,
        "libc": row.system.libc,
        "machine": row.machine_name,
        "object_format": row.machine[0],
        "zig_triple": row.zig.triple,
        "rust_triple": row.rust.used,
        "meson_cpu_family": row.processor.meson_cpu_family,
        "pythons": [str(version) for version in composable_versions(platform)],
    }
