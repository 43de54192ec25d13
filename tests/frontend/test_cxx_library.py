"""Whether a C++ library is compiled before builds that wait for it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook.frontend import cxx_library
from crosshook.frontend.resolve import Resolved
from crosshook.target import Toolchain
from tests.conftest import MakeTarget


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("src/demo/core.cpp", True),
        ("core.cc", True),
        ("src/core.c", False),
        ("core.cpp.txt", False),
        # Nobody's sources.
        (".git/core.cpp", False),
        ("node_modules/addon/core.cpp", False),
    ],
)
def test_a_tree_with_cxx(tmp_path: Path, file: str, found: bool) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    assert cxx_library.has_cxx(tmp_path) is found


@pytest.fixture
def resolved(tmp_path: Path, make_target: MakeTarget) -> Resolved:
    """A target whose C++ compiler is a program that says what it was given."""
    compiler = (
        sys.executable,
        "-c",
        "import sys; open('../seen', 'a').write(sys.argv[-3] + '\\n')",
    )
    toolchain = Toolchain(name="made up", argument_syntax="gcc", commands={"cxx": compiler})
    return Resolved(
        target=replace(make_target("manylinux_2_28_aarch64", "3.13"), toolchain=toolchain),
        python_exports={},
        markers=(),
        cxx_marker=tmp_path / "kept" / "marker",
    )


def test_it_is_compiled_once(
    resolved: Resolved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert cxx_library.is_missing(resolved)
    for _ in range(2):
        cxx_library.compile_now(resolved, os.environ)
    assert not cxx_library.is_missing(resolved)
    assert (tmp_path / "seen").read_text() == "empty.cpp\n"
    # The directory that it was linked in is gone.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "seen"]


@pytest.mark.parametrize("compiler", [(sys.executable, "-c", "raise SystemExit(1)"), ("/none",)])
def test_a_compiler_that_fails_is_for_the_build_to_report(
    resolved: Resolved, compiler: tuple[str, ...]
) -> None:
    toolchain = Toolchain(name="made up", argument_syntax="gcc", commands={"cxx": compiler})
    failing = replace(resolved, target=replace(resolved.target, toolchain=toolchain))
    cxx_library.compile_now(failing, os.environ)
    assert cxx_library.is_missing(failing)


def test_other_compilers_have_theirs(resolved: Resolved) -> None:
    assert not cxx_library.is_missing(replace(resolved, cxx_marker=None))


def test_for_windows_the_build_says_which(resolved: Resolved, make_target: MakeTarget) -> None:
    windows = replace(make_target("win_arm64"), toolchain=resolved.target.toolchain)
    for_windows = replace(resolved, target=windows)
    cxx_library.compile_now(for_windows, os.environ)
    assert cxx_library.is_missing(for_windows)
