"""Cross-build projects of many backends from their sdists, run the wheels, compare them.

    python -m scripts.backends [--target TAG ...] [--markdown FILE] [--results FILE] [PROJECT ...]
    python -m scripts.backends --toolchains [--markdown FILE] [--results FILE] [PROJECT ...]

Each project is built by the command line, ``crosshook build --adapt``, unmodified, for the Python
version that runs this script. On aarch64 Linux (under QEMU) and Windows x64 (under Wine) a line of
code that does something with the compiled module is run. Compared with the official wheel, where
there is one, is what ``scripts/compare_official.py`` compares.

``--toolchains`` builds five of the projects for aarch64 Linux with zig, and with GNU's and LLVM's
compilers of Debian 12: the packages g++-aarch64-linux-gnu, clang, lld and llvm.

``--results`` names a file that each row is kept in, and read from the next time; what failed is
built again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
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
TOOLCHAIN_TARGET = "manylinux_2_36_aarch64"
"""With the version of glibc that Debian 12's cross compilers link to."""

RUN = ("manylinux_2_28_aarch64", "win_amd64", TOOLCHAIN_TARGET)
"""Targets whose wheels something here can run."""

TOOLCHAINS = ("zig", "gnu", "llvm")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A project, and what shows that it works."""

    backend: str
    work: str
    """Python code that fails unless the compiled module works; empty if it is not run."""
    environ: Mapping[str, str] = field(default_factory=dict)
    """What the project's own wheels are built with."""


