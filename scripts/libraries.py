"""Cross-build projects that link to C libraries, and run what was packed.

    python -m scripts.libraries [--markdown FILE] [CASE ...]

Each project is built from its unmodified sdist by the command line, ``crosshook build --adapt``,
for Python 3.13. Its libraries are Debian's packages for the target, or compiled from their source
by ``--before-build``. The wheel is repaired, checked, and installed for the target; then a line of
code that uses the library is run, on aarch64 Linux under QEMU and on Windows x64 under Wine, with
nothing there but the wheel and what it requires.

It takes the extra ``crosshook[repair]``, ``qemu-user-static``, Wine and, as Debian has them,
``apt-get`` and ``cmake``. Sources of libraries are from Debian too, as their authors released them.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosshook.errors import LibraryError
from crosshook.libraries.apt import Apt, debian_source
from crosshook.wheel.reading import read_wheel
from scripts.target_pythons import cache, empty_beside, target_python

PYTHON = "3.13"
LINUX, WINDOWS, WINDOWS_ARM = "manylinux_2_41_aarch64", "win_amd64", "win_arm64"

LIBYAML = (
    "cmake -S {source} -B {build} -DCMAKE_INSTALL_PREFIX={{prefix}} -DBUILD_TESTING=OFF"
    " -DBUILD_SHARED_LIBS=ON",
    "cmake --build {build} --target install",
)
YAML_WORKS = (
    "import yaml; assert yaml.__with_libyaml__; "
    "assert yaml.load('a: [1, 2]', Loader=yaml.CSafeLoader) == {'a': [1, 2]}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A project for a target."""

    requirement: str
    target: str
    works: str
    """Python code that fails unless the library works."""
    libraries: tuple[str, ...] = ()
    source: str | None = None
    """Debian's source package of a library that is compiled."""
    before_build: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)


CASES: Mapping[str, Case] = {
    "lxml": Case(
        requirement="lxml==6.0.2",
        target=LINUX,
        libraries=("debian:trixie/libxml2-dev,libxslt1-dev,zlib1g-dev",),
        works='from lxml import etree as e; s = e.XML(\'<x:stylesheet version="1.0" xmlns:x='
        '"http://www.w3.org/1999/XSL/Transform"><x:template match="/"><b/></x:template>'
        "</x:stylesheet>'); assert e.XSLT(s)(e.XML('<a/>')).getroot().tag == 'b'",
    ),
    "cffi": Case(
        requirement="cffi==2.0.0",
        target=LINUX,
        libraries=("debian:trixie/libffi-dev",),
        works="import cffi; f = cffi.FFI(); f.cdef('int abs(int);'); "
        "assert f.dlopen(None).abs(-3) == 3",
    ),
    "pyyaml": Case(
        requirement="pyyaml==6.0.3",
        target=LINUX,
        libraries=("debian:trixie/libyaml-dev",),
        works=YAML_WORKS,
        environ={"PYYAML_FORCE_LIBYAML": "1"},
    ),
    "pyyaml-windows": Case(
        requirement="pyyaml==6.0.3",
        target=WINDOWS,
        source="libyaml",
        before_build=LIBYAML,
        works=YAML_WORKS,
        environ={"PYYAML_FORCE_LIBYAML": "1"},
    ),
    "pyyaml-windows-arm": Case(
        requirement="pyyaml==6.0.3",
        target=WINDOWS_ARM,
        source="libyaml",
        before_build=LIBYAML,
        works=YAML_WORKS,
        environ={"PYYAML_FORCE_LIBYAML": "1"},
    ),
}

_HEAD = """\
# Wheels with C libraries in them

Written by `python -m scripts.libraries --markdown FILE CASE`, a run for each, with CPython 3.13;
the script says what is built and run. Every wheel passed the checks of `crosshook build`, after its
libraries were packed.

| sdist | target | libraries from | packed | run by | outcome | seconds |
|---|---|---|---|---|---|---|
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE")
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.cases:
        rows.append(row(CASES[name]))
        print(rows[-1], flush=True)
        if arguments.markdown is not None:
            arguments.markdown.write_text(_HEAD + "".join(f"{r}\n" for r in rows), encoding="utf-8")
    return 0


def row(case: Case) -> str:
    """Build, run, and return a line of the table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "wheels"
        done = subprocess.run(
            [*_command(case, Path(directory)), "-o", str(out)],
            env={**os.environ, **case.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout or "{}") or {"error": done.stderr}
        if "error" in answer:
            packed, outcome = "", str(answer["error"]).strip().splitlines()[-1]
            print(done.stderr, file=sys.stderr)
        else:
            wheel = read_wheel(Path(answer["wheel"]))
            files = (Path(one.name) for one in wheel.objects)
            packed = ", ".join(sorted(f.name for f in files if ".libs" in f.parts[0]))
            outcome = "built"
    tested: Mapping[str, Any] = answer.get("test") or {}
    if tested.get("exit_code") == 0:
        outcome = "the line of code ran"
    where = ", ".join(case.libraries) or f"`--before-build`, the source of {case.source}"
    seconds = round(time.monotonic() - began)
    runner = tested.get("emulator", "")
    cells = (case.requirement, case.target, where, packed, runner, outcome, str(seconds))
    return f"| {' | '.join(cells)} |"


def _command(case: Case, work: Path) -> list[str]:
    command = [sys.executable, "-m", "crosshook", "build", "--adapt", "--json"]
    command += ["--python", PYTHON, "--target", case.target]
    for text in case.libraries:
        command += ["--libraries", text]
    if case.source is not None:
        places = {"source": str(source(case.source)), "build": str(work / "build")}
        for text in case.before_build:
            command += ["--before-build", text.format(**places)]
    if case.target != WINDOWS_ARM:
        command += ["--target-python", str(target_python(case.target, PYTHON))]
        command += ["--test-command", f"python -c {shlex.quote(case.works)}"]
    return [*command, case.requirement]


class SourceApt(Apt):
    """apt for the sources of packages."""

    def download(self, package: str) -> Path:
        """Return the archive that a package's authors released."""
        options = [*self._options, "source", "--download-only", package]
        self._run(["apt-get", "-qq", *options], cwd="packages")
        (archive,) = (self._work / "packages").glob("*.orig.tar.*z*")
        return archive


def source(package: str) -> Path:
    """Return the directory of the source of a library, as its authors released it.

    :raises LibraryError: if it cannot be had.
    """
    place = cache() / f"source-{package}"
    if not place.is_dir():
        work = empty_beside(place)
        apt = SourceApt("amd64", debian_source("trixie").replace("deb ", "deb-src ", 1), work)
        with tarfile.open(apt.download(package)) as archive:
            archive.extractall(work / "unpacked", filter="data")
        unpacked = list((work / "unpacked").iterdir())
        if len(unpacked) != 1:
            raise LibraryError(f"{package}: its source is in {len(unpacked)} directories")
        unpacked[0].rename(place)
    return place


if __name__ == "__main__":
    sys.exit(main())
