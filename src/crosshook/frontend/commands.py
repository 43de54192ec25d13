"""Filling paths into a shell command that somebody wrote.

A path may hold what the shell would act upon: blanks, quotes, ``; touch X``. So only a path that
means itself is put into the text; of another, the shell gets the value as a variable, which it does
not read again. Wherever the placeholder stands, no part of a path becomes a command.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = "CROSSHOOK_{}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """A command for ``sh -c``, and what it needs in its environment."""

    text: str
    environ: Mapping[str, str]


def fill(command: str, paths: Mapping[str, str]) -> Filled:
    """Return a command with its placeholders, ``{NAME}``, filled in.

    :param paths: By name. One that needs quotes is in the environment, as :data:`_VARIABLE`.
    """
    environ = {}
    for name, path in paths.items():
        placeholder = "{" + name + "}"
        if placeholder not in command:
            continue
        if shlex.quote(path) == path:
            command = command.replace(placeholder, path)
            continue
        variable = _VARIABLE.format(name.upper().replace("-", "_"))
        environ[variable] = path
        while placeholder in command:
            before, _, after = command.partition(placeholder)
            command = before + _reference(variable, before) + after
    return Filled(text=command, environ=environ)


def _reference(variable: str, before: str) -> str:
    """Return how a variable is named after some text of a command."""
    quote = _open_quote(before)
    if quote == "'":
        return f"'\"${{{variable}}}\"'"
    return f"${{{variable}}}" if quote == '"' else f'"${{{variable}}}"'


def _open_quote(text: str) -> str | None:
    """Return the quote that is open at the end of some text of a command."""
    quote = None
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote is None and character in "'\"":
            quote = character
        elif character == quote:
            quote = None
    return quote
