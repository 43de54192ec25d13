"""Keeping credentials out of what is printed."""

from __future__ import annotations

import re

# The second form is a password with a bare `/`, `?` or `#` in it: no valid URL, but a secret.
_USERINFO = re.compile(r"(?<=://)(?:[^/?#\s]*|[^/?#\s:]*:(?!\d+[/?#])\S*)@")
_QUERY = re.compile(r"(?<=://)([^?#\s]*)[?#][^\s'\"]*")
# As people write an address without its scheme: user:password@host.
_BARE = re.compile(r"(?<![^\s'\"(=,])[^\s/:@'\"(=,]+:(?!\\)[^\s/@'\"]+@(?=[A-Za-z0-9\[][^\s@]*)")
# As anaconda.org has it in the addresses of channels: https://conda.anaconda.org/t/TOKEN/name.
_TOKEN = re.compile(r"(://[^/\s]+/t/)[^/\s]+/")


def redact(text: str) -> str:
    """Return the text with user, password, query and fragment taken out of every URL in it, and
    user and password out of what looks like an address without a scheme; and a channel's token.

    Signed download URLs carry their key in the query, so that goes as well.
    """
    return _TOKEN.sub(r"\1", _BARE.sub("", _QUERY.sub(r"\1", _USERINFO.sub("", text))))
