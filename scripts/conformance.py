"""Run the conformance kit against crosshook and against what there is without it.

    python -m scripts.conformance --markdown FILE

The frontends are ``crosshook build``, pip and build as they are, and build with the lines of
``upstream/``; the backends crosshook's wrapper over each delegate, setuptools as it is, and the
three that have lines in ``upstream/``. Those as they are, are of the environment that runs this.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scripts import rust_targets, upstream

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
TARGETS = ("manylinux_2_28_aarch64", "win_arm64")
RUST_TARGET = "aarch64-unknown-linux-gnu"
DELEGATES = {
    "meson-python": ("meson", "mesonpy"),
    "maturin": ("rust_maturin", "maturin"),
    "setuptools-rust": ("rust_setuptools", "setuptools.build_meta"),
}
"""By distribution: a project of ``tests/fixtures``, and the backend that it declares."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is checked, in a column of a table."""

    name: str
    options: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one check."""

    outcome: str
    """``passed``, ``failed`` or ``skipped``."""
    why: str


Outcomes = Mapping[str, Outcome]
"""By the checks' titles."""


def frontends(changed: Path, room: Path) -> tuple[Subject, ...]:
    """Return the frontends, the last of them in an environment with changed tools."""
    own = [str(describe(TARGETS[0], room))]
    commands = {
        "crosshook build": f"{sys.executable} -m crosshook.frontend -q --no-isolation "
        "--target {tag} --outdir {outdir} {project}",
        f"pip {version('pip')}": f"{sys.executable} -m pip wheel --no-deps --no-build-isolation "
        "--disable-pip-version-check --wheel-dir {outdir} {project}",
        f"build {version('build')}": f"{sys.executable} -m build --wheel --no-isolation "
        "--outdir {outdir} {project}",
        f"{_with_lines(*upstream.FRONTEND)}": f"{changed} -m build --wheel --no-isolation "
        "--target {target} --outdir {outdir} {project}",
    }
    return tuple(
        Subject(name=name, options=("--frontend", command, "--target", *own))
        for name, command in commands.items()
    )


def backends(changed: Path, room: Path) -> tuple[Subject, ...]:
    """Return the backends, the last of them in an environment with changed tools."""
    wrapped, plain = FIXTURES / "wrapped", FIXTURES / "plain"
    declaration = (wrapped / "pyproject.toml").read_text(encoding="utf-8")
    pure = project(room / "pure", {"demo.py": "", "pyproject.toml": declaration.partition("[[")[0]})
    own = ("--backend", "crosshook.backend", "--project", str(wrapped), "--pure-project", str(pure))
    subjects = [
        Subject(
            name=f"crosshook over setuptools {version('setuptools')}, {tag}",
            options=(*own, "--target", str(describe(tag, room))),
        )
        for tag in TARGETS
    ]
    target = ("--target", str(describe(TARGETS[0], room)))
    as_it_is = ("--backend", "setuptools.build_meta", "--project", str(plain))
    subjects.append(
        Subject(name=f"setuptools {version('setuptools')}, {TARGETS[0]}", options=as_it_is + target)
    )
    subjects.extend(_wrapped(room, target))
    for name, files in upstream.PROJECTS.items():
        backend = re.findall('build-backend = "(.*)"', files["pyproject.toml"])[0]
        there = ("--backend-python", str(changed), "--project", str(project(room / name, files)))
        subjects.append(
            Subject(
                name=f"{_with_lines(name)}, {TARGETS[0]}",
                options=("--backend", backend, *there, *target),
            )
        )
    return tuple(subjects)


def _wrapped(room: Path, target: tuple[str, str]) -> Iterator[Subject]:
    """Yield crosshook's wrapper over backends that are not in the environment that runs this."""
    python = room / "wrapped" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", room / "wrapped"], check=True)
    needed = (str(FIXTURES.parents[1]), *DELEGATES, "setuptools", *upstream.OTHERS)
    subprocess.run([python, "-m", "pip", "install", "-q", *needed], check=True)
    code = "import importlib.metadata as m; print(m.version({!r}))"
    for name, (fixture, delegate) in DELEGATES.items():
        root = room / fixture
        shutil.copytree(FIXTURES / fixture, root)
        declared = (root / "pyproject.toml").read_text(encoding="utf-8")
        wrapping = declared.replace(f'"{delegate}"', '"crosshook.backend"')
        wrapping += f'\n[tool.crosshook]\nbuild-backend = "{delegate}"\n'
        (root / "pyproject.toml").write_text(wrapping, encoding="utf-8")
        asked = [str(python), "-c", code.format(name)]
        release = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
        options = ("--backend", "crosshook.backend", "--backend-python", str(python))
        yield Subject(
            name=f"crosshook over {name} {release}, {TARGETS[0]}",
            options=(*options, "--project", str(root), *target),
        )


