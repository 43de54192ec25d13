"""What uv installs, from a server in the place of the real one."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook._uv import find_uv
from crosshook.errors import TargetPythonError
from crosshook.machine import Machine
from crosshook.pythons.fetching.kept import fetched_before
from crosshook.pythons.fetching.uv import key_of, uv_python
from crosshook.target.platforms import parse_platform
from scripts.loopback import Server
from tests.conftest import py
from tests.frontend.sources.conftest import tar_gz

ARCHIVE = tar_gz(
    {
        "python/bin/python3.13": b"program",
        "python/include/python3.13/Python.h": b"header",
        "python/lib/python3.13/_sysconfigdata__linux_aarch64-linux-musl.py": (
            b"# system configuration generated and used by the sysconfig module\n"
            b"build_time_vars = {\n}\n"
        ),
        # On Windows. uv looks for the one or the other.
        "python/Lib/os.py": b"",
        "python/python.exe": b"program",
    }
)


@pytest.mark.parametrize(
    ("tag", "version", "key"),
    [
        ("manylinux_2_28_aarch64", "3.13", "cpython-3.13-linux-aarch64-gnu"),
        ("musllinux_1_2_x86_64", "3.14t", "cpython-3.14+freethreaded-linux-x86_64-musl"),
        ("manylinux_2_31_armv7l", "3.12", "cpython-3.12-linux-armv7-gnueabihf"),
        ("manylinux_2_31_riscv64", "3.13t", "cpython-3.13+freethreaded-linux-riscv64gc-gnu"),
        ("manylinux_2_28_ppc64le", "3.13", "cpython-3.13-linux-powerpc64le-gnu"),
        ("manylinux_2_28_i686", "3.11", "cpython-3.11-linux-x86-gnu"),
        ("macosx_11_0_arm64", "3.13", "cpython-3.13-macos-aarch64-none"),
        ("win32", "3.13", "cpython-3.13-windows-x86-none"),
        ("win_amd64", "3.13", "cpython-3.13-windows-x86_64-none"),
        ("win_arm64", "3.13", "cpython-3.13-windows-aarch64-none"),
    ],
)
def test_what_uv_calls_them(tag: str, version: str, key: str) -> None:
    assert key_of(parse_platform(tag, source="test"), py(version)) == key


class Installer:
    """A machine whose uv knows but one Python, and where to get it."""

    def __init__(self, server: Server, directory: Path) -> None:
        self.server = server
        self.serve("cpython-3.13-windows-aarch64-none")
        self.machine = Machine(
            system="linux",
            arch="x86_64",
            environ={
                "UV_PYTHON_DOWNLOADS_JSON_URL": f"{server.url}/downloads.json",
                "UV_CACHE_DIR": str(directory / "uv"),
                "UV_HTTP_RETRIES": "0",
                "UV_NO_CONFIG": "1",
                "HOME": str(directory),
                "PATH": "",
            },
            cache=directory / "cache",
        )

    def serve(self, key: str) -> None:
        """Offer the archive under a key of uv's."""
        _, version, system, processor, libc = key.split("-")
        major, minor = map(int, version.split("."))
        entry = {
            "name": "cpython",
            "arch": {"family": processor, "variant": None},
            "os": system,
            "libc": libc,
            "major": major,
            "minor": minor,
            "patch": 9,
            "prerelease": "",
            "url": f"{self.server.url}/python.tar.gz",
            "sha256": hashlib.sha256(ARCHIVE).hexdigest(),
            "variant": None,
        }
        self.server.files["/python.tar.gz"] = ARCHIVE
        self.server.add_json("/downloads.json", {key: entry})

    def __call__(self, tag: str = "win_arm64") -> Path:
        return uv_python(
            parse_platform(tag, source="test"),
            py("3.13"),
            machine=self.machine,
            reporter=SilentReporter(),
        )

    def left(self) -> set[str]:
        """What is in the cache, locks apart."""
        found = (self.machine.cache / "fetched").iterdir()
        return {path.name for path in found if path.suffix != ".lock"}


@pytest.fixture
def install(server: Server, tmp_path: Path) -> Installer:
    if find_uv({}) is None:
        pytest.skip("uv is not installed")
    return Installer(server, tmp_path)


def test_it_is_kept(install: Installer) -> None:
    prefix = install()
    assert (prefix / "include/python3.13/Python.h").read_bytes() == b"header"
    assert install.left() == {"uv-3.13-win_arm64"}
    assert fetched_before(install.machine.cache) == (prefix.parent,)
    install.server.requests.clear()
    assert install() == prefix
    assert install.server.requests == []


def test_a_linux_python_without_apt(install: Installer) -> None:
    """It has no libc beside it; PATH is empty."""
    install.serve("cpython-3.13-linux-aarch64-musl")
    assert {path.name for path in install("musllinux_1_2_aarch64").parent.iterdir()} == {
        "usr",
        "crosshook-manifest.json",
    }


def test_what_uv_has_not(install: Installer) -> None:
    with pytest.raises(TargetPythonError, match=r"cannot install cpython-3\.13-linux-s390x-gnu"):
        install("manylinux_2_28_s390x")
    assert install.left() == set()


def test_an_exchanged_file(install: Installer) -> None:
    install.server.files["/python.tar.gz"] = ARCHIVE + b"more"
    with pytest.raises(TargetPythonError) as caught:
        install()
    assert "UV_PYTHON_INSTALL_MIRROR" in str(caught.value.hint)
    assert "ash mismatch" in str(caught.value.detail)
    assert install.left() == set()


def test_downloads_that_the_user_forbids(install: Installer) -> None:
    """uv's exit code is 0 then."""
    environ = {**install.machine.environ, "UV_PYTHON_DOWNLOADS": "never"}
    install.machine = replace(install.machine, environ=environ)
    with pytest.raises(TargetPythonError) as caught:
        install()
    assert "not allowed" in str(caught.value.detail)


def test_no_uv(install: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    with pytest.raises(TargetPythonError) as caught:
        install()
    assert caught.value.hint == 'pip install "crosshook[uv]"'
