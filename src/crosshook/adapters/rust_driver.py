"""Calls the target's C compiler for Rust; copied into the build, imports no crosshook.

Run as ``rust_driver.py MODE ARGUMENTS...``. ``rust_driver.json`` beside it says, for each mode
(``linker``: rustc links with it; ``cc``, ``cxx``: build scripts compile with it), the command,
which arguments to leave out and which to put in the place of others.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


def main(mode: str, arguments: Sequence[str]) -> int:
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    settings = json.loads(text)[mode]
    adjusted = adjust(list(expand(arguments)), settings)
    return subprocess.call([*settings["command"], *adjusted])


def expand(arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments, those in response files included: rustc writes one to a line."""
    for argument in arguments:
        response = Path(argument[1:])
        if not argument.startswith("@") or not response.is_file():
            yield argument
            continue
        for line in response.read_text(encoding="utf-8").splitlines():
            yield re.sub(r"\\(.)", r"\1", line)


def adjust(arguments: Sequence[str], settings: Mapping[str, Any]) -> list[str]:
    """Return the arguments as the compiler takes them."""
    adjusted: list[str] = []
    drop = [re.compile(pattern) for pattern in settings["drop"]]
    for word in arguments:
        if not any(pattern.fullmatch(word) for pattern in drop):
            adjusted += replaced(word, settings["replace"])
    if "-shared" in arguments or "-dynamiclib" in arguments:
        adjusted += [word for word in settings["append"] if word not in adjusted]
    return adjusted


def replaced(word: str, replace: Mapping[str, Sequence[str]]) -> list[str]:
    for pattern, words in replace.items():
        match = re.fullmatch(pattern, word)
        if match is not None:
            return [match.expand(new) for new in words]
    return [word]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
