"""Cross-build projects from their sdists and run the test suites that are in them on the target.

    python -m scripts.run_built [--target TAG ...] [--markdown FILE] [REQUIREMENT ...]

Each project is built and tested by the command line, ``crosshook build --adapt --test-command``,
unmodified, with the Pythons of ``scripts/target_pythons.py``, of the version that runs this script.
The last target of the table is this machine's: the same suites, run natively.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.compare_official import OWN_PYTHON, REQUIREMENTS, libyaml
from scripts.target_pythons import target_python
from scripts.tested import PYTEST_OPTIONS, TABLE_HEAD, Row, pytest_counts, pytest_failed

TARGETS = ("manylinux_2_28_aarch64", "win_amd64", "manylinux_2_28_x86_64")


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """How the tests of a project are run, and something that it does."""

    work: str
    """Python code that fails unless the project works."""
    tests: str
    """Arguments of pytest, or a command that ends by printing ``Ran N tests in``."""
    pytest: bool = True
    requires: tuple[str, ...] = ()
    environ: str = ""
    """What a shell puts before a command."""


SUITES: Mapping[str, Suite] = {
    "markupsafe==3.0.3": Suite(
        work="from markupsafe import _speedups as s, escape; "
        "assert escape('<&>') == '&lt;&amp;&gt;' and s._escape_inner('<') == '&lt;'",
        tests="{project}/tests",
    ),
    "msgpack==1.2.4": Suite(
        work="from msgpack import _cmsgpack as m; d = {'a': [1, 2.5, b'x' * 999, None]}; "
        "assert m.unpackb(m.Packer().pack(d)) == d",
        tests="{project}/test",
    ),
    "wrapt==2.5.2": Suite(
        work="import wrapt, wrapt._wrappers as w; "
        "assert w.ObjectProxy in wrapt.ObjectProxy.__mro__; assert wrapt.ObjectProxy(4) / 2 == 2",
        # Those with mypy in their name run mypy over type hints, and none of wrapt.
        tests="{project}/tests -k 'not mypy'",
    ),
    "tornado==6.6.1": Suite(
        work="import tornado.speedups as s; assert s.websocket_mask(b'abcd', b'     ') == b'ABCDA'",
        # With its own runner, which sets up logging for the tests.
        tests="python -m tornado.test tornado.test.websocket_test tornado.test.util_test",
        # Seconds that each test may take, 5 if it is not said: some send a thousand messages.
        environ="ASYNC_TEST_TIMEOUT=120 ",
        pytest=False,
    ),
    "pyyaml==6.0.3": Suite(
        work="import yaml; d = {'a': [1, 2.5, 'x', None]}; "
        "assert yaml.load(yaml.dump(d, Dumper=yaml.CDumper), Loader=yaml.CLoader) == d",
        tests="{project}/tests",
    ),
    "ujson==6.1.0": Suite(
        work="import ujson; d = {'a': [1, 2.5, chr(233), None]}; "
        "assert ujson.loads(ujson.dumps(d)) == d",
        tests="{project}/tests",
    ),
    "kiwisolver==1.5.1": Suite(
        work="from kiwisolver import Solver, Variable; x = Variable('x'); s = Solver(); "
        "s.addConstraint(2 * x + 1 == 9); s.updateVariables(); assert x.value() == 4",
        tests="{project}/py/tests",
    ),
    "greenlet==3.5.6": Suite(
        work="import greenlet as g; a = g.greenlet(lambda v: g.getcurrent().parent.switch(v * 2)); "
        "assert a.switch(21) == 42",
        tests="--pyargs greenlet.tests",
        # As the script has it that makes greenlet's own wheels under emulation.
        environ="GREENLET_MANYLINUX=1 GREENLET_SKIP_LEAKCHECKS=1 ",
        requires=("psutil", "objgraph"),
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=REQUIREMENTS)
    parser.add_argument("--target", action="append", default=[])
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as work:
        for requirement in arguments.requirements:
            for target in arguments.target or TARGETS:
                room = Path(work) / requirement / target
                named = None if target == TARGETS[-1] else target_python(target, OWN_PYTHON)
                rows.append(run(requirement, target, OWN_PYTHON, room, named=named))
                print(rows[-1], flush=True)
    if arguments.markdown is not None:
        arguments.markdown.write_text(_page(rows), encoding="utf-8")
    return 0


def run(requirement: str, target: str, python: str, room: Path, *, named: Path | None) -> Row:
    """Build a project for a target and run its tests there.

    :param room: Where the wheel is delivered.
    :param named: ``--target-python``.
    """
    suite = SUITES[requirement]
    tests = f"python -m pytest {suite.tests} {PYTEST_OPTIONS}" if suite.pytest else suite.tests
    command = f'python -c "{suite.work}" && {suite.environ}{tests}'
    words = [
        sys.executable,
        "-m",
        "crosshook.frontend",
        "--adapt",
        "--require-native",
        "--json",
    ]
    words += ["--keep-going", "--target", target, "--outdir", str(room), "--test-command", command]
    for extra in ("pytest", *suite.requires):
        words += ["--test-requires", extra]
    words += ["--python", python]
    if named is not None:
        words += ["--target-python", str(named)]
    if requirement.startswith("pyyaml"):
        words += ["-C", f"pyyaml_build_config={json.dumps(libyaml(target, room / 'libyaml'))}"]
    started = time.monotonic()
    done = subprocess.run([*words, requirement], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    result: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
    counts = pytest_counts(done.stderr)
    counts += re.findall(r"^Ran (\d+ tests) in [\d.]+s\s+OK$", done.stderr, re.M)
    if "error" in result or not counts:
        raise SystemExit(f"{requirement} {target}: {done.stdout}{done.stderr}")
    return Row(
        requirement=requirement,
        target=target,
        emulator=result["test"]["emulator"],
        counts=counts[-1],
        failed=pytest_failed(done.stderr),
        seconds=seconds,
    )


def _page(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "# Test suites run on the target",
            "",
            f"Written by `python -m scripts.run_built --markdown FILE`, with CPython {OWN_PYTHON}.",
            "Each project is built from its unmodified sdist and tested by",
            "`crosshook build --adapt --test-command`: first a line of code that does something",
            "with the compiled module, then the test suite that comes in the sdist (greenlet's in",
            "the wheel), by pytest.",
            "",
            *TABLE_HEAD,
            *(row.markdown() for row in rows),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
