"""Run test suites on the target for wheels that were built by meson-python or against NumPy.

    python -m scripts.run_meson --built DIR [--target TAG ...] [--markdown FILE] [REQUIREMENT ...]

With ``--markdown`` the rows take the place of theirs in the table that the file holds already:
NumPy's tests take half an hour under QEMU.

DIR holds wheels that ``crosshook build`` made: NumPy's takes minutes to build. They are installed
for their target as ``--test-command`` does it, with NumPy from DIR: the official wheel for Windows
takes functions from the C library that Wine 8 does not have.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from crosshook._types import SilentReporter
from crosshook.api import target_mapping
from crosshook.frontend.request import Request
from crosshook.frontend.running import prepare, run_tests
from crosshook.machine import Machine
from crosshook.project import TargetTests
from crosshook.pythons.prefix import find_interpreter
from crosshook.target import parse_target
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from scripts.compare_official import MESON, OWN_PYTHON, built_before
from scripts.target_pythons import cache, target_python
from scripts.tested import TABLE_HEAD, Row, pytest_counts, pytest_failed

TARGETS = ("manylinux_2_28_aarch64", "win_amd64")

COMPILED_PARTS = (
    "_core.tests.test_casting_unittests",
    "_core.tests.test_cpu_features",
    "_core.tests.test_dtype",
    "_core.tests.test_einsum",
    "_core.tests.test_half",
    "_core.tests.test_indexing",
    "_core.tests.test_longdouble",
    "_core.tests.test_nditer",
    "_core.tests.test_numeric",
    "_core.tests.test_scalarmath",
    "_core.tests.test_simd",
    "_core.tests.test_ufunc",
    "_core.tests.test_umath",
    "_core.tests.test_umath_accuracy",
    "_core.tests.test_umath_complex",
    "fft",
    "lib.tests.test_function_base",
    "linalg",
    "random",
)
"""NumPy: what calls the compiled code most, a third of the suite, half an hour under QEMU."""

WITH_COMPILERS = (
    "/f2py/",
    "/test_configtool.py",
    "/test_cython.py",
    "/test_limited_api.py",
    "/test_mem_policy.py",
)
"""NumPy: tests that start compilers or programs."""

ENDED_BY_WINE: Mapping[str, Sequence[str]] = {
    "numpy": (
        "_core/tests/test_array_coercion.py",
        "_core/tests/test_function_base.py",
        "_core/tests/test_multiarray.py",
        "_core/tests/test_numeric.py",
        "_core/tests/test_scalarmath.py",
        "_core/tests/test_ufunc.py",
        "_core/tests/test_umath.py",
        "_core/tests/test_umath_complex.py",
        "fft/tests/test_pocketfft.py",
        "lib/tests/test_function_base.py",
        "lib/tests/test_index_tricks.py",
        "lib/tests/test_nanfunctions.py",
        "lib/tests/test_polynomial.py",
        "lib/tests/test_regression.py",
        "linalg/tests/test_linalg.py",
        "matrixlib/tests/test_matrix_linalg.py",
    ),
    "pywavelets": ("tests/test_cwt_wavelets.py", "tests/test_data.py"),
}
"""What calls ``csqrt`` and the like. Wine 8's C library lacks them: the process ends."""


def _without(paths: Sequence[str]) -> str:
    # From the root: pytest puts the current directory in front of other patterns.
    return " ".join(f"'--ignore-glob=Z:/*{path}*'" for path in paths)


CONTOUR = (
    'python -c "import contourpy as c; n = c.contour_generator(z=[[0, 1], [2, 3]]); '
    "assert n.lines(1.5)[0].tolist() == [[0, 0.75], [1, 0.25]]; print('1 passed in 0s')\""
)
NUMPY = "python -m pytest -n 2 -m 'not slow' --pyargs"
PYWAVELETS = "python -m pytest -m 'not slow' --pyargs pywt"
BOTTLENECK = "python -m pytest --pyargs bottleneck"

TESTS: Mapping[tuple[str, str], str] = {
    ("contourpy", "manylinux_2_28_aarch64"): CONTOUR,
    ("contourpy", "win_amd64"): CONTOUR,
    ("pywavelets", "manylinux_2_28_aarch64"): PYWAVELETS,
    ("pywavelets", "win_amd64"): f"{PYWAVELETS} {_without(ENDED_BY_WINE['pywavelets'])}",
    ("numpy", "manylinux_2_28_aarch64"): " ".join(
        (NUMPY, *(f"numpy.{part}" for part in COMPILED_PARTS))
    ),
    ("numpy", "win_amd64"): " ".join(
        (NUMPY, "numpy", _without((*WITH_COMPILERS, *ENDED_BY_WINE["numpy"])))
    ),
    ("bottleneck", "manylinux_2_28_aarch64"): BOTTLENECK,
    ("bottleneck", "win_amd64"): BOTTLENECK,
}
"""By project and target: a command that ends by printing pytest's summary. contourpy has no tests
in its wheel: it draws a line."""

REQUIRES = ("pytest", "pytest-xdist", "hypothesis", "setuptools")


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


HEAD = (
    "# Test suites of what meson-python built",
    "",
    "Written by `python -m scripts.run_meson --built DIR --markdown FILE`, with CPython",
    f"{OWN_PYTHON}. The wheels were built from unmodified sdists by `crosshook build --adapt`.",
    "",
    "What is marked as slow is left out, and of NumPy's suite what starts compilers. contourpy has",
    "no tests in its wheel: it draws a line.",
    "",
    "Under QEMU these parts of NumPy's suite are run, which takes half an hour:",
    f"{_named(COMPILED_PARTS)}.",
    "",
    "Under Wine all but the files in which functions of complex numbers are called that Wine 8's C",
    "library does not have, which ends the process:",
    f"{'; '.join(f'of {name} {_named(files)}' for name, files in ENDED_BY_WINE.items())}.",
    "",
    *TABLE_HEAD,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=MESON)
    parser.add_argument("--built", type=Path, required=True)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    for requirement in arguments.requirements:
        for target in arguments.target or TARGETS:
            row = run(requirement, target, arguments.built.absolute())
            print(row, flush=True)
            if arguments.markdown is not None:
                _add(row, arguments.markdown)
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
    command = TESTS[project, tag]
    if "pytest" in command:
        command += " -q -rfE --tb=line -p no:cacheprovider"
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        runner = prepare(
            parse_target(target_mapping(request)),
            interpreter=interpreter,
            prefix=named,
            machine=Machine(
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
    counts = pytest_counts(text)
    if not counts:
        raise SystemExit(f"{requirement} {tag}: {text}")
    return Row(
        requirement=requirement,
        target=tag,
        emulator=emulator,
        counts=counts[-1],
        failed=pytest_failed(text),
        seconds=time.monotonic() - started,
    )


def _wheel(built: Path, requirement: str, tag: str) -> Path:
    found = built_before(requirement, tag, built)
    if found is None:
        raise SystemExit(f"{built}: no wheel of {requirement} for {tag}")
    return found


def _add(row: Row, page: Path) -> None:
    text = page.read_text(encoding="utf-8") if page.is_file() else ""
    lines = {
        (cells[1], cells[2]): line
        for line in text.splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")]) > 2 and "==" in cells[1]
    }
    lines[row.requirement, row.target] = row.markdown()
    ordered = sorted(lines, key=lambda key: (MESON.index(key[0]), TARGETS.index(key[1])))
    page.write_text("\n".join([*HEAD, *(lines[key] for key in ordered), ""]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
