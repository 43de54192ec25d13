"""Flags that a project gives for the compiler of its official wheels: built, and run."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pefile
import pytest

from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, target_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"
WIN_AMD64 = "win_amd64"
MACOS = "macosx_11_0_arm64"

pytestmark = pytest.mark.integration

CopyProject = Callable[[str], Path]

ANSWERS = "import flagged; answers = flagged.answers(); assert answers == (7, 40, 2, 1), answers"


def module(wheel: Path) -> bytes:
    ((_, data),) = modules(wheel).items()
    return data


def modules(wheel: Path) -> Mapping[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if n.endswith((".so", ".pyd"))]
        return {name.partition(".")[0]: archive.read(name) for name in names}


def note(err: str) -> str:
    (found,) = re.findall(
        r"^note: compiler flags were left out, .*: (.*) \(docs", err, re.MULTILINE
    )
    return str(found)


@pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode and Wine are for Linux")
@pytest.mark.skipif(
    VERSION not in DEBIAN_RELEASES or VERSION not in WINDOWS,
    reason=f"no Python {VERSION} for other platforms can be had from Debian and PyPI",
)
@pytest.mark.parametrize(
    ("target", "left_out"),
    [
        (
            AARCH64,
            "-march=native -mtune=generic -fvar-tracking -Bsymbolic-functions -Map --icf=safe",
        ),
        (WIN_AMD64, "/Zi /GL -wd4068 /LTCG"),
    ],
)
def test_a_module_does_what_it_shall(
    crosshook: CommandLine, copy_project: CopyProject, target: str, left_out: str
) -> None:
    """Under QEMU and Wine."""
    done = crosshook(
        *("--adapt", "--require-native", "--target", target),
        *("--target-python", target_python(target, VERSION)),
        *("--test-command", f'python -c "{ANSWERS}"'),
        copy_project("flags"),
    )
    assert done.code == 0, done.err
    assert note(done.err) == left_out
    # The archive's symbols are hidden, and the one that was to be exported is exported.
    built = module(done.wheels[0])
    assert b"archived_answer" not in built
    assert (b"also" in built) == (target == WIN_AMD64)


@pytest.mark.parametrize(
    ("target", "left_out"),
    [
        ("win_arm64", "/Zi /GL -wd4068 /LTCG"),
        ("win32", "/Zi /GL -wd4068 /LTCG"),
        (MACOS, "-march=native -mtune=native -flto -exported_symbol"),
        ("manylinux_2_17_x86_64", "-march=native -mtune=generic"),
    ],
)
def test_the_other_systems(
    crosshook: CommandLine, copy_project: CopyProject, target: str, left_out: str
) -> None:
    """-march=native is left out where the machine that builds is of the target's kind, too."""
    done = crosshook("--adapt", "--require-native", "--target", target, copy_project("flags"))
    assert done.code == 0, done.err
    assert note(done.err).startswith(left_out)


def test_what_is_refused_is_named(crosshook: CommandLine, copy_project: CopyProject) -> None:
    project = copy_project("flags")
    setup = project / "setup.py"
    setup.write_text(setup.read_text().replace("/MD", "/clr"))
    done = crosshook("--adapt", "--target", WIN_AMD64, project)
    assert done.code == 1
    assert "error: /clr: it makes code for .NET or for the Windows Runtime\nhint: " in done.err
    assert done.out == ""


def test_windows_files(crosshook: CommandLine, copy_project: CopyProject) -> None:
    """Resources, module-definition files and exported symbols."""
    done = crosshook(
        *("--adapt", "--require-native"),
        *("--target", WIN_AMD64, "--target", "win32", "--target", "win_arm64"),
        copy_project("windows_files"),
    )
    assert done.code == 0, done.err
    assert len(done.wheels) == 3
    for wheel in done.wheels:
        found = {name: pefile.PE(data=data) for name, data in modules(wheel).items()}
        exported = {
            name: {symbol.name.decode() for symbol in pe.DIRECTORY_ENTRY_EXPORT.symbols}
            for name, pe in found.items()
        }
        assert exported == {
            "windows_files": {"PyInit_windows_files", "exported", "renamed", "in_the_file"},
            "undeclared": {"PyInit_undeclared"},
        }
        (version,) = found["windows_files"].VS_FIXEDFILEINFO
        assert version.FileVersionMS == 0x70002


def test_openmp_without_a_runtime(crosshook: CommandLine, copy_project: CopyProject) -> None:
    project = copy_project("openmp")
    done = crosshook("--adapt", "--target", AARCH64, project)
    assert done.code == 1
    assert "error: -fopenmp: zig brings no OpenMP runtime" in done.err
    (project / "optional").touch()
    done = crosshook("--adapt", "--require-native", "--target", AARCH64, project)
    assert done.code == 0, done.err
    assert b"__kmpc" not in module(done.wheels[0])


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
def test_a_compiler_for_the_machine_that_builds(
    crosshook: CommandLine, copy_project: CopyProject
) -> None:
    native = replace(crosshook, environ={**crosshook.environ, "CC": "gcc"})
    done = native("--adapt", "--target", "win_arm64", copy_project("plain"))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[1].startswith(
        "error: CC=gcc, from the environment: it compiles for "
    )
    assert "not for win_arm64\nhint: unset CC" in done.err
