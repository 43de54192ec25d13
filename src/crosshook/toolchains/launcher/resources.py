"""Translates the arguments of a compiler of resources; copied in front of zig, imports no
crosshook.

zig's takes what Microsoft's ``rc`` takes. CMake projects, Makefiles and Meson call MinGW's
``windres`` where the C compiler is called as gcc is, with options of its own.

Source: the page "windres" of GNU binutils' manual.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_LONG = {
    "--input": "-i",
    "--output": "-o",
    "--input-format": "-J",
    "--output-format": "-O",
    "--target": "-F",
    "--include-dir": "-I",
    "--define": "-D",
    "--undefine": "-U",
    "--codepage": "-c",
    "--language": "-l",
    "--preprocessor": "",
    "--preprocessor-arg": "",
}
"""Options that a value follows, and their short names; those without have no counterpart."""

_BECOMES = {"-I": "/i", "-D": "/d", "-U": "/u", "-l": "/l", "-c": "/c"}
_WINDRES_ALONE = ("-i", "-o", "-O", "-J", "-F")
_IGNORED = ("-r", "-v", "--verbose", "--use-temp-file", "--no-use-temp-file")


def as_rc(words: Sequence[str]) -> list[str]:
    """Return windres's arguments as ``rc`` takes them; those of ``rc`` as they are."""
    if not is_windres(words):
        return list(words)
    options: list[str] = []
    files: list[str] = []
    output = ""
    made = ""
    todo = list(reversed(words))
    while todo:
        name, value = _option(todo)
        if name == "-o":
            output = value
        elif name == "-O":
            made = value
        elif name == "-i":
            files.insert(0, value)
        elif name in _BECOMES:
            options += [_BECOMES[name], value]
        elif not name:
            files.append(value)
    output = output or "".join(files[1:2])
    made = made or ("res" if output.lower().endswith(".res") else "coff")
    return [*options, "/:output-format", made, "/fo", output, "--", *files[:1]]


def is_windres(words: Sequence[str]) -> bool:
    """Tell whether arguments are windres's: where the output is named as ``rc`` cannot."""
    return any(
        (word[:2] == "-o" and word[:3] != "-o:") or word in ("-O", "-J") or word[:8] == "--output"
        for word in words
    )


def _option(todo: list[str]) -> tuple[str, str]:
    """Take an option and its value from words; the name is empty for a file, and ``?`` for what
    has no counterpart."""
    word = todo.pop()
    if word in _IGNORED:
        return "?", ""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        if name not in _LONG:
            return "?", ""
        return _LONG[name] or "?", value if equals else _next(todo)
    if word[:2] in (*_BECOMES, *_WINDRES_ALONE):
        return word[:2], word[2:] or _next(todo)
    return "", word


def _next(todo: list[str]) -> str:
    return todo.pop() if todo else ""
