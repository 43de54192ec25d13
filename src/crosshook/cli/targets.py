"""``crosshook targets``: the platforms that wheels can be built for."""

from __future__ import annotations

import argparse
import json
from typing import Any

from rich.console import Console
from rich.table import Table

from crosshook.pythons.composed import composable_versions
from crosshook.target.platforms import parse_platform
from crosshook.target.systems import ROWS, Row

_WIDTH = 200


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
    table = Table(box=None, pad_edge=False)
    columns = {"tag": "tag", "oldest": "oldest", "zig": "zig_triple", "Rust": "rust_triple"}
    for heading in (*columns, "CPython"):
        table.add_column(heading, no_wrap=True)
    for target in found:
        names = (target[key] or "" for key in columns.values())
        table.add_row(*names, " ".join(target["pythons"]))
    # Nothing is cut off where the terminal is narrower, or there is none.
    Console(width=_WIDTH).print(table)
    return 0


def _describe(row: Row) -> dict[str, Any]:
    platform = parse_platform(row.usual_tag, source="the table")
    return {
        "tag": platform.tag,
        "oldest": "{}.{}".format(*row.oldest) if row.oldest else None,
        "sysconfig_platform": platform.sysconfig_platform,
        "system": row.system.meson.system,
        "libc": row.system.libc,
        "machine": row.machine_name,
        "object_format": row.machine[0],
        "zig_triple": row.zig.triple,
        "rust_triple": row.rust.triple,
        "meson_cpu_family": row.processor.meson_cpu_family,
        "pythons": [str(version) for version in composable_versions(platform)],
    }
