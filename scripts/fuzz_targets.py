"""What is fuzzed: functions that take what came from elsewhere, as bytes.

Each may raise a :class:`CrosshookError`, which has a line for the user, and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from crosshook._redact import redact
from crosshook.cli import _shown
from crosshook.errors import CrosshookError
from crosshook.frontend.commands import fill
from crosshook.frontend.sources._archive import SDIST_SUFFIXES, unpack
from crosshook.project import check_requirement, read_project
from crosshook.pythons.build_details import read_build_details
from crosshook.report import read_report
from crosshook.target import parse_target
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import parse_python_version
from crosshook.wheel.objects import read_object
from crosshook.wheel.reading import read_wheel

LIMIT = 1 << 20


@contextlib.contextmanager
def _file(data: bytes, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        file = Path(directory, name)
        file.write_bytes(data)
        yield file


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def tag(data: bytes) -> None:
    parse_platform(_text(data), source="fuzz")


def python_version(data: bytes) -> None:
    parse_python_version(_text(data), source="fuzz")


def target_mapping(data: bytes) -> None:
    try:
        mapping = json.loads(data)
    except (ValueError, RecursionError):
        return
    parse_target(mapping)


def pyproject(data: bytes) -> None:
    with _file(data, "pyproject.toml") as file:
        read_project(file.parent)


def requirement(data: bytes) -> None:
    check_requirement(_text(data))


def build_details(data: bytes) -> None:
    platform = parse_platform("manylinux_2_28_aarch64", source="fuzz")
    with _file(data, "build-details.json") as file:
        read_build_details(file, platform, parse_python_version("3.13", source="fuzz"))


def sdist(data: bytes) -> None:
    suffix = SDIST_SUFFIXES[len(data) % len(SDIST_SUFFIXES)]
    with _file(data, f"demo-1.0{suffix}") as file:
        outside = file.parent / "evil"
        try:
            tree = unpack(file, file.parent / "into", limit=LIMIT)
        finally:
            assert not os.path.lexists(outside)
        assert tree.resolve().is_relative_to(file.parent.resolve() / "into")


def wheel(data: bytes) -> None:
    with _file(data, "demo-1.0-cp313-cp313-manylinux_2_28_aarch64.whl") as file:
        read_wheel(file)


def object_file(data: bytes) -> None:
    read_object("demo.so", data)


def report(data: bytes) -> None:
    with _file(data, "report") as file:
        for remark in read_report(file):
            assert remark.sentence


def printed(data: bytes) -> None:
    text = _text(data)
    assert "\n" not in _shown.line(text)
    _shown.lines(text).encode()
    assert redact(redact(text)) is not None


def command(data: bytes) -> None:
    text, _, path = _text(data).partition("|")
    filled = fill(text, {"project": path, "wheel": "/w.whl"})
    assert "{project}" not in filled.text or "{project}" in path


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    function.__name__: function
    for function in (
        *(tag, python_version, target_mapping, pyproject, requirement, build_details, sdist),
        *(wheel, object_file, report, printed, command),
    )
}


def attempt(function: Callable[[bytes], None], data: bytes) -> CrosshookError | None:
    """Call a target, and return what it refused the data with."""
    try:
        function(data)
    except CrosshookError as error:
        return error
    return None
