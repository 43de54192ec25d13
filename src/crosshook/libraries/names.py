"""Names with commas between, as ``--libraries PROVIDER:NAME,NAME`` has them."""

from __future__ import annotations

import re

_BETWEEN = re.compile(r",(?![^\[]*\])(?!\s*[<>=!~])")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in alphabetical order, each with the versions that are asked for.

    A comma between two bounds of a version, or two extras, is none between names:
    ``zlib>=1.2,<2,libxml2`` has two.
    """
    parts = (part.strip() for part in _BETWEEN.split(text))
    return tuple(sorted({part for part in parts if part}))
