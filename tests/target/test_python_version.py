from __future__ import annotations

import sys
import sysconfig

import pytest

from crosshook.errors import UsageError
from crosshook.target.python_version import (
    PythonVersion,
    parse_python_version,
    running_python,
    title_of,
)
from tests.conftest import py


@pytest.mark.parametrize(
    ("text", "nodot", "digits", "stable_abi"),
    [
        ("3.10", "310", "310", "abi3"),
        ("3.13", "313", "313", "abi3"),
        ("3.13t", "313", "313t", None),
        ("3.14t", "314", "314t", None),
        ("3.15", "315", "315", "abi3"),
        ("3.15t", "315", "315t", "abi3t"),
    ],
)
def test_spellings(text: str, nodot: str, digits: str, stable_abi: str | None) -> None:
    version = py(text)
    assert str(version) == text
    assert version.dotted == text.removesuffix("t")
    assert (version.nodot, version.digits) == (nodot, digits)
    assert version.free_threaded is text.endswith("t")
    assert version.stable_abi == stable_abi


@pytest.mark.parametrize(
    "text",
    ["", "3", "3.13d", "3.13tt", "t3.13", "3.013", "cp", "pypy", "pp3", "3.²", "3.13.x"],
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_python_version(text, source="--python")
    assert caught.value.message == f"--python: {text!r} is not a minor version of Python"


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [
        ("3.11.4", "3.11"),
        ("3.14.0rc2", "3.14"),
        ("3.13.1t", "3.13t"),
        ("cp311", "3.11"),
        ("cp313t", "3.13t"),
        ("313", "3.13"),
        ("py310", "3.10"),
        ("python3.12", "3.12"),
        ("CPython-3.12", "3.12"),
        (" 3.13", "3.13"),
        ("pypy3.11", "pypy3.11"),
        ("PyPy-3.10", "pypy3.10"),
        ("pypy311", "pypy3.11"),
        ("pypy3.11.13", "pypy3.11"),
        ("pp311", "pypy3.11"),
        ("pypy311-pp73", "pypy3.11"),
        ("pypy311_pp73", "pypy3.11"),
        ("pypy3.11-v7.3.20", "pypy3.11"),
        ("pypy-3.10-7.3.19", "pypy3.10"),
    ],
)
def test_what_else_people_call_a_version(spelled: str, meant: str) -> None:
    assert str(py(spelled)) == meant


def test_pypy() -> None:
    version = py("pypy3.11")
    assert (version.title, version.program, version.tag) == ("PyPy 3.11", "pypy3.11", "pp311")
    assert version.cache_tag == "pypy311"
    assert version.numbers == (3, 11)
    assert version.stable_abi is None
    assert version != py("3.11")


def test_pypy_has_no_free_threaded_builds() -> None:
    with pytest.raises(UsageError, match=r"'pp313t': there is no free-threaded PyPy 3\.13") as it:
        parse_python_version("pp313t", source="--python")
    assert it.value.hint == "pypy3.13 is PyPy"


@pytest.mark.parametrize("text", ["pypy", "pypy3", "pp3", "pypy3.11-v8"])
def test_pypy_without_the_version_of_python(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_python_version(text, source="--python")
    assert caught.value.hint == "PyPy is named with the version of Python that it is: pypy3.11"


@pytest.mark.parametrize(
    ("spelled", "title"),
    [("3.13t", "Python 3.13t"), ("pypy3.11", "PyPy 3.11"), ("3.10", "Python 3.10")],
)
def test_what_messages_call_a_version(spelled: str, title: str) -> None:
    assert title_of(spelled) == title


@pytest.mark.parametrize("text", ["graalpy311", "GraalPy-3.11", "graalpy"])
def test_graalpy_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(UsageError, match="GraalPy is not supported: nothing is known") as caught:
        parse_python_version(text, source="--python")
    assert repr(text) in caught.value.message


def test_before_there_were_free_threaded_builds() -> None:
    with pytest.raises(UsageError, match=r"no free-threaded Python 3\.12"):
        parse_python_version("3.12t", source="--python")


def test_the_one_that_runs() -> None:
    version = running_python()
    assert version.numbers == sys.version_info[:2]
    assert version.threads == ("t" if "t" in getattr(sys, "abiflags", "") else "")
    assert (version.digits + "-") in f"{sysconfig.get_config_var('SOABI')}-"


def test_both_builds_of_a_version_differ() -> None:
    assert py("3.13t") != py("3.13")
    assert py("3.13") == PythonVersion(major=3, minor=13)
