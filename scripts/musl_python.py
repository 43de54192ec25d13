"""Make a CPython for musl, which no package index has, and run wheels with it.

    python -m scripts.musl_python DIRECTORY [--markdown FILE]

The sources of CPython and of zlib are Debian's, verified by the archive's signature; they are
compiled as a user would, by ``crosshook run`` with zig, for this machine's processor. What runs the
result is Debian's musl. Then projects are built for musl from their sdists, and their test suites
are run there, as ``scripts/run_built.py`` does it for other targets.

It needs a CPython of the same minor version for this machine: the one that runs the script. Half an
hour of one core's work, most of it zig's; what is there already is not made again.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from crosshook.errors import CrosshookError
from crosshook.libraries.apt import Apt, debian_source, run
from crosshook.libraries.debian import ARCHITECTURES
from crosshook.pythons.debian import unpack_libc
from crosshook.target.platforms import parse_platform
from scripts.run_built import run as built_and_tested
from scripts.tested import TABLE_HEAD, Row

RELEASE = "trixie"
VERSION = "3.13"
"""The CPython of that release."""

TARGET = parse_platform(f"musllinux_1_2_{platform.machine()}", source="this machine")

PROJECTS = ("markupsafe==3.0.3", "msgpack==1.2.4", "wrapt==2.5.2", "ujson==6.1.0")

_CONFIGURE = (
    f"--with-build-python={sys.executable}",
    "--prefix=/usr",
    "--without-ensurepip",
    "--disable-test-modules",
    # What only a program that runs on the target could tell.
    "ac_cv_file__dev_ptmx=yes",
    "ac_cv_file__dev_ptc=no",
    "ac_cv_buggy_getaddrinfo=no",
)


class _Sources(Apt):
    """apt for packages of sources."""

    def archives(self, packages: Sequence[str]) -> list[Path]:
        """Download what the authors of packages released, and return the archives."""
        place = self._work / "sources"
        place.mkdir()
        fetch = ["apt-get", "-qq", *self._options, "source", "--download-only", "--tar-only"]
        self._run([*fetch, *packages], cwd=place.name)
        return sorted(place.glob("*.orig.tar.*z"))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directory", type=Path, help="of the Python; it is made if it is not there")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    arguments = parser.parse_args()
    try:
        if "{}.{}".format(*sys.version_info[:2]) != VERSION:
            parser.error(f"run it with CPython {VERSION}: Debian's {RELEASE} has its sources")
        prefix = made(arguments.directory.absolute())
        print(prefix, flush=True)
        rows = []
        with tempfile.TemporaryDirectory() as work:
            for project in PROJECTS:
                room = Path(work) / project
                rows.append(built_and_tested(project, TARGET.tag, VERSION, room, named=prefix))
                print(rows[-1].markdown(), flush=True)
    except CrosshookError as error:
        print(f"error: {error.message}\n{error.detail or ''}", file=sys.stderr)
        return error.exit_code
    if arguments.markdown is not None:
        arguments.markdown.write_text(_page(rows), encoding="utf-8")
    return 0


def made(directory: Path) -> Path:
    """Return a directory with a CPython for musl and with musl."""
    prefix = directory / "root"
    if prefix.is_dir():
        return prefix
    work = directory / "work"
    if not work.is_dir():
        _unpack(work)
    (python,), (zlib,) = work.glob("Python-*"), work.glob("zlib-*")
    libraries = work / "libraries"
    _run(zlib, libraries, ["./configure", "--static", "--prefix={prefix}"])
    _run(zlib, libraries, ["make", "install"])
    if not (python / "Makefile").is_file():
        build = f"--build={platform.machine()}-pc-linux-gnu"
        _run(python, libraries, ["./configure", "--host={host}", build, *_CONFIGURE])
    _run(python, libraries, ["make", f"-j{os.cpu_count()}"])
    draft = work / "root"
    _run(python, libraries, ["make", "install", f"DESTDIR={draft}"])
    unpack_libc(TARGET, draft)
    return draft.rename(prefix)


def _unpack(work: Path) -> None:
    draft = work.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    source = debian_source(RELEASE).replace("deb ", "deb-src ", 1)
    apt = _Sources(ARCHITECTURES[platform.machine()], source, draft / "apt")
    for archive in apt.archives([f"python{VERSION}", "zlib"]):
        with tarfile.open(archive) as opened:
            opened.extractall(draft, filter="data")
    draft.rename(work)


def _run(tree: Path, libraries: Path, command: Sequence[str]) -> None:
    """Run a command for the target in a directory, with the libraries that are made already."""
    words = [sys.executable, "-m", "crosshook", "run", "--target", TARGET.tag]
    words += ["--prefix", str(libraries)]
    if libraries.is_dir():
        words += ["--libraries", str(libraries)]
    run([*words, "--", *command], tree, os.environ)


def _page(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "# Run with musl",
            "",
            "Written by `python -m scripts.musl_python DIRECTORY --markdown FILE`, which compiles",
            f"CPython {VERSION} for `{TARGET.tag}` from Debian's sources by `crosshook run`, then",
            "builds each project from its unmodified sdist and tests it with that Python by",
            "`crosshook build --adapt --test-command`, as for [other targets](test-suites.md).",
            "",
            *TABLE_HEAD,
            *(row.markdown() for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
