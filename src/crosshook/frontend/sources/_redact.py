"""Keeping credentials out of what is printed."""

from __future__ import annotations

import re

# The second form is a password with a bare `/`, `?` or `#` in it: no valid URL, but a secret.
_USERINFO = re.compile(r"(?<=://)(?:[^/?#\s]*|[^/?#\s:]*:(?!\d+[/?#])\S*)@")
_QUERY = re.compile(r"(?<=://)([^?#\s]*)[?#][^\s'\"]*")


def redact(text: str) -> str:
    """Return the text with user, password, query and fragment taken out of every URL in it.

    Signed download URLs carry their key in the query, so that goes as well.
    """
    return _QUERY.sub(r"\1", _USERINFO.sub("", text))
