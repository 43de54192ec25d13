"""Stands in front of rustc where the processor of this machine is named; copied into the build,
imports no crosshook.

Cargo gives ``-Ctarget-cpu=native`` to every rustc that it starts: from ``RUSTFLAGS``, from the
project's ``.cargo/config.toml``, from a profile. For another machine it is left out. What is
compiled for this machine, build scripts and macros, has no ``--target``, and keeps it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence

_NATIVE = "target-cpu=native"
_CODEGEN = ("-C", "--codegen")


def main(command: Sequence[str]) -> None:
    """Become a command, without what is left out of it.

    Cargo's jobserver is in open files, which stay open so.
    """
    kept, left_out = without_native(command)
    if left_out:
        report(left_out)
    os.execvp(kept[0], kept)


def without_native(command: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command without what names this machine's processor, and what that was."""
    kept: list[str] = []
    left_out: list[str] = []
    for word in command:
        if word == _NATIVE and kept[-1:] and kept[-1] in _CODEGEN:
            left_out.append(f"{kept.pop()} {word}")
        elif word in (f"-C{_NATIVE}", f"--codegen={_NATIVE}"):
            left_out.append(word)
        else:
            kept.append(word)
    if any(word.partition("=")[0] == "--target" for word in command):
        return kept, left_out
    return list(command), []


def report(flags: Sequence[str]) -> None:
    """Tell the frontend, or stderr if no frontend listens."""
    file = os.environ.get("CROSSHOOK_REPORT")
    if file is None:
        print(f"note: left out: {' '.join(flags)}", file=sys.stderr)
        return
    lines = [json.dumps({"kind": "left-out-flag", "subject": flag}) + "\n" for flag in flags]
    with open(file, "a", encoding="utf-8") as stream:
        # In one write: Cargo runs several at once.
        stream.write("".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
