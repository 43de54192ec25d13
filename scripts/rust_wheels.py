"""Cross-build Rust projects from their sdists, test them, compare them with the official wheels.

    python -m scripts.rust_wheels [--target TAG ...] [--markdown FILE] [REQUIREMENT ...]

Each project is built by the command line, ``crosshook build --adapt``, unmodified, with the Rust of
``scripts/rust_targets.py``, for the Python version that runs this script. On aarch64 Linux (under
QEMU) and Windows x64 (under Wine) a line of code that does something with the compiled module is
run, and the tests that come in the sdist, if they need no network. What is compared with the
official wheel is what ``scripts/compare_official.py`` compares, and the Python and ABI tags.

Crates that run on this machine during the build are compiled once for each project.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosshook.target.platforms import parse_platform
from scripts.compare_official import OWN_PYTHON, compare_wheels, download, tags_beside
from scripts.compare_official import Row as Compared
from scripts.rust_targets import environment, wine_environment
from scripts.target_pythons import target_python
from scripts.tested import PYTEST_OPTIONS, pytest_counts, pytest_failed

TARGETS = (
    "manylinux_2_28_aarch64",
    "musllinux_1_2_aarch64",
    "win_amd64",
    "win_arm64",
    "macosx_11_0_arm64",
)
RUN = ("manylinux_2_28_aarch64", "win_amd64")
"""Targets whose wheels something here can run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """How a project is built and tested."""

    work: str
    """Python code that fails unless the project works."""
    tests: str = ""
    """Arguments of pytest; nothing where the sdist has no tests that run without a network."""
    settings: tuple[str, ...] = ()
    """``-C``: those that the project's own wheels are built with."""
    requires: tuple[str, ...] = ()


