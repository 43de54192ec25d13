"""What adapters need of a target: the same words in each where it is not there."""

from __future__ import annotations

from crosshook.errors import UnsupportedTarget
from crosshook.target import Target, Toolchain


def needed_toolchain(target: Target, why: str) -> Toolchain:
    """Return the target's toolchain.

    :param why: Who needs what: ``setuptools needs a compiler``.
    :raises UnsupportedTarget: if there is none.
    """
    if target.toolchain is None:
        raise UnsupportedTarget(
            f"target.toolchain: missing: {why} for {target.platform.tag}",
            hint='pip install "crosshook[zig]", or set CC and CXX to compilers for the target',
        )
    return target.toolchain


def check_suffix(target: Target, backend: str) -> None:
    """Check that it is known how the target Python's extension modules are named.

    :raises UnsupportedTarget: if not.
    """
    if not target.extension_suffixes:
        raise UnsupportedTarget(
            f"target.python.abi.extension_suffix: missing: {backend} names extension modules by it"
        )


def macos_environ(target: Target) -> dict[str, str]:
    """Return the variable that tells compilers the oldest macOS to build for; empty elsewhere."""
    return dict(target.platform.system.compiler_environ(target.platform))
