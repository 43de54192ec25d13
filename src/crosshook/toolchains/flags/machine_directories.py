"""Directories of the machine that builds, which projects name and no target has.

``setup.py`` files add ``/usr/include`` and ``/usr/lib`` to what they compile with, as if a compiler
did not look there itself. In front of the target's own, this machine's libc headers would be taken
in their place; its libraries are for another processor, or another libc. ``/usr/local`` is not
one of them: whoever builds libraries for the target may have installed them there.
"""

from __future__ import annotations

from crosshook.target.platforms import Platform
from crosshook.target.systems import ROWS

FLAGS: tuple[str, ...] = ("-isystem", "-idirafter", "-iquote", "-I", "-L")
"""Flags that a directory follows, in the same word or in the next."""

_DIRECTORIES = ("/usr/include", "/usr/lib", "/usr/lib64", "/lib", "/lib64")


def machine_directories(platform: Platform) -> tuple[str, ...]:
    """Return the directories that are left out where a target is built for.

    Debian's, for whatever processor, are among them but for the target's own: those a user may have
    installed.
    """
    processors = {row.multiarch for row in ROWS if row.multiarch} - {platform.row.multiarch}
    below = [f"{top}/{name}" for top in _DIRECTORIES for name in sorted(processors)]
    return (*_DIRECTORIES, *below)