CASES: Mapping[str, Case] = {
    "bcrypt==5.0.0": Case(
        work="import bcrypt as b; assert b.checkpw(b'x', b.hashpw(b'x', b.gensalt(4)))",
        # The one takes a minute natively.
        tests="{project}/tests -k 'not multithreading'",
        settings=("--build-option=--py-limited-api=cp39",),
    ),
    "tiktoken==0.14.0": Case(
        work="import tiktoken as t; ranks = {bytes([i]): i for i in range(256)}; "
        "ranks[b'ab'] = 256; "
        "e = t.Encoding('e', pat_str='.+', mergeable_ranks=ranks, special_tokens={}); "
        "assert e.encode('abc') == [256, 99] and e.decode([256, 99]) == 'abc'",
    ),
    "rpds-py==2026.9.1": Case(
        work="import rpds; m = rpds.HashTrieMap({1: 2}); assert m.insert(3, 4)[3] == 4",
        tests="{project}/tests",
    ),
    "nh3==0.3.7": Case(
        work="import nh3; assert nh3.clean('<b onclick=x>y</b>') == '<b>y</b>'",
        tests="{project}/tests",
    ),
    "jiter==0.19.0": Case(
        work="import jiter; d = jiter.from_json(b'[1, 2.5, null]'); assert d == [1, 2.5, None]",
    ),
    "orjson==3.13.0": Case(
        work="import orjson; d = {'a': [1, 2.5, None]}; assert orjson.loads(orjson.dumps(d)) == d",
        tests="{project}/test",
        requires=("pytz", "psutil"),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    compared: Compared
    tags: str
    """The tags of the wheel, or how they differ from the official one's."""
    rust: str
    """The Rust target that crosshook chose."""
    emulator: str
    outcome: str
    failed: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=list(CASES))
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    targets = arguments.target or TARGETS
    environ = {**environment(*map(rust_triple, targets)), **wine_environment()}
    rows = []
    for requirement in arguments.requirements:
        with tempfile.TemporaryDirectory() as work:
            named = {**environ, "CARGO_TARGET_DIR": str(Path(work) / "cargo")}
            for target in targets:
                rows.append(build(requirement, target, Path(work) / target, named))
                print(rows[-1], flush=True)
                if arguments.markdown is not None:
                    arguments.markdown.write_text(_page(rows), encoding="utf-8")
    return int(any(row.compared.differences for row in rows))


def rust_triple(tag: str) -> str:
    """Return the Rust target that is built for with zig."""
    row = parse_platform(tag, source="--target").row
    return (*row.rust.mingw, row.rust.triple)[0]


def build(requirement: str, target: str, room: Path, environ: Mapping[str, str]) -> Row:
    """Build a project for a target, test the wheel and compare it with the official one.

    :param environ: With Rust on ``PATH``.
    """
    case = CASES[requirement]
    words = [
        sys.executable,
        "-m",
        "crosshook.frontend",
        "--adapt",
        "--require-native",
        "--json",
    ]
    words += ["--target", target, "--python", OWN_PYTHON, "--outdir", str(room)]
    words += [f"-C{setting}" for setting in case.settings]
    if target in RUN:
        words += ["--target-python", str(target_python(target, OWN_PYTHON)), "--keep-going"]
        words += ["--test-command", _test_command(case)]
        for extra in ("pytest", *case.requires) if case.tests else ():
            words += ["--test-requires", extra]
    done = subprocess.run(
        [*words, requirement], env=dict(environ), capture_output=True, text=True, check=False
    )
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
    if "wheel" not in result:
        print(f"{requirement} {target}: {done.stdout}{done.stderr}", file=sys.stderr)
        return _not_compared(requirement, target, str(result["error"]))
    wheel = Path(result["wheel"])
    try:
        official = download(requirement, target, OWN_PYTHON, room / "official")
    except subprocess.CalledProcessError:
        return _not_compared(requirement, target, "built, and there is no official wheel")
    chosen = re.search(r"^note: Rust target (\S+)", done.stderr, re.MULTILINE)
    tested = result.get("test") or {}
    return Row(
        compared=compare_wheels(wheel, official, target),
        tags=tags_beside(wheel, official),
        rust=chosen[1] if chosen is not None else "",
        emulator=tested.get("emulator", ""),
        outcome=_outcome(done.stderr, tested, case),
        failed=pytest_failed(done.stderr),
    )


def _not_compared(requirement: str, target: str, error: str) -> Row:
    said = error.strip().splitlines()[-1]
    compared = Compared(
        requirement=requirement, target=target, modules=0, differences=(said,), notes=()
    )
    return Row(compared=compared, tags="not compared", rust="", emulator="", outcome="", failed=())


def _test_command(case: Case) -> str:
    command = f'python -c "{case.work}"'
    if case.tests:
        command += f" && python -m pytest {case.tests} {PYTEST_OPTIONS}"
    return command


def _outcome(printed: str, tested: Mapping[str, Any], case: Case) -> str:
    if not tested:
        return ""
    counts = pytest_counts(printed)
    if not case.tests:
        return "the line of code" if tested["exit_code"] == 0 else "failed"
    return counts[-1] if counts else f"exit code {tested['exit_code']}"


_COLUMNS = (
    *("sdist", "target", "Rust target", "tags", "differences", "notes"),
    *("run by", "tests", "failed"),
)


def _page(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "# Rust projects, built and compared with the official wheels",
            "",
            "Written by `python -m scripts.rust_wheels --markdown FILE`, with CPython",
            f"{OWN_PYTHON}; the script says what is built, run and compared. Every wheel also",
            "passed the checks of `crosshook build`. [The page on Rust](../explanation/rust.md)",
            "says why what failed did.",
            "",
            f"| {' | '.join(_COLUMNS)} |",
            f"|{'---|' * len(_COLUMNS)}",
            *_table(rows),
            "",
        ]
    )


def _table(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        cells = [row.compared.requirement, row.compared.target, row.rust, row.tags]
        cells += ["; ".join(row.compared.differences) or "none", "; ".join(row.compared.notes)]
        cells += [row.emulator, row.outcome, ", ".join(f"`{name}`" for name in row.failed)]
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
