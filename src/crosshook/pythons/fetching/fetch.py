"""Target Pythons from the network, when the user allows it.

For Linux and macOS from python-build-standalone, as the ``pbs-installer`` library lists it; for
Windows from the NuGet packages that CPython's release process uploads. What was fetched is kept in
the cache directory, verified and unpacked; a Python that is there already is used without a single
request.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx2

from crosshook import _files, _kept
from crosshook._types import Reporter
from crosshook.errors import TargetPythonError
from crosshook.pythons.fetching import _nuget, _standalone
from crosshook.pythons.fetching._download import Remote, Unpack, download
from crosshook.pythons.fetching.kept import place_of, prefix_in
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

_SECONDS = 60


def fetched_python(
    platform: Platform,
    version: PythonVersion,
    *,
    cache: Path,
    environ: Mapping[str, str],
    reporter: Reporter,
) -> Path:
    """Return the directory of an unpacked CPython for a platform, fetched now or before.

    :param cache: Where it is kept.
    :param environ: ``PBS_INSTALLER_BASE_URL``, a mirror of python-build-standalone's releases;
        ``CROSSHOOK_NUGET_INDEX``, a NuGet service index; and the proxies that ``httpx2`` reads.
    :raises TargetPythonError: if there is none, or it cannot be fetched, verified or unpacked.
    """
    kept = place_of("fetch", platform, version, cache)

    def fetch(draft: Path) -> None:
        with httpx2.Client(follow_redirects=True, timeout=_SECONDS) as client:
            if _nuget.serves(platform):
                remote = _nuget.find(platform, version, client, environ)
                unpack: Unpack = _nuget.unpack
            else:
                remote = _standalone.find(platform, version, environ)
                unpack = _standalone.unpack
            archive = download(remote, kept.parent, client, reporter)
        try:
            _unpack(unpack, archive, remote, draft)
        finally:
            _files.remove(archive)

    return prefix_in(_kept.keep_directory(kept, fetch, note=reporter.note))


def _unpack(unpack: Unpack, archive: Path, remote: Remote, directory: Path) -> None:
    try:
        unpack(archive, remote.name, directory)
    except Exception as error:  # The archive formats' readers raise anything at all.
        why = str(error) or type(error).__name__
        raise TargetPythonError(f"{remote.url}: cannot be unpacked: {why}") from None
