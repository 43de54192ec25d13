"""Cross-build projects of many backends from their sdists, run the wheels, compare them.

    python -m scripts.backends [--target TAG ...] [--markdown FILE] [--results FILE] [PROJECT ...]

Each project is built by the command line, ``crosshook build --adapt``, unmodified, for the Python
version that runs this script. On aarch64 Linux (under QEMU) and Windows x64 (under Wine) a line of
code that does something with the compiled module is run. Compared with the official wheel, where
there is one, is what ``scripts/compare_official.py`` compares.

``--results`` names a file that each row is kept in, and read from the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scripts.compare_official import OWN_PYTHON, compare_wheels, download
from scripts.rust_targets import wine_environment
from scripts.target_pythons import target_python

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
    """A project, and what shows that it works."""

    backend: str
    work: str
    """Python code that fails unless the compiled module works."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What the project's own wheels are built with."""


CASES: Mapping[str, Case] = {
    "levenshtein==0.27.5": Case(
        backend="scikit-build-core",
        work="import Levenshtein as l; assert l.distance('lewenstein', 'levenshtein') == 2",
    ),
    "spglib==2.8.0": Case(
        backend="scikit-build-core",
        work="import spglib as s; c = ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[0, 0, 0]], [1]); "
        "assert s.get_spacegroup(c) == 'Pm-3m (221)'",
    ),
    "rapidfuzz==3.14.6": Case(
        backend="scikit-build-core, chosen by a backend in the project",
        work="from rapidfuzz import fuzz_cpp as f; assert f.ratio('this', 'that') == 50",
    ),
    "black==26.5.1": Case(
        backend="hatchling, hook of hatch-mypyc",
        work="import black; assert black.COMPILED; m = black.Mode(); "
        "assert black.format_str('x=1', mode=m).strip() == 'x = 1'",
        environ={"HATCH_BUILD_HOOKS_ENABLE": "1"},
    ),
    "asyncmy==0.2.18": Case(
        backend="pdm-backend, pdm_build.py",
        work="from asyncmy import errors as e; assert not e.__file__.endswith('.py')",
    ),
    "textnets==0.9.4": Case(
        backend="pdm-backend, pdm_build.py",
        work="import importlib.util as u; f = u.find_spec('textnets._ext'); "
        "assert not f.origin.endswith('.py')",
    ),
    "ulid-transform==2.2.9": Case(
        backend="poetry-core, build script",
        work="from ulid_transform import _ulid_impl as u; assert len(u.ulid_now()) == 26",
    ),
    "amazon-ion==0.15.0": Case(
        backend="py-build-cmake",
        work="from amazon.ion import simpleion as s; assert s.c_ext; assert s.loads('[1]') == [1]",
    ),
    "pybase64==1.5.1": Case(
        backend="setuptools, CMake for a library",
        work="from pybase64 import _pybase64 as b; assert b.b64encode(b'ab') == b'YWI='",
        environ={"CIBUILDWHEEL": "1"},
    ),
    "zxing-cpp==3.1.1": Case(
        backend="setuptools, CMake for the module",
        work="import zxingcpp as z; assert z.barcode_format_from_str('QRCode') is not None",
    ),
    "argon2-cffi-bindings==26.2.0": Case(
        backend="setuptools, cffi_modules",
        work="from _argon2_cffi_bindings import lib; assert lib.ARGON2_VERSION_NUMBER == 19",
    ),
    "brotlicffi==1.2.1.0": Case(
        backend="setuptools, cffi_modules",
        work="import brotlicffi as b; assert b.decompress(b.compress(b'ab')) == b'ab'",
    ),
    "propcache==0.5.4": Case(
        backend="a backend in the project, over setuptools",
        work="from propcache import _helpers_c as h; assert h.cached_property",
    ),
    "frozenlist==1.8.0": Case(
        backend="a backend in the project, over setuptools",
        work="from frozenlist import _frozenlist as f; assert list(f.FrozenList([1])) == [1]",
    ),
    "dulwich==1.2.21": Case(
        backend="setuptools, setuptools-rust by setup_requires",
        work="from dulwich import _pack, _diff_tree, _objects; assert _pack.bisect_find_sha",
    ),
    "watchfiles==1.1.1": Case(
        backend="maturin, frameworks of macOS",
        work="from watchfiles import _rust_notify as r; assert r.RustNotify",
    ),
    "pynacl==1.6.2": Case(
        backend="setuptools, cffi_modules, configure for a library",
        work="import nacl.hash as h, nacl.encoding as e; "
        "assert len(h.sha256(b'', e.RawEncoder)) == 32",
    ),
}


