"""What the terminal that stderr may be can show."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Mapping
from typing import TextIO


def shows_colours(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether what is printed shall be coloured: on a terminal, or where ``FORCE_COLOR`` says
    so (https://force-color.org), unless ``NO_COLOR`` does not want it (https://no-color.org)."""
    if environ.get("NO_COLOR") or importlib.util.find_spec("rich") is None:
        return False
    return bool(environ.get("FORCE_COLOR")) or _is_capable(stream, environ)


def shows_a_table(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Tell whether lines that are there already can be written anew, and someone looks on."""
    watched = _is_capable(stream, environ) and not environ.get("CI")
    return watched and shows_colours(stream, environ)


def columns(stream: TextIO) -> int | None:
    """Return how wide the terminal is; None if it is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def _is_capable(stream: TextIO, environ: Mapping[str, str]) -> bool:
    return stream.isatty() and environ.get("TERM", "").lower() not in ("dumb", "unknown")
