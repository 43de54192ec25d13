"""C libraries that come as wheels, from a directory of such."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook._types import SilentReporter
from crosshook.errors import LibraryError, UsageError
from crosshook.frontend.resolve import Machine
from crosshook.frontend.resolve._libraries import Named, find_libraries
from crosshook.libraries.prefix import Prefix
from crosshook.libraries.provenance import describe
from crosshook.target import Target
from tests.conftest import MakeTarget
from tests.factory import make_elf, make_pe
from tests.frontend.test_resolve import machine

TAG = "manylinux_2_28_aarch64"
PACKAGE_FILE = "libdir=${pcfiledir}/../../lib\nName: blas\nLibs: -L${libdir} -lblas\n"
FILES = {
    "blas/__init__.py": b"",
    "blas/include/blas.h": b"",
    "blas/lib/libblas.so": make_elf(183),
    "blas/lib/pkgconfig/blas.pc": PACKAGE_FILE.encode(),
}


def write_wheel(
    index: Path, name: str, version: str, tag: str, files: Mapping[str, bytes], requires: str = ""
) -> None:
    """Write a wheel that pip takes, with a licence."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    if requires:
        metadata += f"Requires-Dist: {requires}\n"
    members = {
        **files,
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
        f"{info}/licenses/LICENSE": b"BSD",
    }
    record = ""
    with zipfile.ZipFile(index / f"{name}-{version}-{tag}.whl", "w") as archive:
        for path, content in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record += f"{path},sha256={digest.decode()},{len(content)}\n"
            archive.writestr(path, content)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """A directory of wheels, the only one that pip looks into."""
    index = tmp_path / "index"
    index.mkdir()
    return index


@pytest.fixture
def here(tmp_path: Path, index: Path) -> Machine:
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    return machine(tmp_path, {**os.environ, **pip})


def found(text: str, target: Target, here: Machine) -> tuple[Path, ...]:
    """Return the prefixes of what is named."""
    named = Named(text=text, source="test", base=here.cache)
    return tuple(map(Path, find_libraries([named], target, here, SilentReporter())))


def test_with_what_it_requires(index: Path, here: Machine, make_target: MakeTarget) -> None:
    write_wheel(index, "blas", "1.0", f"py3-none-{TAG}", FILES, requires="gomp")
    write_wheel(index, "blas", "1.0", "py3-none-manylinux_2_28_x86_64", {"other": b""})
    write_wheel(index, "blas", "2.0", "py3-none-manylinux_2_39_aarch64", FILES)
    write_wheel(index, "gomp", "1.0", f"py3-none-{TAG}", {"gomp/lib/libgomp.a": b""})
    target = make_target(TAG)
    first, second = found("pypi:blas", target, here)
    assert (first.name, second.name) == ("blas", "gomp")
    prefix = Prefix(root=first)
    assert f"libdir={first}/lib/pkgconfig/../../lib\n" in prefix.package_files()["blas.pc"]
    library = describe("demo.libs/libblas-12345678.so", (prefix,))
    assert (library.said, library.purl) == ("blas 1.0", "pkg:pypi/blas@1.0")
    assert library.licences == {"blas/LICENSE": b"BSD"}
    for file in index.iterdir():
        file.unlink()
    assert found("pypi:blas", target, here) == (first, second)
    assert not list(here.cache.glob("libraries/*/crosshook-pip"))


def test_data_files(index: Path, here: Machine, make_target: MakeTarget) -> None:
    files = {
        "omp-1.0.data/data/Library/bin/libiomp5md.dll": make_pe(),
        "omp-1.0.data/data/Library/lib/libiomp5md.lib": b"",
        "omp-1.0.data/data/opt/compiler/include/omp.h": b"",
    }
    write_wheel(index, "omp", "1.0", "py3-none-win_arm64", files)
    library, headers = map(Path, found("pypi:omp", make_target("win_arm64"), here))
    assert (library.name, headers.name) == ("Library", "compiler")
    assert describe("x.libs/libiomp5md-1234567890.dll", (Prefix(root=library),)).said == "omp 1.0"


@pytest.mark.parametrize("wanted", ["blas", "blas==2.0", "nothing"])
def test_no_wheel_for_the_target(
    index: Path, here: Machine, make_target: MakeTarget, wanted: str
) -> None:
    write_wheel(index, "blas", "1.0", "py3-none-manylinux_2_39_aarch64", FILES)
    with pytest.raises(LibraryError, match=f"test: pypi:{wanted}: cannot install for linux"):
        found(f"pypi:{wanted}", make_target(TAG), here)
    assert not list(here.cache.glob("libraries/pypi-*[0-9a-f]"))


def test_no_libraries_in_it(index: Path, here: Machine, make_target: MakeTarget) -> None:
    write_wheel(index, "pure", "1.0", "py3-none-any", {"pure/lib/__init__.py": b""})
    with pytest.raises(UsageError, match="neither include nor lib"):
        found("pypi:pure", make_target(TAG), here)


@pytest.mark.parametrize("wanted", ["", ",", "a b", "--index-url=x", "blas\n--pre"])
def test_no_requirement(here: Machine, make_target: MakeTarget, wanted: str) -> None:
    with pytest.raises(UsageError, match="test: pypi:"):
        found(f"pypi:{wanted}", make_target(TAG), here)
