"""Cross-build projects that link to C libraries, and run what was packed.

    python -m scripts.libraries [--markdown FILE] [CASE ...]

Each project of ``scripts/library_cases.py`` is built from its unmodified sdist by the command line,
``crosshook build --adapt``, for Python 3.13. Its libraries are Debian's packages for the target, or
compiled from their source by ``--before-build``. The wheel is repaired, checked, and installed for
the target; then a line of code that uses the library is run, and what of the project's own test
suite is about it, on aarch64 Linux under QEMU and on Windows x64 under Wine, with nothing there but
the wheel and what it and its tests require. Its files are compared with those of the official
wheel of the same version, and so is what came of the tests: the official wheel is tested in the
same way, on the same emulator.

With ``--markdown``, the table in FILE keeps the lines of the cases that are not named.

It takes the extra ``crosshook[repair]``, ``qemu-user-static``, Wine and, as Debian has them,
``apt-get`` and ``cmake``. Sources of libraries are as their authors released them, from Debian and
PyPI.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crosshook.errors import LibraryError
from crosshook.libraries.apt import Apt, debian_source
from crosshook.wheel.reading import read_wheel
from scripts.compare_official import compare_wheels, download, fetch_sdist
from scripts.library_cases import CASES, PYTEST, RUNS, Case, Source
from scripts.target_pythons import cache, empty_beside, target_python
from scripts.tested import pytest_counts, pytest_failed

PYTHON = "3.13"
TEST_SECONDS = 280
RAN = "the line of code ran"

_HEAD = """\
# Wheels with C libraries in them

Written by `python -m scripts.libraries --markdown FILE CASE`, a run for each, with CPython 3.13;
`scripts/library_cases.py` says what is built and run. Every wheel passed the checks of
`crosshook build`, after its libraries were packed. The official wheel is the one that pip takes for
the same version, Python and platform; libraries that were packed are not compared. Where the column
of tests names it, it was tested in the same way, with the same Python and emulator.

