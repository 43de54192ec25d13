"""``crosshook targets``: the platforms that wheels can be built for."""

from __future__ import annotations

import argparse
import json
from typing import Any

from crosshook.pythons.composed import composable_versions
from crosshook.target.platforms import parse_platform
from crosshook.target.presets import PRESETS
from crosshook.target.systems import ROWS, Row

_COLUMNS = {"tag": "tag", "oldest": "oldest", "zig": "zig_triple", "Rust": "rust_triple"}
"""Keys of what is printed as JSON, by the heading of their column."""


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
    rows = [(*_COLUMNS, "CPython")]
    for target in found:
        names = (target[key] or "" for key in _COLUMNS.values())
        rows.append((*names, " ".join(target["pythons"])))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())
    print("\nnames for several:")
    for name, tags in PRESETS.items():
        print(f"  {name}: {' '.join(tags)}")
    return 0


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
