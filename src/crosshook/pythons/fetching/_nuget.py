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
_ALGORITHMS = ("sha512", "sha384", "sha256")
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
    resources = _field(_json(index, client), "resources", list, index)
    content = _resource(resources, "PackageBaseAddress/3.0.0", index)
    registrations = _resource(resources, "RegistrationsBaseUrl", index)
    versions = f"{content}/{package}/index.json"
    release = _newest(_field(_json(versions, client), "versions", list, versions), version)
    if release is None:
        raise TargetPythonError(
            f"{versions}: no release of Python {version}",
            hint="name an unpacked Python: --target-python PREFIX",
        )
    leaf = f"{registrations}/{package}/{release}.json"
    entry = _field(_json(leaf, client), "catalogEntry", (str, dict), leaf)
    if isinstance(entry, str):
        leaf, entry = entry, _json(entry, client)
    algorithm = _field(entry, "packageHashAlgorithm", str, leaf).lower()
    if algorithm not in _ALGORITHMS:
        raise TargetPythonError(f"{leaf}: packageHashAlgorithm: {algorithm!r} cannot be checked")
    return Remote(
        url=f"{content}/{package}/{release}/{package}.{release}.nupkg",
        name=f"{package}.{release}.nupkg",
        algorithm=algorithm,
        digest=_digest(_field(entry, "packageHash", str, leaf), leaf),
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
    except (ValueError, RecursionError) as error:
        raise TargetPythonError(f"{url}: not JSON: {error}") from None


def _field(data: Any, key: str, kind: type | tuple[type, ...], url: str) -> Any:
    """Return what stands under a key of a server's answer, having checked what it is."""
    found = data.get(key) if isinstance(data, dict) else None
    if not isinstance(found, kind):
        raise TargetPythonError(f"{url}: not what a NuGet server answers: no {key}")
    return found


def _digest(text: str, url: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        raise TargetPythonError(f"{url}: packageHash: {text[:80]!r} is not Base64") from None


def _resource(resources: list[Any], kind: str, index: str) -> str:
    """Return the address of a service; the last one listed has the newest form."""
    services = [(str(r.get("@type")), r.get("@id")) for r in resources if isinstance(r, dict)]
    found = [
        place
        for name, place in services
        if isinstance(place, str) and (name == kind or name.startswith(f"{kind}/"))
    ]
    if not found:
        raise TargetPythonError(f"{index}: lists no {kind}")
    return found[-1].rstrip("/")


def _newest(listed: list[Any], wanted: PythonVersion) -> str | None:
    """Return the newest version of a minor one that is no pre-release."""
    found = []
    for text in listed:
        try:
            version = Version(text)
        except (InvalidVersion, ValueError, TypeError):
            continue
        if version.release[:2] == wanted.numbers and not version.is_prerelease:
            found.append((version, text))
    return max(found)[1] if found else None