_LONGEST_NOTE = 300
"""Characters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One cell of the table."""

    requirement: str
    target: str
    error: str = ""
    ran: str = ""
    """What ran the line of code, if something did and it did not fail."""
    differences: tuple[str, ...] = ()
    official: bool = True
    """Whether there is an official wheel."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("projects", nargs="*", default=list(CASES))
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    parser.add_argument("--results", type=Path, help="keep rows between runs in this file")
    arguments = parser.parse_args()
    targets = arguments.target or list(TARGETS)
    kept = read_rows(arguments.results)
    for requirement in arguments.projects:
        missing = [target for target in targets if (requirement, target) not in kept]
        if missing:
            with tempfile.TemporaryDirectory() as work:
                for row in build(requirement, missing, Path(work)):
                    kept[row.requirement, row.target] = row
                    print(row, flush=True)
        if arguments.results is not None:
            rows = [asdict(row) for row in kept.values()]
            arguments.results.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        if arguments.markdown is not None:
            arguments.markdown.write_text(page(list(kept.values())), encoding="utf-8")
    return int(any(row.error for row in kept.values()))


def read_rows(file: Path | None) -> dict[tuple[str, str], Row]:
    """Return the rows of an earlier run."""
    if file is None or not file.is_file():
        return {}
    data = json.loads(file.read_text(encoding="utf-8"))
    rows = [Row(**{**one, "differences": tuple(one["differences"])}) for one in data]
    return {(row.requirement, row.target): row for row in rows}


def build(requirement: str, targets: Sequence[str], work: Path) -> Iterator[Row]:
    """Build a project for each target, run what can be run, and compare with official wheels."""
    case = CASES[requirement]
    runnable = [target for target in targets if target in RUN]
    others = [target for target in targets if target not in RUN]
    for group in (runnable, others):
        if not group:
            continue
        words = [sys.executable, "-m", "crosshook.frontend", "--adapt", "--require-native"]
        words += ["--json", "--python", OWN_PYTHON, "--outdir", str(work)]
        words += [word for target in group for word in ("--target", target)]
        if group is runnable:
            for target in group:
                words += ["--target-python", str(target_python(target, OWN_PYTHON))]
            words += ["--keep-going", "--test-command", f'python -c "{case.work}"']
            words += ["--test-timeout", "300"]
        environ = {**os.environ, **wine_environment(), **case.environ}
        done = subprocess.run(
            [*words, requirement], env=environ, capture_output=True, text=True, check=False
        )
        results = [json.loads(line) for line in done.stdout.splitlines()]
        if len(results) != len(group) or any(not _passed(result) for result in results):
            print(f"{requirement}\n{done.stdout}{done.stderr}", file=sys.stderr)
        for number, target in enumerate(group):
            result = results[number] if number < len(results) else {"error": done.stderr}
            yield row(requirement, target, result, work / "official" / target)


def _passed(result: Mapping[str, Any]) -> bool:
    return "wheel" in result and not (result.get("test") or {}).get("exit_code")


def row(requirement: str, target: str, result: Mapping[str, Any], room: Path) -> Row:
    """Return what came of one target.

    :param result: What ``crosshook build --json`` printed.
    """
    if "wheel" not in result:
        said = str(result.get("error", "")).strip().splitlines()
        return Row(requirement=requirement, target=target, error=said[-1] if said else "failed")
    tested = result.get("test") or {}
    ran = tested.get("emulator", "") if tested.get("exit_code") == 0 else ""
    error = "the line of code failed" if tested.get("exit_code") else ""
    try:
        official = download(requirement, target, OWN_PYTHON, room)
    except subprocess.CalledProcessError:
        return Row(requirement=requirement, target=target, ran=ran, error=error, official=False)
    compared = compare_wheels(Path(result["wheel"]), official, target)
    return Row(
        requirement=requirement,
        target=target,
        ran=ran,
        error=error,
        differences=compared.differences,
    )


def page(rows: Sequence[Row]) -> str:
    """Return the table as a page of the documentation."""
    by_cell = {(row.requirement, row.target): row for row in rows}
    lines = [
        "# Backends, each with real projects",
        "",
        "Written by `python -m scripts.backends --markdown FILE`, with CPython",
        f"{OWN_PYTHON}; the script says what is built, run and compared. Every wheel also passed",
        "the checks of `crosshook build`.",
        "",
        "*same*: the modules, their names and machines, and the files are those of the official",
        "wheel. *built*: there is no official wheel. *ran*: a line of code that uses the module",
        "did its work under QEMU or Wine. An empty cell was not built.",
        "",
        f"| backend | sdist | {' | '.join(TARGETS)} |",
        f"|{'---|' * (len(TARGETS) + 2)}",
    ]
    notes: list[str] = []
    for requirement, case in CASES.items():
        cells = [cell(by_cell.get((requirement, target)), notes) for target in TARGETS]
        lines.append(f"| {case.backend} | {requirement} | {' | '.join(cells)} |")
    lines += ["", *(f"{number}. {note}" for number, note in enumerate(notes, 1)), ""]
    return "\n".join(lines)


def cell(row: Row | None, notes: list[str]) -> str:
    """Return what stands in a cell, with the number of a note that is added where there is one."""
    if row is None:
        return ""
    note = row.error or "; ".join(row.differences)
    text = "failed" if row.error else "built" if row.differences or not row.official else "same"
    text += ", ran" if row.ran else ""
    if not note:
        return text
    shown = note if len(note) <= _LONGEST_NOTE else f"{note[:_LONGEST_NOTE]} ..."
    notes.append(f"{row.requirement}, {row.target}: {shown}")
    return f"{text} ({len(notes)})"


if __name__ == "__main__":
    sys.exit(main())
