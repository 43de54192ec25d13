"""One option brings the Pythons that the tests of several wheels run with."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from crosshook._uv import find_uv
from scripts.loopback import Server, serving
from scripts.target_pythons import DEBIAN_RELEASES, WINDOWS, debian_python, windows_python
from tests.integration.conftest import CommandLine

VERSION = "{}.{}".format(*sys.version_info[:2])
AARCH64 = "manylinux_2_28_aarch64"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(
        VERSION not in DEBIAN_RELEASES or shutil.which("apt-get") is None,
        reason=f"no Python {VERSION} for other processors can be had from Debian here",
    ),
]

CopyProject = Callable[[str], Path]
TESTS = ("--test-command", 'python -c "import plain_ext as e; print(e.answer() + 100000)"')


def came_of(out: str) -> dict[str, int]:
    """The exit code of each target's tests."""
    results = [json.loads(line) for line in out.splitlines()]
    return {result["target"]: result["test"]["exit_code"] for result in results}


def test_debians(crosshook: CommandLine, copy_project: CopyProject) -> None:
    """Without it, the error says to type it."""
    project = copy_project("plain")
    arguments = ("--adapt", "--json", "--target", AARCH64, *TESTS, project)
    refused = crosshook(*arguments)
    assert refused.code == 1
    assert "hint: --python-source debian downloads one" in refused.err
    done = crosshook("--python-source", "debian", *arguments)
    assert done.code == 0, done.err
    assert came_of(done.out) == {AARCH64: 0}
    assert "100042" in done.err


def _within(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Leave out links that lead out of the archive, which uv refuses."""
    return None if member.issym() and member.linkname.startswith("/") else member


def serve(server: Server, tree: Path, name: str, *, libraries: Sequence[Path] = ()) -> None:
    """Offer an unpacked Python as uv finds them, under a key of uv's.

    :param libraries: What it needs beside libc.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        archive.add(tree, "python", filter=_within)
        for file in libraries:
            archive.add(file, f"python/lib/{file.parent.name}/{file.name}")
    server.files[f"/{name}.tar.gz"] = stream.getvalue()
    _, _, system, processor, libc = name.split("-")
    entries = json.loads(server.files.get("/downloads.json", b"{}"))
    entries[name] = {
        "name": "cpython",
        "arch": {"family": processor, "variant": None},
        "os": system,
        "libc": libc,
        "major": sys.version_info.major,
        "minor": sys.version_info.minor,
        "patch": 1,
        "prerelease": "",
        "url": f"{server.url}/{name}.tar.gz",
        "sha256": None,
        "variant": None,
    }
    server.add_json("/downloads.json", entries)


@pytest.mark.skipif(VERSION not in WINDOWS, reason=f"no Python {VERSION} for Windows from PyPI")
@pytest.mark.skipif(shutil.which("wine") is None, reason="Wine is not installed")
def test_uvs(environ: dict[str, str], copy_project: CopyProject, tmp_path: Path) -> None:
    """Debian's files for uv to install, without their libc, and CPython's for Windows."""
    if find_uv(environ) is None:
        pytest.skip("uv is not installed")
    project = copy_project("plain")
    arguments = ("--adapt", "--json", "--target", f"{AARCH64},win_amd64", *TESTS, project)
    with serving() as server:
        root = debian_python("arm64", VERSION)
        # Older releases have these beside usr.
        beside = [p for name in ("z", "expat") for p in root.glob(f"lib/aarch64*/lib{name}.so.*")]
        name = f"cpython-{VERSION}-linux-aarch64-gnu"
        serve(server, root / "usr", name, libraries=beside)
        serve(server, windows_python(VERSION), f"cpython-{VERSION}-windows-x86_64-none")
        command = CommandLine(
            environ={
                **environ,
                "CROSSHOOK_CACHE_DIR": str(tmp_path / "cache"),
                "ZIG_GLOBAL_CACHE_DIR": f"{environ['CROSSHOOK_CACHE_DIR']}/zig",
                "UV_PYTHON_DOWNLOADS_JSON_URL": f"{server.url}/downloads.json",
            }
        )
        done = command("--python-source", "uv", *arguments)
        assert done.code == 0, done.err
        assert came_of(done.out) == {AARCH64: 0, "win_amd64": 0}
        assert "unpacking Debian's glibc for aarch64, to run it" in done.err
