"""From what the user asked for to a complete target: platform, target Python, toolchain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crosshook._types import Reporter
from crosshook.frontend.resolve._libraries import (
    Named,
    find_libraries,
    named_libraries,
    provider_of,
)
from crosshook.frontend.resolve._python import (
    Runnable,
    assign_prefixes,
    backend_interpreter,
    compose_python,
    read_named,
    runnable_python,
)
from crosshook.frontend.resolve._toolchain import choose_toolchain
from crosshook.frontend.resolve.machine import Machine
from crosshook.frontend.resolve.unpacked import unpacked_pythons
from crosshook.frontend.resolve.wanted import Wanted, oldest_first, wanted_targets
from crosshook.target import Target, parse_target
from crosshook.toolchains.build_machine import build_toolchain

__all__ = [
    "Machine",
    "Named",
    "Resolved",
    "Runnable",
    "Wanted",
    "assign_prefixes",
    "backend_interpreter",
    "find_libraries",
    "named_libraries",
    "oldest_first",
    "provider_of",
    "resolve",
    "runnable_python",
    "unpacked_pythons",
    "wanted_targets",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A target, and what else is known about it."""

    target: Target
    python_exports: Mapping[str, frozenset[str]]
    """The names that the target Python exports, as
    :attr:`crosshook.target.promise.Promise.exports` has them."""
    markers: tuple[Path, ...]
    """Files to create once a build for the target went through."""
    cxx_marker: Path | None = None
    """As :attr:`crosshook.toolchains.ToolchainPlan.cxx_marker`."""
    kept: tuple[Path, ...] = ()
    """Directories in which the target Python is, which must not change during the build."""


def resolve(
    wanted: Wanted,
    *,
    prefix: Path | None,
    toolchain: str | None,
    libraries: Sequence[Named] = (),
    launcher: str | None = None,
    machine: Machine,
    reporter: Reporter,
) -> Resolved:
    """Return a target with everything that a build needs.

    Writes launchers and the target Python's development files below ``machine.cache``.

    :param prefix: An unpacked Python for the platform, or its ``build-details.json``; composed
        without it.
    :param toolchain: ``--toolchain``, see :data:`crosshook.toolchains.NAMES`.
    :param libraries: What names C libraries for it.
    :param launcher: What keeps the results of compilers, one of
        :data:`crosshook.project.COMPILER_LAUNCHERS`.
    :raises CrosshookError: in the words of the option that is at fault.
    """
    platform = wanted.platform
    chosen = choose_toolchain(toolchain, platform, machine, reporter, launcher=launcher)
    if prefix is not None:
        found = read_named(prefix, wanted, chosen.toolchain, machine, reporter)
    else:
        found = compose_python(wanted, chosen.toolchain, machine, reporter)
    python = found.python
    target = Target(
        platform=platform,
        python=python.details,
        sysconfig_vars=python.sysconfig_vars,
        import_libraries=python.import_libraries,
        toolchain=chosen.toolchain,
        build_toolchain=build_toolchain(machine.environ, machine.system),
        sysroot=None if chosen.sysroot is None else str(chosen.sysroot),
    )
    target = replace(target, libraries=find_libraries(libraries, target, machine, reporter))
    return Resolved(
        # Through the parser, as every backend would read it.
        target=parse_target(target.to_json()),
        python_exports=found.exports,
        markers=chosen.markers,
        cxx_marker=chosen.cxx_marker,
        kept=found.kept,
    )
