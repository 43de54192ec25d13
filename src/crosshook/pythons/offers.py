"""Where a user gets a Python of a target that can be run, for a hint: nothing is fetched here."""

from __future__ import annotations

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


def how_to_get(platform: Platform, version: PythonVersion) -> str:
    """Return what to type to have a Python of a target to run tests with."""
    system, arch = platform.system.name, platform.row.arch
    if arch in _STANDALONE.get(system, ()):
        how = "--python-source fetch downloads one"
    elif arch in _UV.get(system, ()):
        # uv calls them as Rust does.
        processor, *_, libc = platform.row.rust.triple.split("-")
        threads = "+freethreaded" if version.free_threaded else ""
        key = f"cpython-{version.dotted}{threads}-linux-{processor}-{libc}"
        how = f"uv python install --install-dir DIR {key}, and --target-python DIR/cpython-..."
    else:
        how = "name an unpacked one: --target-python PREFIX"
    return f"{how}; no tests: --test-command ''"
