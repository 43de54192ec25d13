"""What the page for those who come from other tools has them type is understood."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from crosshook.cli import COMMANDS, make_parser
from crosshook.errors import UsageError
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from tests.cli.conftest import AARCH64, CommandLine

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "coming-from.md"


def typed_here() -> Iterator[str]:
    """The code in the right column of each table."""
    for row in re.findall(r"^\| (?!there |---).*$", PAGE.read_text(encoding="utf-8"), re.M):
        _, here = re.split(r" \| ", row.strip("| "), maxsplit=1)
        yield from re.findall(r"`([^`]+)`", here)


def values_of(option: str) -> set[str]:
    found = (re.findall(rf"{option} (\S+)", code) for code in typed_here())
    return {value for values in found for text in values for value in text.split(",")}


def test_the_walk_finds_them() -> None:
    assert {"manylinux_2_28_aarch64", "macosx_11_0_arm64"} <= values_of("--target")
    assert "3.12" in values_of("--python")


def test_targets_and_pythons() -> None:
    for tag in values_of("--target"):
        parse_platform(tag, source=PAGE.name)
    for version in {*values_of("--python"), "cp312", "python3.13"}:
        parse_python_version(version, source=PAGE.name)


def test_options() -> None:
    named = {option for code in typed_here() for option in re.findall(r"(?<!\S)--[a-z-]+", code)}
    _, parsers = make_parser(COMMANDS)
    known = {option for parser in parsers.values() for option in parser._option_string_actions}
    assert "--like-cibuildwheel" in named
    assert named <= known


@pytest.mark.parametrize(
    ("triple", "tag"),
    [
        ("aarch64-unknown-linux-gnu", "manylinux_2_28_aarch64"),
        ("x86_64-pc-windows-msvc", "win_amd64"),
    ],
)
def test_rust_triples(triple: str, tag: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_platform(triple, source="--target")
    assert tag in str(caught.value.hint)


def options_here() -> Iterator[str]:
    """The code that begins with an option of ``crosshook build``, with its value."""
    for code in typed_here():
        if re.match(r"--?[a-zA-Z-]+ [^ -]|--like-cibuildwheel$", code) and "--python" not in code:
            yield code


NO_LIBRARIES_MADE = {"win_arm64", "win_amd64"}
"""Their import libraries are made by a program that CC does not name."""


@pytest.mark.parametrize(
    "code",
    [
        code
        for code in dict.fromkeys(options_here())
        if not NO_LIBRARIES_MADE.intersection(code.split()) and "PREFIX" not in code
    ],
)
def test_what_is_typed_is_run(crosshook: CommandLine, code: str) -> None:
    crosshook.wheel()
    named = re.findall(r"--target (\S+)", code)
    done = crosshook(*shlex.split(code), tag=None if named else AARCH64)
    assert done.code == 0, done.err
    # A pure wheel is delivered once, for however many targets.
    (delivered,) = done.out.splitlines()
    assert Path(delivered).parent.name == ("wheelhouse" if "-o " in code else "dist")
