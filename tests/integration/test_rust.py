"""Rust extension modules: a project for each backend, built and run as its users will."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.wheel.reading import read_wheel
from scripts.rust_targets import rust_for, wine_environment
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
OWN = f"cp{VERSION.replace('.', '')}"
AARCH64 = "manylinux_2_28_aarch64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        sys.platform != "linux"
        or platform.machine() != "x86_64"
        or shutil.which("apt-get") is None
        or shutil.which("cc") is None,
        reason="the Rust of these tests is Debian's for x86-64, and links with this machine's cc",
    ),
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
        reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
    ),
]

CopyProject = Callable[[str], Path]
WithRust = Callable[..., CommandLine]

# By fixture project: the tags of its wheel. The one for maturin asks for the stable ABI.
PROJECTS = {"rust_setuptools": f"{OWN}-{OWN}", "rust_maturin": "cp310-abi3"}


@pytest.fixture
def with_rust(environ: dict[str, str]) -> WithRust:
    """Return a function that makes a command line with Rust for some triples."""

    def make(*triples: str, **more: str) -> CommandLine:
        kept = {k: v for k, v in environ.items() if not k.startswith(("CARGO_", "RUST", "PYO3_"))}
        home = {k: v for k, v in environ.items() if k == "CARGO_HOME"}
        path = os.pathsep.join([str(rust_for(*triples)), environ["PATH"]])
        return CommandLine(environ={**kept, **home, "PATH": path, **more})

    return make


@pytest.mark.parametrize("name", PROJECTS)
def test_linux(with_rust: WithRust, copy_project: CopyProject, name: str) -> None:
    """With C code that a build script compiles, for the one of setuptools-rust.

    What the projects ask for, this machine's processor, is not this target's.
    """
    project = copy_project(name)
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(
        '[build]\nrustflags = ["-C", "target-cpu=native"]\n'
    )
    crosshook = with_rust("aarch64-unknown-linux-gnu")
    done = crosshook(
        *("--adapt", "--require-native", "--target", AARCH64),
        *("--target-python", target_python(AARCH64, VERSION)),
        *("--test-command", "python -c 'import rust_ext; assert rust_ext.answer() == 42'"),
        *("--outdir", project.parent / "out", project),
    )
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.name == f"{name}-1.0-{PROJECTS[name]}-{AARCH64}.whl"
    assert "note: Rust target aarch64-unknown-linux-gnu (rustc " in done.err
    assert re.search("note: compiler flags were left out, .*: -C target-cpu=native ", done.err)
    # Cargo's objects are elsewhere.
    assert not (project / "target").exists()


@pytest.mark.parametrize("name", PROJECTS)
def test_windows(with_rust: WithRust, copy_project: CopyProject, name: str) -> None:
    project = copy_project(name)
    crosshook = with_rust("x86_64-pc-windows-gnullvm", **wine_environment())
    done = crosshook(
        *("--adapt", "--require-native", "--target", "win_amd64"),
        *("--target-python", target_python("win_amd64", VERSION)),
        *("--test-command", 'python -c "import rust_ext; assert rust_ext.answer() == 42"'),
        project,
    )
    assert done.code == 0, done.err
    (wheel,) = done.wheels
    assert wheel.name == f"{name}-1.0-{PROJECTS[name]}-win_amd64.whl"
    assert "note: Rust target x86_64-pc-windows-gnullvm (rustc " in done.err
    suffixes = {".".join(Path(file).name.split(".")[1:]) for file in read_wheel(wheel).files}
    assert not suffixes & {"lib", "dll.a", "pdb", "def"}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_missing_standard_library(
    with_rust: WithRust, copy_project: CopyProject, name: str
) -> None:
    done = with_rust()("--adapt", "--target", "manylinux_2_28_s390x", copy_project(name))
    assert done.code == 1
    missing = "Rust's standard library for s390x-unknown-linux-gnu is missing"
    assert f"manylinux_2_28_s390x: {missing}\n" in done.err
    assert "hint: this Rust was not installed by rustup: " in done.err
    assert "Compiling" not in done.err
