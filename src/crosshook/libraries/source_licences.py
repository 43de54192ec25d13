"""Licences of libraries that commands built from source.

Few of them install their licence. It stands in the directory of the source, which the commands
name: ``cmake -S /src/libyaml``, ``cd zlib-1.3 && ./configure``, ``make -C DIR``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from crosshook.libraries.origins import licence_texts
from crosshook.libraries.prefix import Prefix
from crosshook.libraries.provenance import LICENCE_NAMES, stem_of

_OPTION = re.compile(r"-[A-Z](?=.)")
"""Before a directory in the same word: ``-S/src``."""


def licences_named(commands: Sequence[str], directory: Path) -> Mapping[str, bytes]:
    """Return the licences in the directories that shell commands name, by file name.

    :param directory: Where the commands ran; its own are not among them: they are the project's.
    """
    found: dict[str, bytes] = {}
    for source in dict.fromkeys(s for text in commands for s in _directories(text, directory)):
        files = [file for file in sorted(source.iterdir()) if LICENCE_NAMES.fullmatch(file.name)]
        for name, text in licence_texts(files, source).items():
            found[name if name not in found else f"{name}.{source.name}"] = text
    return found


def shared_libraries(prefix: Prefix) -> frozenset[Path]:
    """Return the shared libraries in a prefix, under each of their names."""
    directories = (*map(Path, prefix.library), prefix.root / "bin")
    files = (file for directory in directories for file in directory.glob("*"))
    return frozenset(file for file in files if stem_of(file.name) != file.name)


def _directories(command: str, directory: Path) -> Iterator[Path]:
    """Yield the directories that a command names, by themselves or by a file in them."""
    try:
        words = shlex.split(command)
    except ValueError:
        # Nor did the shell understand it.
        return
    for word in words:
        named = directory / _OPTION.sub("", word, count=1) if word else directory
        place = named.parent if named.is_file() else named
        if place.is_dir() and place.resolve() != directory.resolve():
            yield place.resolve()
