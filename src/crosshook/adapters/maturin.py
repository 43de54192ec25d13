"""maturin: its own cross support, by its arguments and cargo's environment variables.

maturin's hooks run its command line with the arguments in the setting ``build-args`` (or
``maturin.build-args``), or those in ``MATURIN_PEP517_ARGS`` if there is none. The user's own come
first; added are:

* ``--target``, the Rust triple.
* ``--interpreter python3.13``, or ``pypy3.11``: by that name maturin finds the facts about the
  target's Python among its own, without running one. The hook would name the Python that runs it
  otherwise.
* ``--compatibility``: the wheel's platform tag; without it the tag is ``linux_*``.
* ``--auditwheel skip``: it would look for libraries on this machine. The frontend checks the wheel.

The wheel's tags, suffixes and the configuration of PyO3 are then maturin's own work.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from crosshook._types import Command
from crosshook.adapters import _rust
from crosshook.adapters.plan import BuildMachine, Plan
from crosshook.adapters.protocol import Adapter
from crosshook.project import Project
from crosshook.target import Target

_SETTINGS = ("maturin.build-args", "build-args")
"""The first that is there is what maturin takes."""

_VARIABLE = "MATURIN_PEP517_ARGS"


class Maturin(Adapter):
    """maturin."""

    name = "maturin"
    needs_copy = False

    def recognises(self, project: Project) -> bool:
        return project.delegate.name.partition(":")[0] == "maturin"

    def probes(self, target: Target, project: Project, machine: BuildMachine) -> Iterable[Command]:
        return _rust.probes(target, machine)

    def plan(self, target: Target, project: Project, machine: BuildMachine) -> Plan:
        """Return what makes maturin build for the target.

        :raises UnsupportedTarget: without a toolchain, without Rust, or Rust's standard library.
        """
        cargo = _rust.plan(target, machine)
        users, setting = _users_arguments(machine)
        arguments = [*users, "--target", cargo.environ["CARGO_BUILD_TARGET"]]
        if not _has(users, "--interpreter", "-i"):
            arguments += ["--interpreter", target.python_version.program]
        if not _has(users, "--compatibility", "--manylinux"):
            arguments += ["--compatibility", _compatibility(target)]
        if not _has(users, "--auditwheel", "--skip-auditwheel"):
            arguments += ["--auditwheel", "skip"]
        return cargo.merged(Plan(replaced_settings={setting: shlex.join(arguments)}))


def _users_arguments(machine: BuildMachine) -> tuple[list[str], str]:
    """Return the user's own arguments, and the setting that maturin takes them from."""
    for setting in _SETTINGS:
        given = machine.config_settings.get(setting)
        if given is not None:
            return (shlex.split(given) if isinstance(given, str) else list(given)), setting
    return shlex.split(machine.environ.get(_VARIABLE, "")), _SETTINGS[1]


def _has(arguments: Sequence[str], *options: str) -> bool:
    return any(word.partition("=")[0] in options for word in arguments)


def _compatibility(target: Target) -> str:
    """Return what maturin calls the platform; off Linux it knows by the triple."""
    if target.platform.system.libc is None:
        return "off"
    for name, version in (
        ("manylinux", target.platform.glibc),
        ("musllinux", target.platform.musl),
    ):
        if version is not None and target.platform.tag.startswith(name):
            return "{}_{}_{}".format(name, *version)
    return "linux"
