"""Deliveries of the same wheel from many processes at the same time."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.attacks._command import Attempt

_DELIVER = """
import sys
from dataclasses import dataclass
from pathlib import Path
from crosshook import _files
file, out = map(Path, sys.argv[1:])
digest = _files.digest(file)
for _ in range(5):
    _files.sweep(out)
    _files.deliver(file, out, checked=digest)
"""
_AT_ONCE = 10


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """Deliver a wheel from many processes, and look at what is there meanwhile."""

    root: Path
    processes: int
    what: str = "concurrent deliveries"

    @property
    def count(self) -> int:
        return -(-self.processes // _AT_ONCE)

    def attempt(self, number: int) -> Attempt:
        out, size = self.root / "out", 2_000_000
        out.mkdir(parents=True)
        file = self.root / "demo-1.0-py3-none-any.whl"
        file.write_bytes(b"x" * size)
        command = [sys.executable, "-c", _DELIVER, str(file), str(out)]
        running = [
            subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(_AT_ONCE)
        ]
        short = False
        while any(process.poll() is None for process in running):
            delivered = out / file.name
            short |= delivered.exists() and delivered.stat().st_size != size
        faults = ["a short file"] if short else []
        for process in running:
            _, said = process.communicate()
            faults += [said[-200:]] if process.returncode else []
        if (names := [path.name for path in out.iterdir()]) != [file.name]:
            faults.append(f"left: {names}")
        return Attempt(name=f"batch {number}", faults=faults, outcome="whole", tried=_AT_ONCE)
