"""Cross-build projects for PyPy from their sdists, run them there, compare them with the official
wheels.

    python -m scripts.pypy_wheels [--markdown FILE] [REQUIREMENT ...]

Each project is built by the command line, ``crosshook build --adapt --python-source debian``,
unmodified, with Debian's PyPy for 64-bit Arm, and a line of code that does something with what was
compiled is run in it, under QEMU. What is compared with the official wheel for that PyPy is what
``scripts/compare_official.py`` compares, and the Python and ABI tags. Of a project that is named
and has no line of code here, nothing is run.

The Rust is that of ``scripts/rust_targets.py``.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

from crosshook.wheel.reading import read_wheel
from scripts.compare_official import compare_wheels, download, tags_beside, tags_of
from scripts.rust_targets import environment

TARGET = "manylinux_2_28_aarch64"
PYTHON = "pypy3.11"

WORK: Mapping[str, str] = {
    "ujson==6.0.0": "import ujson; d = {'a': [1, 2.5, chr(233), None]}; "
    "assert ujson.loads(ujson.dumps(d)) == d",
    "xxhash==4.0.1": "import xxhash; assert xxhash.xxh64_hexdigest(b'a') == 'd24ec4f1a98c6e5b'",
    "argon2-cffi-bindings==26.1.0": "from _argon2_cffi_bindings import ffi, lib; "
    "assert ffi.string(lib.argon2_error_message(lib.ARGON2_OK)) == b'OK'",
    "markupsafe==3.0.3": "from markupsafe import escape; assert escape('<&>') == '&lt;&amp;&gt;'",
    "bitarray==3.12.3": "from bitarray import bitarray; assert bitarray('1011').count() == 3",
    "contourpy==1.3.3": "import contourpy; c = contourpy.contour_generator(z=[[0, 1], [0, 1]]); "
    "assert sorted(c.lines(0.5)[0].tolist()) == [[0.5, 0], [0.5, 1]]",
    "rpds-py==2026.9.1": "import rpds; m = rpds.HashTrieMap({1: 2}); assert m.insert(3, 4)[3] == 4",
    "levenshtein==0.27.5": "import Levenshtein; assert Levenshtein.distance('kitten', 'mitt') == 3",
}
"""By project: Python code that fails unless it works."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    requirement: str
    built: str
    """The Python and ABI tags of the wheel, or what the build ended with."""
    generator: str = ""
    """What the wheel says that it was made by."""
    modules: str = ""
    differences: str = ""
    notes: str = ""
    ran: str = ""
    """Where the line of code passed."""


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=list(WORK))
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    environ = environment("aarch64-unknown-linux-gnu")
    rows = []
    for requirement in arguments.requirements:
        with tempfile.TemporaryDirectory() as room:
            rows.append(build(requirement, Path(room), environ))
        print(rows[-1], flush=True)
        if arguments.markdown is not None:
            arguments.markdown.write_text(_page(rows), encoding="utf-8")
    return 0


def build(requirement: str, room: Path, environ: Mapping[str, str]) -> Row:
    """Build a project, run its line of code and compare the wheel with the official one.

    :param environ: With Rust on ``PATH``.
    """
    words = [sys.executable, "-m", "crosshook.frontend", "--adapt", "--json", "--keep-going"]
    words += ["--target", TARGET, "--python", PYTHON, "--python-source", "debian"]
    words += ["--outdir", str(room / "ours")]
    if requirement in WORK:
        words += ["--test-command", f'python -c "{WORK[requirement]}"']
    done = subprocess.run(
        [*words, requirement], env=dict(environ), capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
    if "wheel" not in result:
        return Row(requirement=requirement, built=_why(result["error"], done.stderr))
    wheel = Path(result["wheel"])
    tested = result["test"] or {}
    passed = tested.get("exit_code") == 0
    row = Row(
        requirement=requirement,
        built=tags_of(wheel),
        generator=_generator(wheel),
        modules=str(sum(bool(found.modules) for found in read_wheel(wheel).objects)),
        ran=tested["emulator"] if passed else "the line failed" if tested else "",
    )
    try:
        official = download(requirement, TARGET, PYTHON, room / "official")
    except subprocess.CalledProcessError:
        return replace(row, notes="there is no official wheel")
    compared = compare_wheels(wheel, official, TARGET)
    return replace(
        row,
        built=tags_beside(wheel, official),
        differences="; ".join(compared.differences) or "none",
        notes="; ".join(compared.notes),
    )


def _why(error: str, printed: str) -> str:
    """Return why there is no wheel: the compiler's first error, if it is that."""
    compilers = re.search(r"^\S*?([^/\s]+:\d+:\d+: error: .*)", printed, re.MULTILINE)
    if compilers is not None:
        return compilers[1]
    return re.sub(r"file://\S*/", "", error.strip().splitlines()[-1])


def _generator(wheel: Path) -> str:
    """Return what the wheel's ``WHEEL`` file says that it was made by."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
        said = message_from_bytes(archive.read(name))
    return str(said["Generator"])


_COLUMNS = ("sdist", "tags", "made by", "modules", "differences", "notes", "run by")


def _page(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "# Wheels for PyPy, built and compared with the official ones",
            "",
            "Written by `python -m scripts.pypy_wheels --markdown FILE PROJECT`, a run for each "
            "project, for PyPy 3.11",
            f"and {TARGET}; the script says what is built, run and compared. Every wheel",
            "also passed the checks of `crosshook build`. Where none was delivered, the table says",
            "how it ended; of a compiler, its first error.",
            "",
            f"| {' | '.join(_COLUMNS)} |",
            f"|{'---|' * len(_COLUMNS)}",
            *(f"| {' | '.join(_cells(row))} |" for row in rows),
            "",
        ]
    )


def _cells(row: Row) -> tuple[str, ...]:
    compared = (row.modules, row.differences, row.notes, row.ran)
    return (row.requirement, row.built, row.generator, *compared)


if __name__ == "__main__":
    sys.exit(main())
