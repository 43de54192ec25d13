"""What a build prints where a file that zig kept is gone or damaged: zig itself does not look."""

from __future__ import annotations

import re

from crosshook.target import Toolchain

_CANNOT_BE_READ = re.compile(
    r"No such file|FileNotFound|(?:could not|cannot|unable to) (?:open|read|find)"
    r"|(?:unknown|invalid|unexpected) (?:file|magic|header)|truncated|malformed|corrupt"
    r"|not (?:a|an) (?:archive|object|valid)",
    re.IGNORECASE,
)

_CANNOT_BE_WRITTEN = re.compile(r"in (?:local|global) cache directory: (?!NoSpaceLeft)")
"""What zig says of a directory of its own that is none."""


def damaged_cache(output: str, toolchain: Toolchain | None) -> str | None:
    """Return a hint to empty zig's cache, if a file in it is what could not be read.

    :param output: What a build printed.
    """
    directory = toolchain.environ.get("ZIG_GLOBAL_CACHE_DIR") if toolchain is not None else None
    if directory is None:
        return None
    for line in output.splitlines():
        cannot_be_read = directory in line and _CANNOT_BE_READ.search(line)
        if cannot_be_read or _CANNOT_BE_WRITTEN.search(line):
            return (
                f"something removed or changed what zig keeps: crosshook cache --prune, or rm -r "
                f"'{directory}'"
            )
    return None
