"""What many tests need: a target made by hand, the fixture projects, and a made-up machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crosshook.pythons.description import describe_cpython, describe_pypy
from crosshook.pythons.exports import dll_names
from crosshook.pythons.pyconfig import known_versions
from crosshook.target import Target, Toolchain
from crosshook.target.implementations import PYPY
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion, parse_python_version
from crosshook.target.systems import ROWS

collect_ignore_glob = ["fixtures/*"]
"""Projects with tests of their own."""

FIXTURES = Path(__file__).parent / "fixtures"

MakeTarget = Callable[..., Target]


def py(version: str) -> PythonVersion:
    return parse_python_version(version, source="test")


PY313 = py("3.13")

ROWS_WITH_FACTS = tuple(
    row for row in ROWS if known_versions(parse_platform(row.usual_tag, source="test"))
)
"""The platforms that a target Python can be composed for."""


class Log:
    """Output of processes, in a file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        file.touch()

    def write(self, data: bytes, /) -> None:
        with self._file.open("ab") as stream:
            stream.write(data)

    def flush(self) -> None: ...


@pytest.fixture(scope="session")
def make_target() -> MakeTarget:
    """Return a function from a wheel platform tag to a target with made-up paths."""

    def make(tag: str, version: str = "3.13", toolchain: Toolchain | None = None) -> Target:
        platform = parse_platform(tag, source="test")
        libraries: dict[str, str] = {}
        if platform.system.links_python:
            libraries = {
                kind: f"/pythons/libs/{dll.removesuffix('.dll')}.lib"
                for kind, dll in dll_names(py(version)).items()
            }
        where = {"prefix": "/pythons", "headers": "/pythons/include"}
        if py(version).implementation is PYPY:
            python = describe_pypy(
                platform, py(version), **where, full_version="3.11.13", pypy_version="7.3.20"
            )
        else:
            python = describe_cpython(platform, py(version), **where, import_libraries=libraries)
        return Target(
            platform=platform,
            python=python.details,
            sysconfig_vars=python.sysconfig_vars,
            import_libraries=python.import_libraries,
            toolchain=toolchain or gcc_toolchain(),
        )

    return make


def gcc_toolchain() -> Toolchain:
    return Toolchain(
        name="test cc",
        argument_syntax="gcc",
        commands={"cc": ("/tools/cc",), "cxx": ("/tools/c++",), "ar": ("/tools/ar",)},
        environ={"TOOLS_CACHE": "/tools/cache"},
    )


@pytest.fixture
def copy_project(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that copies a fixture project and returns where to."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(FIXTURES / name, tmp_path / name))

    return copy
