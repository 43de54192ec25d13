"""The hint to empty zig's cache."""

from __future__ import annotations

import pytest

from crosshook.target import Toolchain
from crosshook.toolchains.damage import damaged_cache

CACHE = "/home/me/.cache/crosshook/zig"
ZIG = Toolchain(
    name="zig 0.17.1",
    argument_syntax="gcc",
    commands={},
    environ={"ZIG_GLOBAL_CACHE_DIR": CACHE},
)


@pytest.mark.parametrize(
    "line",
    [
        f"error: lld-link: error: could not open '{CACHE}/o/4f17/x.lib': No such file or directory",
        f"ld.lld: error: {CACHE}/o/4f17/libc.so: unknown file type",
        f"error: unable to open {CACHE}/o/4f17/crt1.o: FileNotFound",
        f"ld.lld: error: {CACHE}/o/4f17/libc.a: truncated or malformed archive",
        "error: sub-compilation of libc failed: failed to create path 'z' in local cache "
        "directory: NotDir",
    ],
)
def test_a_file_that_cannot_be_read(line: str) -> None:
    hint = damaged_cache(f"running build_ext\n{line}\n", ZIG)
    assert hint is not None
    assert "crosshook cache --prune" in hint


@pytest.mark.parametrize(
    "line",
    [
        f"ld.lld: error: undefined symbol: f\n>>> referenced by {CACHE}/o/4f17/x.o",
        "error: failed to create path 'z' in local cache directory: NoSpaceLeft",
        "error: demo.c:1: fatal error: 'none.h': No such file or directory",
    ],
)
def test_other_errors(line: str) -> None:
    assert damaged_cache(line, ZIG) is None


def test_another_compiler() -> None:
    assert damaged_cache(f"cannot open {CACHE}/x", None) is None
