"""What is printed of a text that came from elsewhere: no credentials, no lines of its own."""

from __future__ import annotations

from typing import Any

from crosshook._redact import redact

_LONGEST = 4000
_END = 500


def line(text: str) -> str:
    """Return a text as one line; the middle is left out of a very long one."""
    shown = redact(text)
    if len(shown) > _LONGEST:
        left_out = len(shown) - _LONGEST
        shown = f"{shown[: _LONGEST - _END]} [{left_out} characters left out] {shown[-_END:]}"
    return "".join(c if c.isprintable() else _escaped(c) for c in shown)


def lines(text: str) -> str:
    """Return a text of several lines, such as what a tool printed."""
    return redact(text).encode("utf-8", "backslashreplace").decode("utf-8")


def data(value: Any) -> Any:
    """Return JSON data without credentials in any of its texts."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: data(item) for key, item in value.items()}
    return [data(item) for item in value] if isinstance(value, list) else value


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
