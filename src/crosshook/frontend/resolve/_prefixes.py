"""Which prefixes of C libraries are in a directory; without a libc, where it would hide another."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from crosshook import _files, _kept
from crosshook._types import Reporter
from crosshook.frontend.resolve.machine import Machine
from crosshook.libraries import without_libc
from crosshook.libraries.layout import Layout, look
from crosshook.libraries.prefix import Prefix
from crosshook.target import Target, Toolchain


def prefixes_in(
    directory: Path, target: Target, machine: Machine, reporter: Reporter, *, source: str
) -> Iterator[str]:
    """Yield the prefixes in a directory for a target, best first.

    :param source: What names the directory, for errors.
    :raises UsageError: if there are none, or they are for another machine.
    """
    layout = look(directory, target.platform, source=source)
    for prefix in layout.prefixes:
        yield str(_own(prefix, layout, target.toolchain, machine, reporter))


def _own(
    prefix: Prefix,
    layout: Layout,
    toolchain: Toolchain | None,
    machine: Machine,
    reporter: Reporter,
) -> Path:
    """Return a prefix, or where it is without libc."""
    plain = layout.tree is None and not without_libc.has_libc(prefix)
    if plain or toolchain is None or "cc" not in toolchain.commands:
        return prefix.root
    links = without_libc.links(prefix, layout.tree, _headers(toolchain))
    key = hashlib.sha256(json.dumps(links, sort_keys=True).encode()).hexdigest()[:16]
    place = machine.cache / "libraries" / f"without-libc-{key}"
    return _kept.keep_directory(
        place, functools.partial(_files.write_links, links=links), note=reporter.note
    )


def _headers(toolchain: Toolchain) -> Iterator[str]:
    command = [*toolchain.commands["cc"], "-E", "-v", "-x", "c", os.devnull]
    done = subprocess.run(
        command,
        env={**os.environ, **toolchain.environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    yield from without_libc.compiler_headers(done.stdout + done.stderr)
