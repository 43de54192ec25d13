"""Files with a source on each line, in the words of pip's requirements files.

What pip would take from such a file and this cannot heed is refused: to leave out a hash or an
index would be to build something else than the file says.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from crosshook._redact import redact
from crosshook.errors import UsageError

_COMMENT = re.compile(r"(^|\s+)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
"""As pip has it: upper case, with braces."""

_OF_INDEXES = {
    "-i": "PIP_INDEX_URL",
    "--index-url": "PIP_INDEX_URL",
    "--extra-index-url": "PIP_EXTRA_INDEX_URL",
    "-f": "PIP_FIND_LINKS",
    "--find-links": "PIP_FIND_LINKS",
    "--no-index": "PIP_NO_INDEX",
    "--pre": "PIP_PRE",
    "--trusted-host": "PIP_TRUSTED_HOST",
}
"""Options for all lines, and the variable that says the same here."""


def read_requirements(file: Path, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the sources that a file names, and those of the files that it names with ``-r``.

    :param file: A path that the user named.
    :param environ: For ``${NAME}`` in lines.
    :raises UsageError: naming the file and the line, if one cannot be read or heeded; or if there
        is no source at all.
    """
    sources = tuple(_read(file, environ, (), source="--requirement"))
    if not sources:
        raise UsageError(f"--requirement: {file}: names no source", hint="a source on each line")
    return sources


def _read(
    file: Path, environ: Mapping[str, str], above: tuple[Path, ...], *, source: str
) -> Iterator[str]:
    # Path.resolve() raises on links that lead to each other.
    where = Path(os.path.realpath(file))
    if where in above:
        raise UsageError(f"{source}: {file}: is being read already: the files name each other")
    for number, line in _lines(file, source):
        place = f"{file}:{number}"
        text = _VARIABLE.sub(lambda found: environ.get(found[1], found[0]), line)
        if not text.startswith("-"):
            yield _source(text, place)
            continue
        option, value = _option(text, place)
        if option not in ("-r", "--requirement"):
            raise _not_heeded(option, place)
        if not value or "://" in value:
            raise UsageError(f"{place}: {redact(text)!r}: -r needs a file on this machine")
        yield from _read(file.parent / value, environ, (*above, where), source=place)


def _lines(file: Path, source: str) -> Iterator[tuple[int, str]]:
    """Yield lines that say something, each with its number; a backslash at an end joins two."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{source}: {file}: {error.strerror}") from None
    except ValueError as error:
        # Also of a path with a character that none has.
        raise UsageError(f"{source}: {str(file)!r}: {error}") from None
    begun, parts = 0, ""
    for number, line in enumerate(f"{text}\n\n".splitlines(), 1):
        begun = begun or number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            parts += line[:-1]
            continue
        said = _COMMENT.sub("", parts + line).strip()
        if said:
            yield begun, said
        begun, parts = 0, ""


def _source(text: str, place: str) -> str:
    option = re.search(r"\s(--?[a-z][a-z-]*)", text)
    if option is not None:
        raise _not_heeded(option[1], place)
    return text


def _option(text: str, place: str) -> tuple[str, str]:
    """Return an option and its value, as ``-r FILE``, ``-rFILE`` or ``--requirement=FILE``."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{place}: {redact(text)!r}: {error}") from None
    first, *others = words
    if not first.startswith("--"):
        return first[:2], " ".join([*([first[2:]] if first[2:] else []), *others])
    option, _, value = first.partition("=")
    return option, " ".join([*([value] if value else []), *others])


def _not_heeded(option: str, place: str) -> UsageError:
    if option == "--hash":
        hint = "leave the hashes out, or fetch the sdists with pip and name those"
    elif option in _OF_INDEXES:
        hint = f"set {_OF_INDEXES[option]}, or pip's configuration, which is heeded"
    elif option in ("-e", "--editable"):
        hint = "name the directory alone: a wheel is built of it"
    else:
        hint = "a line is a directory, an sdist, a requirement, or -r FILE"
    return UsageError(f"{place}: {option} is not heeded here", hint=hint)
