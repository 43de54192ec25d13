"""A directory of several unpacked Pythons, as uv and pyenv keep them."""

from __future__ import annotations

import re
from pathlib import Path

_OF_A_PYTHON = (
    *("include", "usr/include", "tools/include"),
    *("python.exe", "tools/python.exe", "bin/python3", "usr/bin/python3"),
)
"""One of these is in every unpacked Python."""


def pythons_in(named: Path) -> tuple[Path, ...]:
    """Return the Pythons that are right in a directory, newer releases first.

    None if it is itself one, or a file. A link to one of them is left out: uv has one for each
    minor version.
    """
    if not named.is_dir() or _is_python(named):
        return ()
    entries = [entry for entry in named.iterdir() if not entry.is_symlink()]
    return tuple(sorted(filter(_is_python, entries), key=_by_numbers, reverse=True))


def _by_numbers(directory: Path) -> list[tuple[int, str]]:
    return [(int(part or 0), text) for text, part in re.findall(r"(\D*)(\d*)", directory.name)]


def _is_python(directory: Path) -> bool:
    return any((directory / name).exists() for name in _OF_A_PYTHON)
