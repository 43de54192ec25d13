"""Build for several versions of Python from one environment, and compare each wheel with others.

    python -m scripts.compare_pythons [--markdown FILE] [REQUIREMENT ...]

For each project, version of Python and platform, by the command line, ``crosshook build --adapt``:

- composed: built with a target Python composed of headers and facts; compared with the official
  wheel as ``scripts/compare_official.py`` does.
- dumped: a real Python of that version and platform describes itself with ``crosshook.dump``, under
  QEMU or Wine; built with that file, and compared with the first byte for byte.
- unpacked: built with that Python's own files; compared with the first byte for byte, and the
  project's tests are run on that Python.
- fetched: the same Python is packed as the archive that ``--python-source fetch`` downloads, served
  on the loopback interface, and fetched from there; compared with the first byte for byte.

Which real Pythons there are, ``scripts/target_pythons.py`` says.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pbs_installer
import pefile

import crosshook.dump
from crosshook.api import Request, build_wheels
from crosshook.errors import TargetPythonError
from crosshook.pythons.installed import find_headers
from crosshook.pythons.prefix import find_interpreter
from crosshook.target.platforms import Platform, parse_platform
from crosshook.target.python_version import PythonVersion, parse_python_version
from scripts.compare_official import Row, build, compare_wheels, download
from scripts.loopback import serving
from scripts.run_built import run
from scripts.target_pythons import WINDOWS, cache, debian_python, target_python, windows_python

REQUIREMENTS = ("markupsafe==3.0.3", "tornado==6.6.1")
PYTHONS = ("3.11", "3.12", "3.13", "3.13t", "3.14")
TARGETS = ("win_amd64", "win_arm64", "manylinux_2_28_aarch64")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the table."""

    requirement: str
    python: str
    target: str
    name: str
    """The wheel's file name, without the project's name and version."""
    official: Row | None
    """None if there is no official wheel."""
    dumped: str
    unpacked: str
    tests: str
    fetched: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    lines = []
    with tempfile.TemporaryDirectory() as work:
        for requirement in arguments.requirements:
            for python in PYTHONS:
                for target in TARGETS:
                    room = Path(work) / requirement / python / target
                    room.mkdir(parents=True)
                    lines.append(examine(requirement, python, target, room))
                    print(lines[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text(_page(lines), encoding="utf-8")
    return int(any(line.official and line.official.differences for line in lines))


def examine(requirement: str, python: str, target: str, room: Path) -> Line:
    """Build a project for a target in up to four ways, and compare."""
    headers = _headers_for(python)
    composed = build(requirement, target, python, room / "composed", headers)
    dumped = unpacked = tests = fetched = "no such Python here"
    prefix = _real(target, python)
    if prefix is not None:
        file = dump(prefix, target, python, room)
        options = ("--target-python", str(file), *headers)
        dumped = _same(composed, build(requirement, target, python, room / "dumped", options))
        outcome = run(requirement, target, python, room / "unpacked", named=prefix)
        unpacked = _same(composed, *(room / "unpacked").glob("*.whl"))
        tests = f"{outcome.counts} ({outcome.emulator})"
        fetched = _same(composed, fetch(requirement, prefix, target, python, room))
    return Line(
        requirement=requirement,
        python=python,
        target=target,
        name=composed.name.split("-", 2)[2],
        official=_held(composed, requirement, target, python, room / "official"),
        dumped=dumped,
        unpacked=unpacked,
        tests=tests,
        fetched=fetched,
    )


def _held(wheel: Path, requirement: str, target: str, python: str, room: Path) -> Row | None:
    official = download(requirement, target, python, room)
    # Asked for the wheels of another Python, pip takes abi3 ones for free-threaded builds too.
    if python.endswith("t") and "-abi3-" in official.name:
        return None
    return compare_wheels(wheel, official, target)


def _headers_for(python: str) -> Sequence[str]:
    """Return the option that names a Python whose headers serve, if none is installed here."""
    version = parse_python_version(python, source="--python")
    if find_headers(version, environ=os.environ, cache=cache()) is not None:
        return ()
    newer = version.dotted not in WINDOWS
    prefix = debian_python("amd64", version.dotted) if newer else windows_python(version.dotted)
    return ("--target-python", str(prefix))


def _real(target: str, python: str) -> Path | None:
    try:
        return target_python(target, python)
    except TargetPythonError:
        return None


def dump(prefix: Path, target: str, python: str, room: Path) -> Path:
    """Have a Python describe itself, and return the file."""
    platform, version = _parsed(target, python)
    interpreter = find_interpreter(prefix, platform, version)
    emulator = ["qemu-aarch64-static", "-L", str(prefix)]
    environ = dict(os.environ)
    if platform.system.name == "windows":
        emulator = ["wine"]
        environ |= {"WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
        environ["WINEPREFIX"] = str(room / "wine")
    command = [*emulator, str(interpreter), str(crosshook.dump.__file__)]
    # Pipes: under Wine, Python 3.12 and newer start with no file or device for a stream.
    done = subprocess.run(command, env=environ, input=b"", capture_output=True, check=True)
    file = room / "dumped.json"
    file.write_bytes(done.stdout)
    return file


def fetch(requirement: str, prefix: Path, target: str, python: str, room: Path) -> Path:
    """Build with a target Python that is fetched, and return the wheel."""
    platform, version = _parsed(target, python)
    release = f"{version.dotted}.99"
    with serving() as server:
        environ = {
            "CROSSHOOK_NUGET_INDEX": f"{server.url}/v3/index.json",
            "CROSSHOOK_CACHE_DIR": str(room / "cache"),
            "ZIG_GLOBAL_CACHE_DIR": str(cache() / "crosshook" / "zig"),
        }
        if platform.system.name == "windows":
            server.add_nuget("python", release, _nupkg(prefix))
            link = None
        else:
            content = _tar(prefix / "usr")
            name = f"cpython-{release}+20261001-aarch64-unknown-linux-gnu-install_only.tar.gz"
            server.files[f"/{name}"] = content
            link = (None, (f"{server.url}/{name}", hashlib.sha256(content).hexdigest()))
        # The checksums in pbs-installer are those of the real archives.
        listed = mock.patch.object(pbs_installer, "get_download_link", return_value=link)
        request = Request(
            source=requirement,
            targets=(target,),
            pythons=(python,),
            outdir=room / "fetched",
            adapt=True,
            require_native=True,
            python_source="fetch",
        )
        with mock.patch.dict(os.environ, environ), listed:
            (delivered,) = build_wheels(request)
    if delivered.error is not None:
        raise delivered.error
    assert delivered.path is not None
    return delivered.path


def _parsed(target: str, python: str) -> tuple[Platform, PythonVersion]:
    return (
        parse_platform(target, source="--target"),
        parse_python_version(python, source="--python"),
    )


def _nupkg(prefix: Path) -> bytes:
    """Return a Python for Windows as NuGet has it: everything below ``tools``."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for part in ("include", "libs", "python.exe", *(p.name for p in prefix.glob("*.dll"))):
            for file in [prefix / part, *(prefix / part).rglob("*")]:
                if file.is_file():
                    archive.write(file, f"tools/{file.relative_to(prefix).as_posix()}")
    return stream.getvalue()


def _tar(usr: Path) -> bytes:
    """Return a Python for Linux as python-build-standalone has it: everything below ``python``."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for part in ("bin", "include", "lib"):
            for path in sorted((usr / part).glob("python3*")):
                archive.add(path, f"python/{part}/{path.name}", filter=_no_links)
        for split in (usr / "include").glob("*-linux-gnu*/python3*"):
            archive.add(split, f"python/include/{split.parent.name}/{split.name}")
    return stream.getvalue()


def _no_links(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out links: Debian's lead to files of other packages."""
    return None if member.issym() or member.islnk() else member


def _same(first: Path, second: Path) -> str:
    """Say whether two wheels have the same name and the same files."""
    if first.name != second.name:
        return f"named {second.name}"
    one, other = _files(first), _files(second)
    differ = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    if not differ:
        return "same bytes"
    modules = {name for name in differ if name.endswith(".pyd") and name in one and name in other}
    if differ - modules == {next(name for name in one if name.endswith("/RECORD"))} and all(
        _without_hints(one[name]) == _without_hints(other[name]) for name in modules
    ):
        return "same but for import hints"
    return f"differs in {', '.join(sorted(differ))}"


def _files(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _without_hints(module: bytes) -> bytes:
    """Return a PE file without the hints of its imports, where in the DLL's table each name may be,
    and without the hash of its contents."""
    found = pefile.PE(data=module)
    hollow = bytearray(module)
    places = [(found.FILE_HEADER.get_file_offset() + 4, 4)]
    for library in found.DIRECTORY_ENTRY_IMPORT:
        for imported in library.imports:
            places.append((found.get_offset_from_rva(imported.hint_name_table_rva), 2))
    for section in found.sections:
        if section.Name.startswith(b".buildid"):
            places.append((section.PointerToRawData, section.SizeOfRawData))
    for start, length in places:
        hollow[start : start + length] = bytes(length)
    return bytes(hollow)


def _page(lines: Sequence[Line]) -> str:
    return "\n".join(
        [
            "# Wheels for several versions of Python, from one environment",
            "",
            "Written by `python -m scripts.compare_pythons --markdown FILE`, with CPython",
            f"{sys.version.split()[0]}; the script says what is compared.",
            "",
            "| sdist | Python | target | wheel | composed: against the official wheel | dumped | "
            "unpacked | its tests | fetched |",
            "|---|---|---|---|---|---|---|---|---|",
            *_table(lines),
            "",
        ]
    )


def _table(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        cells = [line.requirement, line.python, line.target, f"`{line.name}`"]
        cells += [_words(line.official), line.dumped, line.unpacked, line.tests, line.fetched]
        yield f"| {' | '.join(cells)} |"


def _words(official: Row | None) -> str:
    if official is None:
        return "there is none"
    differences = "; ".join(official.differences) or "no difference"
    return f"{differences} ({'; '.join(official.notes)})" if official.notes else differences


if __name__ == "__main__":
    if shutil.which("wine") is None or shutil.which("qemu-aarch64-static") is None:
        sys.exit("needs wine and qemu-aarch64-static: apt-get install wine qemu-user-static")
    sys.exit(main())
