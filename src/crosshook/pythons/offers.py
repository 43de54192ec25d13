"""Where a user gets a Python of a target that can be run, for a hint: nothing is fetched here."""

from __future__ import annotations

import importlib.util
import shutil

from crosshook._uv import find_uv
from crosshook.machine import Machine
from crosshook.pythons import debian
from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_UV = {
    "glibc": ("aarch64", "armv7l", "ppc64le", "riscv64", "s390x", "x86_64"),
    "musl": ("aarch64", "x86_64"),
    "macos": ("arm64", "x86_64"),
    "windows": ("arm64", "amd64", "32"),
}
"""By system: what ``uv python list --all-platforms --all-arches`` has."""

_FETCH = {
    "glibc": ("aarch64", "x86_64"),
    "macos": ("arm64", "x86_64"),
    "windows": ("arm64", "amd64", "32"),
}
"""By system: what ``--python-source fetch`` has, as pbs-installer and NuGet list it."""


def how_to_get(platform: Platform, version: PythonVersion, machine: Machine) -> str:
    """Return what to type on a machine to have a Python of a target to run tests with."""
    return f"{how_to_unpack(platform, version, machine)}; no tests: --test-command ''"


def how_to_unpack(platform: Platform, version: PythonVersion, machine: Machine) -> str:
    """Return what to type on a machine to have an unpacked Python of a target."""
    system, arch = platform.system.name, platform.row.arch
    # Debian's come with the libc that they need.
    apt = shutil.which("apt-get", path=machine.environ.get("PATH")) is not None
    if apt and debian.has(platform, version):
        return "--python-source debian downloads one"
    if arch in _UV.get(system, ()) and version.implementation is CPYTHON:
        if find_uv(machine.environ) is not None:
            return "--python-source uv downloads one"
        fetches = importlib.util.find_spec("pbs_installer") is not None
        if fetches and arch in _FETCH.get(system, ()):
            return "--python-source fetch downloads one"
        return "--python-source uv downloads one, once uv is there: pip install uv"
    return "name an unpacked one: --target-python PREFIX"
