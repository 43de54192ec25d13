"""A C library for the target: compiled, found, packed, and missed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.wheel.reading import read_wheel
from tests.integration.conftest import CommandLine

pytestmark = pytest.mark.integration

TARGET = "manylinux_2_28_aarch64"
INSTALLS = "cp answer/answer.h {prefix}/include && "
STATIC = (
    INSTALLS + "$CC -c answer/answer.c -o answer.o && $AR rcs {prefix}/lib/libanswer.a answer.o"
)
SHARED = (
    INSTALLS + "$CC -shared -fPIC answer/answer.c -Wl,-soname,libanswer.so.1 "
    "-o {prefix}/lib/libanswer.so.1 && ln -s libanswer.so.1 {prefix}/lib/libanswer.so"
)


@pytest.fixture
def project(copy_project: Callable[[str], Path]) -> Path:
    return copy_project("links_library")


def test_a_static_library(crosshook: CommandLine, project: Path) -> None:
    options = ("--adapt", "--require-native", "--target", TARGET, "--before-build", STATIC)
    done = crosshook(*options, project)
    assert done.code == 0, done.err
    (found,) = read_wheel(done.wheels[0]).objects
    assert "libanswer.so.1" not in found.needed
    assert not (project / "answer.o").exists()


def test_a_shared_library(crosshook: CommandLine, project: Path) -> None:
    options = ("--adapt", "--target", TARGET, "--before-build", SHARED)
    refused = crosshook(*options, "--repair", "never", project)
    assert refused.code == 1
    assert f"linked to libanswer.so.1, which not every {TARGET} has" in refused.err
    done = crosshook(*options, project)
    if importlib.util.find_spec("repairwheel") is None:
        assert done.code == 1
        assert 'pip install "crosshook[repair]"' in done.err
        return
    assert done.code == 0, done.err
    wheel = read_wheel(done.wheels[0])
    assert any(one.name.startswith("links_library.libs/libanswer") for one in wheel.objects)
    assert any(name.endswith(".dist-info/sboms/crosshook.cdx.json") for name in wheel.files)


def test_no_library(crosshook: CommandLine, project: Path) -> None:
    done = crosshook("--adapt", "--target", TARGET, project)
    assert (done.code, done.out) == (1, "")
    assert f"error: the header answer.h was not found for {TARGET}" in done.err
    assert "--libraries debian:bookworm/PACKAGE" in done.err.replace("\n", " ")
