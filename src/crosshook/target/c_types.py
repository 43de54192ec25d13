"""The sizes of C's types on a platform."""

from __future__ import annotations

from collections.abc import Mapping

from crosshook.target.systems import Row

_LONG_DOUBLE = {
    "IEEE_DOUBLE_LE": 8,
    "IEEE_DOUBLE_BE": 8,
    "INTEL_EXTENDED_12_BYTES_LE": 12,
}
"""In bytes, by the name of the format; all others have 16."""


def c_sizes(row: Row) -> Mapping[str, int]:
    """Return the sizes of types in bytes, as pyconfig.h names the types: ``LONG``, ``SIZE_T``."""
    pointer = row.processor.pointer_size
    return {
        "_BOOL": 1,
        "SHORT": 2,
        "INT": 4,
        "LONG": 4 if row.system.has_short_long else pointer,
        "LONG_LONG": 8,
        "FLOAT": 4,
        "DOUBLE": 8,
        "LONG_DOUBLE": _LONG_DOUBLE.get(row.long_double, 16),
        "VOID_P": pointer,
        "SIZE_T": pointer,
        "UINTPTR_T": pointer,
        "WCHAR_T": row.system.wchar_size,
    }
