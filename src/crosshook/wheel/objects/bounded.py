"""Reading inside a file's bounds: what a header claims is checked before it is believed."""

from __future__ import annotations

import mmap
from typing import TypeAlias

Data: TypeAlias = "bytes | mmap.mmap"
"""What a file holds: in memory, or mapped where it is large."""

_LONGEST_NAME = 1 << 16
"""In bytes; names of templates in C++ have thousands."""


def cut(data: Data, offset: int, size: int, what: str) -> bytes:
    """Return a part of a file.

    :param what: What the part is, for the error.
    :raises ValueError: if it is not all in the file.
    """
    if offset < 0 or size < 0 or offset + size > len(data):
        raise ValueError(f"{what} is cut off")
    return data[offset : offset + size]


def text_at(table: bytes, offset: int) -> str:
    """Return the text in a table of strings, each of which ends with a zero byte.

    :raises ValueError: if it begins or ends outside the table, or is longer than names are.
    """
    end = table.find(b"\0", offset, offset + _LONGEST_NAME)
    if not 0 <= offset < len(table) or end < 0:
        raise ValueError("a name is cut off")
    return table[offset:end].decode("utf-8", errors="replace")
