"""Operating systems with their libc: one module for each, and here the list of them.

A module has its :class:`System`: the rows, one for each processor; names in every ecosystem; file
names; how a module is linked. To add a system, write such a module and add it to the list.
"""

from crosshook.target.systems._system import (
    MesonNames,
    PythonLayout,
    Row,
    Rust,
    Said,
    System,
    Version,
    Zig,
)
from crosshook.target.systems.glibc import GLIBC
from crosshook.target.systems.macos import MACOS
from crosshook.target.systems.musl import MUSL
from crosshook.target.systems.windows import WINDOWS

__all__ = [
    "ROWS",
    "SYSTEMS",
    "MesonNames",
    "PythonLayout",
    "Row",
    "Rust",
    "Said",
    "System",
    "Version",
    "Zig",
]

SYSTEMS: tuple[System, ...] = (WINDOWS, GLIBC, MUSL, MACOS)

ROWS: tuple[Row, ...] = tuple(row for system in SYSTEMS for row in system.rows)