def _with_lines(*names: str) -> str:
    insertions = upstream.diffs()
    releases = " and ".join(" ".join(name.rsplit("-", 1)) for name in names)
    return f"{releases} with {sum(upstream.count(insertions[name]) for name in names)} lines more"


def describe(tag: str, room: Path) -> Path:
    """Write a target's mapping to a file."""
    words = [sys.executable, "-m", "crosshook", "describe", tag]
    text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    file = room / f"{tag}.json"
    file.write_text(text, encoding="utf-8")
    return file


def project(directory: Path, files: Mapping[str, str]) -> Path:
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def run(subject: Subject, room: Path) -> Outcomes:
    """Return the outcomes of the kit's checks."""
    file = room / "outcomes.json"
    options = ("-q", "--tb=no", "--conformance-json", str(file))
    words = [sys.executable, "-m", "crosshook.conformance", *subject.options, *options]
    # The tools that CMake and Meson are looked for on.
    option = dict(zip(subject.options, subject.options[1:], strict=False)).get("--backend-python")
    path = [*([str(Path(option).parent)] if option else []), os.environ["PATH"]]
    environ = {**os.environ, "PATH": os.pathsep.join(path)}
    done = subprocess.run(words, stdout=sys.stderr, env=environ, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{subject.name}: the kit did not run, exit code {done.returncode}")
    rows = json.loads(file.read_text(encoding="utf-8"))
    return {
        row["title"].partition(" [")[0]: Outcome(outcome=row["outcome"], why=row["why"])
        for row in rows
    }


def table(first: str, outcomes: Mapping[str, Outcomes]) -> Iterator[str]:
    """Yield a table: a line for each check, a column for each subject."""
    titles = next(iter(outcomes.values()))
    yield f"| {first} | {' | '.join(outcomes)} |"
    yield "|---|" + "---|" * len(outcomes)
    for title in titles:
        cells = [cell(column[title]) for column in outcomes.values()]
        yield f"| {title} | {' | '.join(cells)} |"
    passed = []
    for column in outcomes.values():
        asked = [outcome for outcome in column.values() if outcome.outcome != "skipped"]
        passed.append(f"{sum(o.outcome == 'passed' for o in asked)} of {len(asked)}")
    yield f"| **passed** | {' | '.join(passed)} |"


def cell(outcome: Outcome) -> str:
    """Return what a table says of an outcome."""
    if outcome.outcome != "failed":
        return {"passed": "yes", "skipped": "not asked"}[outcome.outcome]
    why = outcome.why.removeprefix("AssertionError: ").rpartition("crosshook.errors.")[2]
    return f"no: {why}".replace("|", "\\|")


PAGE = """# Who conforms to the proposal

Written by `python -m scripts.conformance --markdown docs/evidence/conformance.md`, with CPython
{version}; each column is a run of `python -m crosshook.conformance`, which a backend's or a
frontend's own tests can run as well.

## Frontends

What each does with hostile and odd backends; "no hook" is a backend without `cross_build_wheel`.
`crosshook build` and the last column are given a target, {target}. pip and build have no option
that names one, so they are asked for a wheel. That they deliver what a backend builds for the
machine it runs on is no fault of theirs today; to conform, they would have to take a target, call
the hook where there is one, and check what comes of it, or of `build_wheel`, against the target.
The last column is build with [a few lines more](upstream.md), which do that.

{frontends}

## Backends

Each builds a project with an extension module for the target that is named; "not asked" is a
check of an optional hook that is not there, or of a second project that was not given. What is
not the same twice over maturin is the SBOM that maturin writes.

{backends}
"""


def page(of_frontends: Mapping[str, Outcomes], of_backends: Mapping[str, Outcomes]) -> str:
    return PAGE.format(
        version=".".join(map(str, sys.version_info[:2])),
        target=TARGETS[0],
        frontends="\n".join(table("backend, or what is checked", of_frontends)),
        backends="\n".join(table("check", of_backends)),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--markdown", type=Path, help="write the page to this file as well")
    options = parser.parse_args(arguments)
    os.environ.update(rust_targets.environment(RUST_TARGET))
    with tempfile.TemporaryDirectory() as directory:
        room = Path(directory)
        changed = upstream.environment(room / "changed")
        of_frontends = {each.name: run(each, room) for each in frontends(changed, room)}
        of_backends = {each.name: run(each, room) for each in backends(changed, room)}
    text = page(of_frontends, of_backends)
    print(text)
    if options.markdown is not None:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
