"""python-build-standalone: CPython for Linux and macOS, by the index in ``pbs-installer``."""

from __future__ import annotations

import importlib.util
import tarfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from crosshook.errors import TargetPythonError
from crosshook.pythons.fetching._download import Remote
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_SYSTEMS = {"glibc": "linux", "macos": "macos"}
_PROCESSORS = {"arm64": "aarch64", "i686": "x86"}
"""What pbs-installer calls them, where wheel platform tags have another name."""


def find(platform: Platform, version: PythonVersion, environ: Mapping[str, str]) -> Remote:
    """Return the newest archive of a minor version for a platform.

    :raises TargetPythonError: if the library is not installed, or lists none.
    """
    if importlib.util.find_spec("pbs_installer") is None:
        raise TargetPythonError(
            "--python-source fetch: pbs-installer is not installed",
            hint='pip install "crosshook[fetch]"',
        )
    if not hasattr(tarfile, "data_filter"):
        raise TargetPythonError(
            "--python-source fetch: this Python's tarfile cannot check archives (PEP 706)",
            hint="--python-source uv needs nothing of it",
        )
    import pbs_installer

    row = platform.row
    try:
        if platform.system.name not in _SYSTEMS:
            raise ValueError
        _, (url, digest) = pbs_installer.get_download_link(
            version.dotted,
            arch=_PROCESSORS.get(row.arch, row.arch),
            platform=_SYSTEMS[platform.system.name],
            free_threaded=version.free_threaded,
            base_url=environ.get("PBS_INSTALLER_BASE_URL"),
        )
    except ValueError:
        raise TargetPythonError(
            f"python-build-standalone, as pbs-installer lists it, has no Python {version} for "
            f"{platform.tag}",
            hint="a newer pbs-installer may; or name one: --target-python PREFIX",
        ) from None
    if digest is None:
        raise TargetPythonError(f"{url}: pbs-installer knows no SHA-256 of it")
    name = unquote(url.rpartition("/")[2])
    return Remote(url=url, name=name, algorithm="sha256", digest=digest)


def unpack(archive: Path, name: str, directory: Path) -> None:
    """Unpack an archive without its topmost directory."""
    import pbs_installer

    if not name.endswith(".tar.zst"):
        # The library, before Python 3.14, extracts what it is given.
        with tarfile.open(archive) as tar:
            for member in tar:
                tarfile.data_filter(member, str(directory))
    pbs_installer.install_file(str(archive), str(directory), name)
