"""What adapters need of a target: the same words in each where it is not there."""

from __future__ import annotations

from crosshook.adapters.plan import BuildMachine
from crosshook.errors import UnsupportedTarget
from crosshook.project import Project
from crosshook.target import Target, Toolchain


def needed_toolchain(target: Target, why: str) -> Toolchain:
    """Return the target's toolchain.

    :param why: Who needs what: ``setuptools needs a compiler``.
    :raises UnsupportedTarget: if there is none.
    """
    if target.toolchain is None:
        raise UnsupportedTarget(
            f"target.toolchain: missing: {why} for {target.platform.tag}",
            hint='pip install "crosshook[cli]", or set CC and CXX to compilers for the target',
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


def check_running_version(
    target: Target, project: Project, machine: BuildMachine, backend: str
) -> None:
    """Check that a backend which names wheels after the Python that runs it, is run by the right
    one.

    :raises UnsupportedTarget: if not.
    """
    running, wanted = machine.python_version, target.python_version
    if running is not None and running.numbers != wanted.numbers:
        raise UnsupportedTarget(
            f"{project.root}: {backend} names wheels after the Python that runs it, {running}, "
            f"and the target's is {wanted}",
            hint=f"install Python {wanted.dotted} on this machine",
        )
