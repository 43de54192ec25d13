"""``--libraries conda:CHANNEL/PACKAGE,...``: conda's packages for the target, as they are.

py-rattler chooses, downloads and unpacks them, for a machine that just does what the target's tag
promises: its glibc or its macOS. It checks what it downloads by the SHA-256 that the channel has of
it, and runs nothing of what is in a package.
"""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crosshook import _files, _kept
from crosshook._redact import redact
from crosshook.errors import LibraryError, UsageError
from crosshook.libraries.names import split_names
from crosshook.target.platforms import Platform

CHANNEL = "CROSSHOOK_CONDA_CHANNEL"
"""The variable with the channel of packages that are named without one."""

RECORDS = "conda-meta"
"""Where conda keeps, in a prefix, a record of each package."""

LICENCES = "licenses"
"""Where the licences of packages are put, in a prefix: those that conda leaves in its cache."""

_ARCHITECTURES = {"x86_64": "64", "amd64": "64", "i686": "32"}
"""What conda calls a processor, by its name in wheel platform tags; the same where it is not here.
"""

_FORMAT = "1"
"""Of what is kept."""

_WORK = "crosshook-conda"
"""Beside what is unpacked, until it is whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    channel: str
    specs: tuple[str, ...]
    """Packages with their versions, as conda writes them."""
    subdir: str
    virtual: Mapping[str, str]

    @property
    def key(self) -> str:
        """For the name of what is kept."""
        parts = [_FORMAT, self.channel, self.subdir, self.virtual, self.specs]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def provide(
    wanted: str,
    platform: Platform,
    *,
    environ: Mapping[str, str],
    cache: Path,
    note: Callable[[str], None],
    source: str = "--libraries",
) -> Path:
    """Return a prefix with packages and all that they depend on.

    :param wanted: ``conda-forge/libxml2,libxslt>=1.1``, or ``conda-forge::libxml2``; the channel
        is a name, a URL or an absolute path. Without one, :data:`CHANNEL` names it.
    :param environ: The user's environment variables.
    :param cache: Where the prefix is kept between builds.
    :param note: Is told if something was made anew, and why.
    :param source: What named it, for errors.
    :raises UsageError: if that is no channel with packages, or conda has none for the target.
    :raises LibraryError: if the packages cannot be had.
    """
    channel, specs = channel_and_specs(wanted, environ, source)
    subdir = subdir_of(platform)
    if subdir is None:
        raise UsageError(
            f"{source}: conda:{wanted}: conda has no packages for {platform.tag}",
            hint="build them for the target by --before-build, and see docs/how-to/libraries.md",
        )
    asked = _Asked(channel=channel, specs=specs, subdir=subdir, virtual=virtual_packages(platform))
    place = cache / "libraries" / f"conda-{subdir}-{asked.key}"
    try:
        return _kept.keep_directory(
            place, functools.partial(_make, asked, place), note=note, names=(RECORDS,)
        )
    except LibraryError as error:
        raise LibraryError(
            f"{source}: conda:{redact(wanted)}: for {subdir}: {error.message}",
            hint=error.hint,
            detail=error.detail,
        ) from None


def subdir_of(platform: Platform) -> str | None:
    """Return what conda calls a platform: ``linux-aarch64``, ``win-64``; None if nothing."""
    conda = platform.system.conda
    if conda is None:
        return None
    return f"{conda.name}-{_ARCHITECTURES.get(platform.row.arch, platform.row.arch)}"


def virtual_packages(platform: Platform) -> Mapping[str, str]:
    """Return what conda's solver is told of the machines that a tag promises to run on.

    By name, the version.
    """
    conda = platform.system.conda
    if conda is None:
        return {}
    found = dict(package.split("=", 1) for package in conda.virtual)
    version = platform.version or platform.row.oldest or platform.system.unnamed_version
    if conda.versioned is not None and version is not None:
        found[conda.versioned] = "{}.{}".format(*version)
    return found


def channel_and_specs(
    wanted: str, environ: Mapping[str, str], source: str
) -> tuple[str, tuple[str, ...]]:
    """Return the channel and the packages that a text names, as :func:`provide` takes it.

    :raises UsageError: if it names none.
    """
    # conda's own spelling has two colons between.
    channel, _, names = wanted.rpartition("/" if "/" in wanted else "::")
    channel = channel or environ.get(CHANNEL, "").strip()
    specs = split_names(names)
    if not channel or not specs:
        what = "names no channel" if specs else "is not CHANNEL/PACKAGE,PACKAGE"
        raise UsageError(
            f"{source}: conda:{wanted!r} {what}",
            hint=f"conda:conda-forge/libxml2,libxslt, for one; or {CHANNEL}=conda-forge",
        )
    return channel, specs


def _make(asked: _Asked, place: Path, draft: Path) -> None:
    """Fill a draft of the prefix that will be at a place.

    :raises LibraryError: if rattler is not installed, or fails.
    """
    import asyncio

    try:
        from rattler import exceptions as failures
    except ImportError:
        raise LibraryError(
            "py-rattler is not installed, which gets conda's packages",
            hint='pip install "crosshook[conda]"',
        ) from None
    try:
        asyncio.run(_install(asked, place, draft))
    except (
        failures.InvalidChannelError,
        failures.InvalidMatchSpecError,
        failures.GatewayError,
        failures.FetchRepoDataError,
        failures.SolverError,
        failures.InstallerError,
        failures.ExtractError,
        failures.LinkError,
        failures.IoError,
    ) as error:
        first, _, rest = str(error).strip().partition("\n")
        raise LibraryError(
            first,
            hint=f"see what {redact(asked.channel)} has for {asked.subdir}",
            detail=rest or None,
        ) from None
    _keep_licences(draft)
    _files.remove(draft / _WORK)


async def _install(asked: _Asked, place: Path, draft: Path) -> None:
    import rattler

    work = draft / _WORK
    subdir = rattler.Subdir(asked.subdir)
    records = await rattler.solve(
        [asked.channel],
        asked.specs,
        gateway=rattler.Gateway(cache_dir=work / "index"),
        platforms=[subdir, rattler.Subdir("noarch")],
        virtual_packages=[
            rattler.GenericVirtualPackage(
                rattler.PackageName(name), rattler.Version(version), rattler.BuildString("0")
            )
            for name, version in asked.virtual.items()
        ],
    )
    await rattler.install(
        records,
        draft,
        cache_dir=work / "packages",
        platform=subdir,
        show_progress=False,
        # Paths in the packages' files are written for where they will be.
        alternative_target_prefix=place,
    )


def _keep_licences(prefix: Path) -> None:
    """Copy the licences of packages into a prefix, in which conda does not put them."""
    for file in sorted((prefix / RECORDS).glob("*.json")):
        record = json.loads(file.read_bytes())
        unpacked = record.get("extracted_package_dir")
        if unpacked and (texts := Path(unpacked, "info", "licenses")).is_dir():
            shutil.copytree(texts, prefix / LICENCES / record["name"])
