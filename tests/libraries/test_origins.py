"""The package that a library is of."""

from __future__ import annotations

import json

import pytest

from crosshook.libraries.origins import origin_of
from tests.libraries.conftest import MakeFiles

CONDA = {
    "name": "libzlib",
    "version": "1.3.1",
    "build": "h86ecc28_2",
    "channel": "https://conda.anaconda.org/conda-forge/",
    "subdir": "linux-aarch64",
    "files": ["lib/libz.so.1.3.1"],
}
METADATA = "Metadata-Version: 2.4\nName: scipy_openblas64\nVersion: 0.3.30\n\nName: other\n"


def test_conda(make_files: MakeFiles) -> None:
    files = {
        "lib/libz.so.1.3.1": "",
        "conda-meta/libzlib-1.3.1-h86ecc28_2.json": json.dumps(CONDA),
        "licenses/libzlib/LICENSE": "z",
    }
    found = origin_of(make_files(files) / "lib/libz.so.1.3.1")
    assert found is not None
    assert (found.name, found.version) == ("libzlib", "1.3.1")
    assert found.licences == {"LICENSE": b"z"}
    assert found.purl == (
        "pkg:conda/libzlib@1.3.1?build=h86ecc28_2"
        "&channel=https%3A%2F%2Fconda.anaconda.org%2Fconda-forge%2F&subdir=linux-aarch64"
    )


@pytest.mark.parametrize("recorded", ["openblas/lib/libx.so", "../../openblas/lib/libx.so"])
@pytest.mark.parametrize("licence", ["licenses/LICENSE.txt", "LICENSE.txt"])
def test_a_wheel(make_files: MakeFiles, recorded: str, licence: str) -> None:
    info = "scipy_openblas64-0.3.30.dist-info"
    files = {
        "openblas/lib/libx.so": "",
        f"{info}/RECORD": f"{recorded},sha256=x,0\n{info}/RECORD,,\n",
        f"{info}/METADATA": METADATA,
        f"{info}/{licence}": "BSD",
    }
    found = origin_of(make_files(files) / "openblas/lib/libx.so")
    assert found is not None
    assert found.purl == "pkg:pypi/scipy-openblas64@0.3.30"
    assert found.licences == {"LICENSE.txt": b"BSD"}


@pytest.mark.parametrize("below", ["Release/armv8", ""])
def test_conan(make_files: MakeFiles, below: str) -> None:
    top = f"full_deploy/host/zlib/1.3.1/{below}".rstrip("/")
    files = {f"{top}/{name}": "z" for name in ("lib/libz.so", "conaninfo.txt", "licenses/LICENSE")}
    found = origin_of(make_files(files) / top / "lib/libz.so")
    assert found is not None
    assert (found.purl, found.licences) == ("pkg:conan/zlib@1.3.1", {"LICENSE": b"z"})


def test_vcpkg(make_files: MakeFiles) -> None:
    files = {
        "arm64-linux/lib/libz.so.1.3.1": "",
        "arm64-linux/share/zlib/copyright": "z",
        "vcpkg/info/zlib_1.3.1#2_arm64-linux.list": "arm64-linux/\narm64-linux/lib/libz.so.1.3.1\n",
        "vcpkg/info/other_1_arm64-linux.list": "arm64-linux/\narm64-linux/lib/libz.so\n",
    }
    found = origin_of(make_files(files) / "arm64-linux/lib/libz.so.1.3.1")
    assert found is not None
    assert (found.name, found.version, found.licences) == ("zlib", "1.3.1", {"copyright": b"z"})


def test_nobody_s(make_files: MakeFiles) -> None:
    files = {"lib/libx.so": "", "conda-meta/x.json": "{}", "x-1.dist-info/RECORD": "lib/libx.so,,"}
    assert origin_of(make_files(files) / "lib/libx.so") is None
