"""Run test suites on the target for wheels that were built by meson-python or against NumPy.

    python -m scripts.run_meson --built DIR [--target TAG ...] [--markdown FILE] [REQUIREMENT ...]

DIR holds wheels that ``crosshook build`` made: NumPy's takes minutes to build. They are installed
for their target as ``--test-command`` does it, with NumPy from DIR: the official wheel for Windows
takes functions from the C library that Wine 8 does not have.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crosshook._types import SilentReporter
from crosshook.api import target_mapping
from crosshook.emulators import Host
from crosshook.platforms import parse_platform
from crosshook.project import TargetTests
from crosshook.python_version import parse_python_version
from crosshook.pythons.prefix import find_interpreter
from crosshook.request import Request
from crosshook.running import prepare, run_tests
from crosshook.target import parse_target
from scripts.compare_official import MESON, OWN_PYTHON
from scripts.target_pythons import cache, target_python

TARGETS = ("manylinux_2_28_aarch64", "win_amd64")

NUMPY_TESTS = (
    "numpy._core.tests.test_longdouble",
    "numpy._core.tests.test_umath_accuracy",
    "numpy._core.tests.test_ufunc",
    "numpy.linalg.tests.test_linalg",
    "numpy.fft",
)

TESTS: Mapping[str, str] = {
    "contourpy": (
        'python -c "import contourpy as c; n = c.contour_generator(z=[[0, 1], [2, 3]]); '
        "assert n.lines(1.5)[0].tolist() == [[0, 0.75], [1, 0.25]]; print('1 passed in 0s')\""
    ),
    "pywavelets": "python -m pytest --pyargs pywt",
    "numpy": f"python -m pytest --pyargs {' '.join(NUMPY_TESTS)}",
    "bottleneck": "python -m pytest --pyargs bottleneck",
}
"""By project: a command that ends by printing pytest's summary. contourpy has no tests in its
wheel: it draws a line."""

REQUIRES = ("pytest", "hypothesis", "setuptools")


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the table."""

    requirement: str
    target: str
    emulator: str
    counts: str
    failed: tuple[str, ...]
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=MESON)
    parser.add_argument("--built", type=Path, required=True)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    rows = []
    for requirement in arguments.requirements:
        for target in arguments.target or TARGETS:
            rows.append(run(requirement, target, arguments.built.absolute()))
            print(rows[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text(_page(rows), encoding="utf-8")
    return 0


def run(requirement: str, tag: str, built: Path) -> Row:
    """Install a wheel that was built before for its target and run its tests there."""
    named = target_python(tag, OWN_PYTHON)
    version = parse_python_version(OWN_PYTHON, source="python")
    found = parse_platform(tag, source="target")
    interpreter = find_interpreter(named, found, version)
    if interpreter is None:
        raise SystemExit(f"{named}: holds no Python")
    request = Request(targets=(tag,), pythons=(OWN_PYTHON,), target_pythons=(named,))
    project = requirement.partition("==")[0]
    own = [_wheel(built, requirement, tag)]
    if project != "numpy":
        own.append(_wheel(built, next(r for r in MESON if r.startswith("numpy==")), tag))
    command = TESTS[project]
    if "pytest" in command:
        command += " -q -rfE --tb=line -p no:cacheprovider"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        runner = prepare(
            parse_target(target_mapping(request)),
            interpreter=interpreter,
            prefix=named,
            host=Host(
                system="linux",
                arch=platform.machine(),
                environ=dict(os.environ),
                cache=cache() / "crosshook",
            ),
            named=None,
            work=Path(work),
        )
        said = Path(work) / "said.txt"
        run_tests(
            runner,
            own[0],
            # The summary is read from a file, since of tests that pass nothing is printed.
            # Through a pipe: under Wine 8 Python does not start with a file for a stream.
            TargetTests(
                command=f"{{ {command}; }} 2>&1 | cat > {said}",
                requires=(*REQUIRES, *map(str, own[1:])),
            ),
            project=Path(work),
            timeout=None,
            work=Path(work),
            reporter=SilentReporter(),
        )
        text = said.read_text(encoding="utf-8", errors="replace")
        emulator = runner.emulator.name
    counts = re.findall(r"^(?:=+ )?(\d+ .*(?:passed|failed|error).*) in [\d.:s() ]+", text, re.M)
    if not counts:
        raise SystemExit(f"{requirement} {tag}: {text}")
    return Row(
        requirement=requirement,
        target=tag,
        emulator=emulator,
        counts=counts[-1],
        failed=tuple(re.findall(r"^(?:FAILED|ERROR) .*?([^/\\]+?)(?: - .*)?$", text, re.M)),
        seconds=time.monotonic() - started,
    )


def _wheel(built: Path, requirement: str, tag: str) -> Path:
    name = requirement.replace("==", "-")
    found = sorted(built.glob(f"{name}-*-{tag}.whl"))
    if not found:
        raise SystemExit(f"{built}: no wheel of {requirement} for {tag}")
    return found[0]


def _page(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "# Test suites of what meson-python built",
            "",
            f"Written by `python -m scripts.run_meson --markdown FILE`, with CPython {OWN_PYTHON}.",
            "The wheels were built from unmodified sdists by `crosshook build --adapt`. Of NumPy's",
            f"suite these parts: {', '.join(f'`{name}`' for name in NUMPY_TESTS)}.",
            "",
            "| sdist | target | run by | outcome | failed |",
            "|---|---|---|---|---|",
            *_table(rows),
            "",
        ]
    )


def _table(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        failed = ", ".join(f"`{name}`" for name in row.failed)
        yield f"| {row.requirement} | {row.target} | {row.emulator} | {row.counts} | {failed} |"


if __name__ == "__main__":
    sys.exit(main())