| sdist | target | libraries from | packed | run by | outcome | its tests | compared with the official wheel | seconds |
|---|---|---|---|---|---|---|---|---|
"""  # noqa: E501


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE")
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    for name in arguments.cases:
        line = row(CASES[name])
        print(line, flush=True)
        if arguments.markdown is not None:
            _write(arguments.markdown, CASES[name], line)
    return 0


def row(case: Case) -> str:
    """Build, run, compare, and return a line of the table."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        done = subprocess.run(
            [*_command(case, work), "-o", str(work / "wheels")],
            env={**os.environ, **case.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        print(done.stderr, file=sys.stderr)
        answer: dict[str, Any] = json.loads(done.stdout or "{}") or {"error": done.stderr}
        tests, packed, compared = "", "", ""
        if "error" in answer:
            outcome = str(answer["error"]).strip().splitlines()[-1]
        else:
            wheel = Path(answer["wheel"])
            packed = ", ".join(_packed(wheel))
            official = _official(case, work)
            compared = _compared(wheel, official, case)
            outcome = RAN if RAN in done.stderr else "built"
            if case.tests and case.target in RUNS:
                theirs = None if official is None else _tested(official, case, work)
                tests = _tests(done.stderr, theirs)
    tested: Mapping[str, Any] = answer.get("test") or {}
    where = [*case.libraries, *(f"`--before-build`: {one.name}" for one in case.sources)]
    cells = (
        *(case.requirement, case.target, ", ".join(where), packed, tested.get("emulator", "")),
        *(outcome, "; ".join(filter(None, [tests, case.remark])), compared),
        str(round(time.monotonic() - began)),
    )
    return f"| {' | '.join(cells)} |"


def _tested(official: Path, case: Case, work: Path) -> str:
    """Return what is printed when the official wheel is tested as ours is."""
    command = [sys.executable, "-m", "crosshook", "test", *_wanted(case), *_testing(case)]
    command += ["--test-command", _limited(case.tests)]
    project = fetch_sdist(case.requirement, work / "sdist")
    done = subprocess.run(
        [*command, "--project", str(project), str(official)],
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stderr, file=sys.stderr)
    return done.stderr


def _tests(printed: str, official: str | None) -> str:
    """Return what came of a project's tests, and of those of the official wheel.

    Both are given as they were printed.
    """
    ours, failed = _counts(printed), pytest_failed(printed)
    if official is None:
        return "; ".join(filter(None, [ours, _names("", failed)]))
    theirs, failed_there = _counts(official), pytest_failed(official)
    both = [name for name in failed if name in failed_there]
    return "; ".join(
        filter(
            None,
            [
                ours,
                "the official wheel: " + ("the same" if theirs == ours else theirs),
                _names("of both fail ", both),
                _names("here alone ", [name for name in failed if name not in both]),
                _names("there alone ", [name for name in failed_there if name not in both]),
            ],
        )
    )


def _names(before: str, names: Sequence[str]) -> str:
    return before + ", ".join(f"`{name}`" for name in names) if names else ""


def _counts(printed: str) -> str:
    """Return the summary of the last run of pytest, or how far it came."""
    counts = pytest_counts(printed)
    # How many lines it found to warn of says nothing of the wheel.
    return re.sub(r", \d+ warnings?", "", counts[-1]) if counts else _unfinished(printed)


def _unfinished(printed: str) -> str:
    """Return how far a run of pytest came that did not end, by the letters that it printed."""
    marks = "".join(re.findall(r"^[.FEsxX]{5,}", printed, re.MULTILINE))
    if not marks:
        return "did not run"
    bad = marks.count("F") + marks.count("E")
    return f"did not end: {marks.count('.')} passed and {bad} failed until then"


def _packed(wheel: Path) -> Sequence[str]:
    files = (Path(one.name) for one in read_wheel(wheel).objects)
    inside = (".libs", ".dylibs")
    return sorted(f.name for f in files if any(part.endswith(inside) for part in f.parts[:-1]))


def _official(case: Case, work: Path) -> Path | None:
    """Return the official wheel; None where there is none."""
    try:
        return download(case.requirement, case.target, PYTHON, work / "official")
    except subprocess.CalledProcessError:
        return None


def _compared(wheel: Path, official: Path | None, case: Case) -> str:
    if official is None:
        return "pip finds none"
    compared = compare_wheels(wheel, official, case.target)
    modules = f"{compared.modules} modules, {'; '.join(compared.differences) or 'the same files'}"
    return "; ".join([modules, *compared.notes])


def _write(file: Path, case: Case, line: str) -> None:
    """Put a line into a table, in the order of the cases; those of other columns are left out."""
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    columns = line.count(" | ")
    found = [*(old for old in text.splitlines() if old.count(" | ") == columns), line]
    lines = {tuple(old.split(" | ")[:2]): old for old in found}
    keys = [(f"| {one.requirement}", one.target) for one in CASES.values()]
    rows = [lines[key] for key in keys if key in lines]
    file.write_text(_HEAD + "".join(f"{one}\n" for one in rows), encoding="utf-8")


def _command(case: Case, work: Path) -> list[str]:
    command = [sys.executable, "-m", "crosshook", "build", "--adapt", "--json", "--keep-going"]
    command += _wanted(case)
    for text in case.libraries:
        command += ["--libraries", text]
    for source in case.sources:
        for text in source.commands(str(source_of(source)), str(work / "build")):
            command += ["--before-build", text]
    for text in case.settings:
        command += ["-C", text]
    if case.target in RUNS:
        works = f"python -c {shlex.quote(case.works)} && echo {RAN}"
        tests = [_limited(case.tests)] if case.tests else []
        command += [*_testing(case), "--test-command", " && ".join([works, *tests])]
    return [*command, case.requirement]


def _wanted(case: Case) -> list[str]:
    return ["--python", PYTHON, "--target", case.target]


def _testing(case: Case) -> list[str]:
    """Return the options of ``crosshook build`` and ``crosshook test`` for a case that is run."""
    words = ["--target-python", str(target_python(case.target, PYTHON))]
    for requirement in case.test_requires:
        words += ["--test-requires", requirement]
    return words


def _limited(tests: str) -> str:
    return tests.replace(PYTEST, f"timeout {TEST_SECONDS} {PYTEST}")


class SourceApt(Apt):
    """apt for the sources of packages."""

    def download(self, package: str) -> Path:
        """Return the archive that a package's authors released."""
        options = [*self._options, "source", "--download-only", "--tar-only", package]
        self._run(["apt-get", "-qq", *options], cwd="packages")
        (archive,) = (self._work / "packages").glob("*.orig.tar.*z*")
        return archive


def source_of(source: Source) -> Path:
    """Return the directory of the source of a library.

    :raises LibraryError: if it cannot be had.
    """
    place = cache() / f"source-{source.name}"
    if not place.is_dir():
        work = empty_beside(place)
        if source.sdist is not None:
            tree = fetch_sdist(source.sdist, work) / source.below
        else:
            tree = _debian_source(str(source.debian), work)
        tree.rename(place)
    return place


def _debian_source(package: str, work: Path) -> Path:
    apt = SourceApt("amd64", debian_source("trixie").replace("deb ", "deb-src ", 1), work)
    with tarfile.open(apt.download(package)) as archive:
        archive.extractall(work / "unpacked", filter="data")
    unpacked = list((work / "unpacked").iterdir())
    if len(unpacked) != 1:
        raise LibraryError(f"{package}: its source is in {len(unpacked)} directories")
    return unpacked[0]


if __name__ == "__main__":
    sys.exit(main())
