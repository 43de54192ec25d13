"""``--skip-existing``: which cells are not built, and how their wheels are known."""

from __future__ import annotations

import json
import sysconfig
import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import AARCH64, DIGITS, PURE, CommandLine
from tests.factory import make_elf, make_wheel

X86_64 = "manylinux_2_28_x86_64"
DECLARED = '[project]\nname = "Demo"\nversion = "1.0"\n'

pytestmark = pytest.mark.skipif(
    not (Path(sysconfig.get_path("include")) / "Python.h").is_file(),
    reason="the headers of this Python are not installed",
)


def declare(crosshook: CommandLine, text: str = DECLARED) -> None:
    file = crosshook.project / "pyproject.toml"
    file.write_text(f"{file.read_text()}{text}")


@pytest.fixture
def native(crosshook: CommandLine) -> Path:
    """Return a wheel for aarch64 that is in the output directory."""
    made = crosshook.wheel(native=True)
    crosshook.backend("cross")
    declare(crosshook)
    assert crosshook().code == 0
    return crosshook.project / "dist" / made.name


def test_a_wheel_that_is_there(crosshook: CommandLine, native: Path) -> None:
    before = native.stat().st_mtime_ns
    done = crosshook("--skip-existing", "--json", "--require-native")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert (answer["existing"], answer["wheel"], answer["hook"]) == (True, str(native), "")
    assert "* building for" not in done.err
    assert f"* {native.name} is there, for {AARCH64}" in done.err
    assert native.stat().st_mtime_ns == before
    assert "* building for" in crosshook().err


def test_the_others_are_built(crosshook: CommandLine, native: Path) -> None:
    done = crosshook("--skip-existing", "--target", AARCH64, tag=X86_64)
    assert native.name in done.out
    assert f"* building for {X86_64}" in done.err
    assert f"building for {AARCH64}" not in done.err


def test_a_wheel_that_is_wrong_is_built_anew(crosshook: CommandLine, native: Path) -> None:
    made = native.read_bytes()
    native.write_bytes(made[:-30])
    done = crosshook("--skip-existing")
    assert done.code == 0, done.err
    assert f"warning: {native}: is there, and wrong: it is built anew: " in done.err
    assert native.read_bytes() == made


@pytest.mark.parametrize(
    "name",
    [
        f"other-1.0-cp{DIGITS}-cp{DIGITS}-{AARCH64}.whl",
        f"demo-1.1-cp{DIGITS}-cp{DIGITS}-{AARCH64}.whl",
        f"demo-1.0-cp{DIGITS}-cp{DIGITS}-{X86_64}.whl",
        f"demo-1.0-cp27-cp27mu-{AARCH64}.whl",
        "demo.whl",
    ],
)
def test_another_wheel_does_not_serve(crosshook: CommandLine, native: Path, name: str) -> None:
    native.rename(native.with_name(name))
    done = crosshook("--skip-existing")
    assert "* building for" in done.err
    assert native.is_file()


def test_one_for_the_stable_abi_serves(crosshook: CommandLine, native: Path) -> None:
    native.unlink()
    files = {**PURE, "demo/_core.abi3.so": make_elf(183)}
    tag = f"cp310-abi3-{AARCH64}"
    abi3 = make_wheel(native.parent, files, tag=tag, purelib=False)
    done = crosshook("--skip-existing")
    assert done.out == f"{abi3}\n"
    assert "* building for" not in done.err


def test_a_pure_one_serves_unless_compiled_code_is_asked_for(
    crosshook: CommandLine, native: Path
) -> None:
    native.unlink()
    pure = make_wheel(native.parent, PURE)
    assert crosshook("--skip-existing").out == f"{pure}\n"
    done = crosshook("--skip-existing", "--require-native")
    assert done.out == f"{native}\n"


def test_a_version_that_the_backend_finds(crosshook: CommandLine) -> None:
    made = crosshook.wheel(native=True)
    crosshook.backend("names_itself")
    assert crosshook().code == 0
    done = crosshook("--skip-existing", "--target", AARCH64, "-v", tag=X86_64)
    assert (crosshook.project / "dist" / made.name).is_file()
    assert f"building for {AARCH64}" not in done.err
    # It was asked in a copy.
    assert not (crosshook.project / "asked").exists()


def test_a_version_that_nobody_tells(crosshook: CommandLine) -> None:
    crosshook.wheel()
    assert crosshook().code == 0
    done = crosshook("--skip-existing")
    assert done.code == 0
    assert "note: --skip-existing: the version is not known before the build: " in done.err
    assert "* building for" in done.err


@pytest.mark.parametrize(("metadata", "built"), [("2.2", False), ("2.1", True), ("x", True)])
def test_the_version_of_an_sdist(
    crosshook: CommandLine, tmp_path: Path, metadata: str, built: bool
) -> None:
    crosshook.wheel()
    info = f"Metadata-Version: {metadata}\nName: demo\nVersion: 1.0\n\ntext\n"
    (crosshook.project / "PKG-INFO").write_text(info)
    with tarfile.open(tmp_path / "demo-1.0.tar.gz", "w:gz") as archive:
        archive.add(crosshook.project, "demo-1.0")
    assert crosshook(tmp_path / "demo-1.0.tar.gz").code == 0
    done = crosshook(tmp_path / "demo-1.0.tar.gz", "--skip-existing")
    assert done.code == 0, done.err
    assert ("* building for" in done.err) is built
    # In a checkout it may be of another version.
    assert crosshook("-o", "dist").code == 0
    assert "* building for" in crosshook("--skip-existing").err


def test_what_this_run_made_was_not_there(crosshook: CommandLine) -> None:
    """A backend that is told of its target is asked for each, whatever it gave for another."""
    crosshook.wheel()
    crosshook.backend("cross")
    declare(crosshook)
    done = crosshook("--skip-existing", "--target", AARCH64, "-j1", tag=X86_64)
    assert done.err.count("* building for") == 2
