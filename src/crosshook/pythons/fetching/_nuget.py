"""NuGet's ``python`` packages: CPython for Windows, uploaded by its release process.

The addresses are found through the service index (NuGet's "Server API" pages): the registration
of a version names its catalog entry, which has the package's hash.
"""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import httpx2
from packaging.version import InvalidVersion, Version

from crosshook.errors import TargetPythonError
from crosshook.pythons.fetching._download import Remote, network_error
from crosshook.target.platforms import Platform
from crosshook.target.python_version import PythonVersion

INDEX = "https://api.nuget.org/v3/index.json"
_PACKAGES = {"amd64": "python", "32": "pythonx86", "arm64": "pythonarm64"}
"""By the processor in wheel platform tags."""


def serves(platform: Platform) -> bool:
    """Tell whether there are packages for a platform."""
    return platform.system.name == "windows"


def find(
    platform: Platform, version: PythonVersion, client: httpx2.Client, environ: Mapping[str, str]
) -> Remote:
    """Return the newest release of a minor version for a platform.

    :param environ: ``CROSSHOOK_NUGET_INDEX`` is a service index in the place of nuget.org's.
    :raises TargetPythonError: if there is none, or the server does not answer.
    """
    package = _PACKAGES[platform.row.arch] + ("-freethreaded" if version.free_threaded else "")
    index = environ.get("CROSSHOOK_NUGET_INDEX") or INDEX
    resources = _json(index, client)["resources"]
    content = _resource(resources, "PackageBaseAddress/3.0.0", index)
    registrations = _resource(resources, "RegistrationsBaseUrl", index)
    listed = _json(f"{content}/{package}/index.json", client)["versions"]
    release = _newest(listed, version)
    if release is None:
        raise TargetPythonError(
            f"{content}/{package}/index.json: no release of Python {version}",
            hint="name an unpacked Python: --target-python PREFIX",
        )
    leaf = _json(f"{registrations}/{package}/{release}.json", client)
    entry = leaf["catalogEntry"]
    if isinstance(entry, str):
        entry = _json(entry, client)
    algorithm = str(entry["packageHashAlgorithm"]).lower()
    return Remote(
        url=f"{content}/{package}/{release}/{package}.{release}.nupkg",
        name=f"{package}.{release}.nupkg",
        algorithm=algorithm,
        digest=base64.b64decode(entry["packageHash"]).hex(),
    )


def unpack(archive: Path, name: str, directory: Path) -> None:
    """Unpack a package, which is a zip file."""
    with zipfile.ZipFile(archive) as package:
        for member in package.namelist():
            path = PurePosixPath(member.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
                raise ValueError(f"{member}: a path that leads out of it")
        package.extractall(directory)


def _json(url: str, client: httpx2.Client) -> Any:
    try:
        response = client.get(url)
        response.raise_for_status()
        return response.json()
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise network_error(url, error) from None
    except ValueError as error:
        raise TargetPythonError(f"{url}: not JSON: {error}") from None


def _resource(resources: list[dict[str, str]], kind: str, index: str) -> str:
    """Return the address of a service; the last one listed has the newest form."""
    found = [r["@id"] for r in resources if r["@type"] == kind or r["@type"].startswith(f"{kind}/")]
    if not found:
        raise TargetPythonError(f"{index}: lists no {kind}")
    return found[-1].rstrip("/")


def _newest(listed: list[str], wanted: PythonVersion) -> str | None:
    """Return the newest version of a minor one that is no pre-release."""
    found = []
    for text in listed:
        try:
            version = Version(text)
        except InvalidVersion:
            continue
        if version.release[:2] == wanted.numbers and not version.is_prerelease:
            found.append((version, text))
    return max(found)[1] if found else None
