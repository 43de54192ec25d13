"""Deliveries of the same wheel from many processes at the same time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from scripts.attacks._command import Tally

_DELIVER = """
import sys
from pathlib import Path
from crosshook import _files
file, out = map(Path, sys.argv[1:])
digest = _files.digest(file)
for _ in range(5):
    _files.sweep(out)
    _files.deliver(file, out, checked=digest)
"""
_AT_ONCE = 10


def attack(root: Path, count: int) -> Tally:
    """Deliver a wheel from many processes, and look at what is there meanwhile."""
    tally = Tally(what="concurrent deliveries")
    out, size = root / "out", 2_000_000
    out.mkdir(parents=True)
    file = root / "demo-1.0-py3-none-any.whl"
    file.write_bytes(b"x" * size)
    command = [sys.executable, "-c", _DELIVER, str(file), str(out)]
    for first in range(0, count, _AT_ONCE):
        running = [
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            for _ in range(min(_AT_ONCE, count - first))
        ]
        short = False
        while any(process.poll() is None for process in running):
            delivered = out / file.name
            short |= delivered.exists() and delivered.stat().st_size != size
        for process in running:
            _, said = process.communicate()
            faults = [said[-200:]] if process.returncode else []
            tally.add("delivery", [*faults, *(["a short file"] if short else [])], "whole")
    if (names := [path.name for path in out.iterdir()]) != [file.name]:
        tally.faults.append(f"left: {names}")
    return tally
