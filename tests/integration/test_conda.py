"""A C library from a channel of conda packages: found, linked, packed, and run under QEMU."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.target_pythons import DEBIAN_RELEASES, target_python
from tests.integration.conftest import CommandLine
from tests.libraries.conda_channel import PLACEHOLDER, add_package, served, write_index

VERSION = "{}.{}".format(*sys.version_info[:2])
TARGET = "manylinux_2_28_aarch64"
SUBDIR = "linux-aarch64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="QEMU's user mode is for Linux"),
    pytest.mark.skipif(VERSION not in DEBIAN_RELEASES, reason=f"Debian has no Python {VERSION}"),
]


@pytest.fixture
def project(copy_project: Callable[[str], Path]) -> Path:
    return copy_project("links_library")


@pytest.fixture
def channel(project: Path, environ: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The URL of a channel with a library that is compiled here."""
    pytest.importorskip("rattler")
    source = project / "answer"
    library = tmp_path / "libanswer.so.1"
    compiler = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-gnu.2.28"]
    subprocess.run(
        [*compiler, "-shared", "-Wl,-soname,libanswer.so.1", "-o", library, source / "answer.c"],
        env={**environ, "ZIG_GLOBAL_CACHE_DIR": f"{environ['CROSSHOOK_CACHE_DIR']}/zig"},
        check=True,
    )
    directory = tmp_path / "served"
    add_package(
        directory / "made-here",
        "libanswer",
        "4.2",
        subdir=SUBDIR,
        files={"lib/libanswer.so.1": library.read_bytes()},
        depends=["__glibc >=2.17,<3.0.a0"],
    )
    package_file = f"prefix={PLACEHOLDER}\nName: answer\nLibs: -L${{prefix}}/lib -lanswer\n"
    add_package(
        directory / "made-here",
        "answer",
        "4.2",
        subdir=SUBDIR,
        files={
            "include/answer.h": (source / "answer.h").read_bytes(),
            "lib/pkgconfig/answer.pc": package_file.encode(),
        },
        links={"lib/libanswer.so": "libanswer.so.1"},
        depends=["libanswer 4.2"],
    )
    write_index(directory / "made-here")
    with served(directory) as url:
        yield f"{url}/made-here"


def test_it_is_packed_and_runs(crosshook: CommandLine, project: Path, channel: str) -> None:
    words = ["--adapt", "--require-native", "--target", TARGET]
    words += ["--libraries", f"conda:{channel}/answer>=4"]
    words += ["--target-python", str(target_python(TARGET, VERSION))]
    words += ["--test-command", 'python -c "import links_library as l; assert l.answer == 42"']
    done = crosshook(*words, project)
    assert done.code == 0, done.err
    assert "testing on " in done.err
    with zipfile.ZipFile(done.wheels[0]) as wheel:
        (sbom,) = (name for name in wheel.namelist() if name.endswith(".cdx.json"))
        (component,) = json.loads(wheel.read(sbom))["components"]
        licence = f"{sbom.partition('/')[0]}/licenses/libanswer/LICENSE"
        assert wheel.read(licence) == b"the licence of libanswer\n"
    assert component["purl"].startswith("pkg:conda/libanswer@4.2?build=0&channel=")
