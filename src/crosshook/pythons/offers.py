"""Where a user gets a Python of a target that can be run, for a hint: nothing is fetched here."""

from __future__ import annotations

from crosshook.target.implementations import CPYTHON
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_STANDALONE = {
    "glibc": ("aarch64", "x86_64"),
    "macos": ("arm64", "x86_64"),
    "windows": ("arm64", "amd64", "32"),
}
"""By system: what ``--python-source fetch`` has, as pbs-installer and NuGet list it."""

_UV = {
    "glibc": ("armv7l", "ppc64le", "riscv64", "s390x"),
    "musl": ("aarch64", "x86_64"),
}
"""By system: what ``uv python list --all-platforms --all-arches`` has beyond that."""


_UVS_PYPY = {
    "glibc": ("aarch64", "x86_64"),
    "macos": ("arm64", "x86_64"),
}
"""By system: what it lists of PyPy that can be built for."""


def how_to_get(platform: Platform, version: PythonVersion) -> str:
    """Return what to type to have a Python of a target to run tests with."""
    return f"{how_to_unpack(platform, version)}; no tests: --test-command ''"


def how_to_unpack(platform: Platform, version: PythonVersion) -> str:
    """Return what to type to have an unpacked Python of a target."""
    system, arch = platform.system.name, platform.row.arch
    if version.implementation is not CPYTHON:
        if arch not in _UVS_PYPY.get(system, ()):
            return "name an unpacked one: --target-python PREFIX"
        return _with_uv(platform, version)
    if arch in _STANDALONE.get(system, ()):
        return "--python-source fetch downloads one"
    if arch in _UV.get(system, ()):
        return _with_uv(platform, version)
    return "name an unpacked one: --target-python PREFIX"


def _with_uv(platform: Platform, version: PythonVersion) -> str:
    # uv calls processors and libcs as Rust does.
    processor, *_, libc = platform.row.rust.triple.split("-")
    name = version.implementation.name
    threads = "+freethreaded" if version.free_threaded else ""
    of_system = "macos-{}-none" if platform.macos is not None else "linux-{}-{}"
    key = f"{name}-{version.dotted}{threads}-{of_system.format(processor, libc)}"
    return f"uv python install --install-dir DIR {key}, and --target-python DIR/{name}-..."
