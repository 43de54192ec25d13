"""``--python-source uv``: what ``uv python install`` has for other platforms.

uv knows the newest releases of python-build-standalone, or of a mirror, and verifies them. It puts
them into crosshook's cache, and not among the Pythons of this machine.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from crosshook import _files, _kept, _processes
from crosshook._types import Reporter
from crosshook._uv import find_uv
from crosshook.errors import LibraryError, TargetPythonError
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.machine import Machine
from crosshook.pythons import debian
from crosshook.pythons.fetching.kept import place_of
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_INSTALLED = "usr"
"""Where the Python is in what is kept: a libc may be beside it, as in a system."""

_OWN_DIRECTORY = "crosshook-uv"

_PROCESSORS = {"i686": "x86"}
"""uv's names, where they are not Rust's."""


def key_of(platform: Platform, version: PythonVersion) -> str:
    """Return what uv calls a Python: ``cpython-3.13-linux-aarch64-gnu``.

    For Linux, macOS and Windows; whether there is one is for uv to say.
    """
    processor, *_, libc = platform.row.rust.triple.split("-")
    linux = platform.system.libc is not None
    system = f"linux-{{}}-{libc}" if linux else f"{platform.system.name}-{{}}-none"
    threads = "+freethreaded" if version.free_threaded else ""
    named = system.format(_PROCESSORS.get(processor, processor))
    return f"cpython-{version.dotted}{threads}-{named}"


def uv_python(
    platform: Platform, version: PythonVersion, *, machine: Machine, reporter: Reporter
) -> Path:
    """Return the directory of a Python that uv installs, now or before.

    A Linux Python needs its libc to run: where this machine has none for it, and apt, Debian's is
    put beside it.

    :raises TargetPythonError: if uv is not there, has none, or cannot get it.
    """
    place = place_of("uv", platform, version, machine.cache)

    def make(draft: Path) -> None:
        _install(key_of(platform, version), draft, machine.environ, reporter)
        if _needs_libc(platform, machine):
            _put_libc(platform, draft, reporter)

    return _kept.keep_directory(place, make, note=reporter.note) / _INSTALLED


def _install(key: str, draft: Path, environ: Mapping[str, str], reporter: Reporter) -> None:
    uv = find_uv(environ)
    if uv is None:
        raise TargetPythonError(
            "--python-source uv: uv is not installed", hint='pip install "crosshook[uv]"'
        )
    reporter.step(f"uv python install {key}")
    directory = draft / _OWN_DIRECTORY
    said = _processes.Tail()
    code = _processes.run(
        [uv, "python", "install", "--install-dir", str(directory), key],
        cwd=str(draft),
        environ={**environ, "UV_PYTHON_INSTALL_BIN": "0", "UV_PYTHON_INSTALL_REGISTRY": "0"},
        output=said,
    )
    # A link to it has a name of the same kind.
    found = [p for p in directory.glob("cpython-*") if p.is_dir() and not p.is_symlink()]
    if code or len(found) != 1:
        raise TargetPythonError(
            f"--python-source uv: cannot install {key}",
            hint="see what uv said above; UV_PYTHON_INSTALL_MIRROR names a mirror; without the "
            "network: --target-python PREFIX",
            detail=said.text().strip() or None,
        )
    found[0].rename(draft / _INSTALLED)
    _files.remove(directory)


def _needs_libc(platform: Platform, machine: Machine) -> bool:
    """Tell whether programs for a platform find no loader on this machine, and apt can get one."""
    row = platform.row
    if platform.system.libc is None or row.arch not in ARCHITECTURES:
        return False
    if shutil.which("apt-get", path=machine.environ.get("PATH")) is None:
        return False
    return not (platform.system.libc == "glibc" and row.arch == machine.arch)


def _put_libc(platform: Platform, draft: Path, reporter: Reporter) -> None:
    reporter.step(f"unpacking Debian's {platform.system.libc} for {platform.row.arch}, to run it")
    try:
        debian.unpack_libc(platform, draft)
    except LibraryError as error:
        # It is of use without, on a machine that has one.
        reporter.note(f"{error.message}: what runs tests has to bring a libc")