CASES: Mapping[str, Case] = {
    "levenshtein==0.27.5": Case(
        backend="scikit-build-core",
        work="import Levenshtein as l; assert l.distance('lewenstein', 'levenshtein') == 2",
    ),
    "spglib==2.8.0": Case(
        backend="scikit-build-core",
        # Importing it takes NumPy, which Wine 8's C library lacks functions for.
        work="import ctypes, importlib.util as u, pathlib; "
        "place = pathlib.Path(u.find_spec('spglib').origin).parent; "
        "library = sorted([*place.rglob('*symspg.dll'), *place.rglob('*symspg.so.*')])[0]; "
        "assert ctypes.CDLL(str(library)).spg_get_major_version() == 2",
    ),
    "rapidfuzz==3.14.6": Case(
        backend="scikit-build-core, with overrides",
        work="from rapidfuzz import fuzz_cpp as f; assert f.ratio('this', 'that') == 50",
        # Without, a wheel without modules is made where CMake fails.
        environ={"RAPIDFUZZ_BUILD_EXTENSION": "1"},
    ),
    "black==26.5.1": Case(
        backend="hatchling, hook of hatch-mypyc",
        work="import black; assert black.COMPILED; m = black.Mode(); "
        "assert black.format_str('x=1', mode=m).strip() == 'x = 1'",
        environ={"HATCH_BUILD_HOOKS_ENABLE": "1"},
    ),
    "chardet==7.7.0": Case(
        backend="hatchling, hooks of hatch-mypyc and of the project, for Cython",
        work="import chardet; from chardet.models import _kernel; "
        "from chardet.pipeline import ascii; "
        "assert not _kernel.__file__.endswith('.py') and not ascii.__file__.endswith('.py'); "
        "assert chardet.detect('Grüße'.encode())['encoding'].lower() == 'utf-8'",
        environ={
            "HATCH_BUILD_HOOK_ENABLE_MYPYC": "true",
            "HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true",
        },
    ),
    "charset-normalizer==3.4.4": Case(
        backend="setuptools, mypyc",
        work="from charset_normalizer import md, from_bytes as f; "
        "assert not md.__file__.endswith('.py'); assert f(b'abc').best().encoding == 'ascii'",
        environ={"CHARSET_NORMALIZER_USE_MYPYC": "1"},
    ),
    "bt==1.4.1": Case(
        backend="hatchling, hook of hatch-cython",
        # Importing it takes NumPy, SciPy, pandas and scikit-learn for the target.
        work="",
    ),
    "asyncmy==0.2.18": Case(
        backend="pdm-backend, pdm_build.py",
        work="from asyncmy import errors as e; assert not e.__file__.endswith('.py')",
    ),
    "editdistance==0.8.1": Case(
        backend="pdm-backend, run-setuptools",
        work="import editdistance as e; assert e.eval('banana', 'bahama') == 2",
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
    "qdldl==0.1.9.post1": Case(
        backend="setuptools, CMake for a library",
        # Solving takes SciPy, which Wine 8's C library lacks functions for.
        work="import qdldl as q; assert q.Solver.solve",
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


TOOLCHAIN_CASES: Mapping[str, Case] = {
    "markupsafe==3.0.3": Case(
        backend="setuptools",
        work="from markupsafe import _speedups as s; assert s._escape_inner('<') == '&lt;'",
    ),
    "levenshtein==0.27.5": CASES["levenshtein==0.27.5"],
    "contourpy==1.3.3": Case(
        backend="meson-python",
        work="import contourpy as c; g = c.contour_generator(z=[[0, 1], [1, 2]]); "
        "assert len(g.lines(0.5)) == 1",
    ),
    "argon2-cffi-bindings==26.2.0": CASES["argon2-cffi-bindings==26.2.0"],
    "watchfiles==1.1.1": CASES["watchfiles==1.1.1"],
}
"""What is built with each toolchain: one project of each of five backends."""


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
    toolchain: str = "zig"


Rows = dict[tuple[str, str, str], Row]
"""By requirement, target and toolchain."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("projects", nargs="*")
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--toolchains", action="store_true", help="build the second table")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file as well")
    parser.add_argument("--results", type=Path, help="keep rows between runs in this file")
    arguments = parser.parse_args()
    kept = read_rows(arguments.results)
    cases = TOOLCHAIN_CASES if arguments.toolchains else CASES
    targets = (TOOLCHAIN_TARGET,) if arguments.toolchains else arguments.target or TARGETS
    for requirement in arguments.projects or cases:
        for toolchain in TOOLCHAINS if arguments.toolchains else TOOLCHAINS[:1]:
            cells = {one: kept.get((requirement, one, toolchain)) for one in targets}
            missing = [one for one, row in cells.items() if row is None or row.error]
            for row in build(requirement, cases[requirement], missing, toolchain):
                kept[row.requirement, row.target, row.toolchain] = row
                print(row, flush=True)
            if arguments.results is not None:
                rows = [asdict(row) for row in kept.values()]
                arguments.results.write_text(json.dumps(rows, indent=1), encoding="utf-8")
            if arguments.markdown is not None:
                arguments.markdown.write_text(page(kept), encoding="utf-8")
    return int(any(row.error for row in kept.values()))


def read_rows(file: Path | None) -> Rows:
    """Return the rows of an earlier run."""
    if file is None or not file.is_file():
        return {}
    data = json.loads(file.read_text(encoding="utf-8"))
    rows = [Row(**{**one, "differences": tuple(one["differences"])}) for one in data]
    return {(row.requirement, row.target, row.toolchain): row for row in rows}


def build(requirement: str, case: Case, targets: Sequence[str], toolchain: str) -> Iterator[Row]:
    """Build a project for each target, run what can be run, and compare with official wheels."""
    runnable = [target for target in targets if target in RUN]
    others = [target for target in targets if target not in RUN]
    for group in (runnable, others):
        if not group:
            continue
        with tempfile.TemporaryDirectory() as directory:
            work = Path(directory)
            results = crosshook(requirement, case, group, toolchain, work)
            for target, result in zip(group, results, strict=True):
                yield row(requirement, target, toolchain, result, work / "official" / target)


def crosshook(
    requirement: str, case: Case, targets: Sequence[str], toolchain: str, work: Path
) -> list[Mapping[str, Any]]:
    """Return what the command line printed for each of some targets.

    :param targets: They are run, or none of them is.
    """
    words = [sys.executable, "-m", "crosshook.frontend", "--adapt", "--require-native"]
    words += ["--json", "--python", OWN_PYTHON, "--outdir", str(work), "--toolchain", toolchain]
    words += [word for target in targets for word in ("--target", target)]
    if targets[0] in RUN:
        for target in targets:
            words += ["--target-python", str(target_python(target, OWN_PYTHON))]
        words += ["--keep-going"]
    if targets[0] in RUN and case.work:
        words += ["--test-command", f'python -c "{case.work}"', "--test-timeout", "300"]
    environ = {**os.environ, **wine_environment(), **case.environ}
    done = subprocess.run(
        [*words, requirement], env=environ, capture_output=True, text=True, check=False
    )
    results: list[Mapping[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    if len(results) != len(targets) or any(not _passed(result) for result in results):
        print(f"{requirement}\n{done.stdout}{done.stderr}", file=sys.stderr)
    return results + [{"error": done.stderr}] * (len(targets) - len(results))


def _passed(result: Mapping[str, Any]) -> bool:
    return "wheel" in result and not (result.get("test") or {}).get("exit_code")


def row(
    requirement: str, target: str, toolchain: str, result: Mapping[str, Any], room: Path
) -> Row:
    """Return what came of one target.

    :param result: What ``crosshook build --json`` printed.
    :param room: A directory that the official wheel is downloaded to.
    """
    one = Row(requirement=requirement, target=target, toolchain=toolchain)
    if "wheel" not in result:
        said = str(result.get("error", "")).strip().splitlines()
        return replace(one, error=said[-1] if said else "failed")
    tested = result.get("test") or {}
    ran = tested.get("emulator", "") if tested.get("exit_code") == 0 else ""
    error = "the line of code failed" if tested.get("exit_code") else ""
    one = replace(one, ran=ran, error=error)
    try:
        official = download(requirement, target, OWN_PYTHON, room)
    except subprocess.CalledProcessError:
        return replace(one, official=False)
    compared = compare_wheels(Path(result["wheel"]), official, target)
    return replace(one, differences=compared.differences)


def page(rows: Rows) -> str:
    """Return the tables as a page of the documentation."""
    notes: list[str] = []
    lines = [
        "# Backends, each with real projects",
        "",
        "Written by `python -m scripts.backends --results FILE --markdown FILE`, and the same with",
        f"`--toolchains`, with CPython {OWN_PYTHON}; the script says what is built, run and",
        "compared. Every wheel also passed the checks of `crosshook build`.",
        "",
        "*same*: the modules, their names and machines, and the files are those of the official",
        "wheel. *built*: there is no official wheel, or a note says what differs. *ran*: a line of",
        "code that uses the module did its work under QEMU or Wine. An empty cell was not built.",
        "",
        f"| backend | sdist | {' | '.join(TARGETS)} |",
        f"|{'---|' * (len(TARGETS) + 2)}",
    ]
    for requirement, case in CASES.items():
        cells = [cell(rows.get((requirement, target, "zig")), notes) for target in TARGETS]
        lines.append(f"| {case.backend} | {requirement} | {' | '.join(cells)} |")
    lines += [
        "",
        "## Toolchains",
        "",
        f"For {TOOLCHAIN_TARGET}: zig, and Debian 12's cross gcc, and its clang with lld, which",
        "link to glibc 2.36.",
        "",
        f"| backend | sdist | {' | '.join(TOOLCHAINS)} |",
        f"|{'---|' * (len(TOOLCHAINS) + 2)}",
    ]
    for requirement, case in TOOLCHAIN_CASES.items():
        found = [rows.get((requirement, TOOLCHAIN_TARGET, name)) for name in TOOLCHAINS]
        cells = [cell(row, notes) for row in found]
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
    notes.append(f"{row.requirement}, {row.target}, {row.toolchain}: {shown}")
    return f"{text} ({len(notes)})"


if __name__ == "__main__":
    sys.exit(main())
