"""What is said of a library that was packed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from crosshook.libraries.prefix import Prefix
from crosshook.libraries.provenance import Library, describe, documents
from crosshook.wheel.reading import read_wheel
from tests.factory import make_wheel
from tests.libraries.conftest import MakeFiles

FILES = {
    "lib/pkgconfig/other.pc": "Version: 2\nLibs: -lother -lz\nLibs.private: -lz\n",
    "lib/pkgconfig/zlib.pc": "Name: z\nVersion: 1.3.1\nLibs: -L/x -lz\n",
    "share/doc/zlib1g/copyright": "zlib's",
    "share/doc/libxml2/copyright": "libxml2's",
    "share/doc/libxml2-utils/copyright": "another's",
    "share/doc/libicu76/copyright": "ICU's",
    "LICENSE.txt": "of the one package of a prefix",
}


@pytest.mark.parametrize(
    ("packed", "said", "licences"),
    [
        ("x.libs/libz-93d1dbaf.so.1.3.1", "zlib 1.3.1", {"zlib1g/copyright"}),
        ("x.libs/libxml2-93d1dbaf.so.2.9.14", "libxml2 2.9.14", {"libxml2/copyright"}),
        ("x.libs/libicuuc-93d1dbaf.so.76.1", "libicuuc 76.1", set()),
        ("x.libs/yaml-93d1dbaf93d1dbaf.dll", "yaml", set()),
        ("x/.dylibs/libz.1.dylib", "zlib 1.3.1", {"zlib1g/copyright"}),
    ],
)
def test_libraries(make_files: MakeFiles, packed: str, said: str, licences: set[str]) -> None:
    found = describe(packed, (Prefix(root=make_files(FILES)),))
    assert found.said == said
    assert set(found.licences) == licences


@pytest.mark.skipif(os.name == "nt", reason="links are for those who may make them")
def test_a_library_of_another_name(make_files: MakeFiles) -> None:
    root = make_files(
        {"lib/pkgconfig/yaml-0.1.pc": "Version: 0.2.5\nLibs: -lyaml\n", "lib/libyaml-0.so.2": ""}
    )
    (root / "lib/libyaml.so").symlink_to("libyaml-0.so.2")
    found = describe("x.libs/libyaml-0-93d1dbaf.so.2", (Prefix(root=root),))
    assert found.said == "yaml-0.1 0.2.5"


def test_debians_package_by_its_list(make_files: MakeFiles) -> None:
    root = make_files(
        {
            "usr/lib/libexslt.so.0.8.20": "",
            "usr/share/doc/libxslt1.1/copyright": "libxslt's",
            "usr/share/doc/libexslt/copyright": "another's",
            "var/lib/dpkg/info/libxslt1.1:arm64.list": "/.\n/usr/lib/libexslt.so.0.8.20\n",
            "var/lib/dpkg/info/libexslt.list": "/usr/lib/libexslt.so.0.8\n",
        }
    )
    found = describe("x.libs/libexslt-93d1dbaf.so.0.8.20", (Prefix(root=root / "usr"),))
    assert found.licences == {"libxslt1.1/copyright": b"libxslt's"}


def test_a_prefix_of_one_package(make_files: MakeFiles) -> None:
    root = make_files({"yaml/lib/pkgconfig/yaml-0.1.pc": "Libs: -lyaml\n", "yaml/LICENSE": "MIT"})
    found = describe("x.libs/libyaml-12345678.so", (Prefix(root=root / "yaml"),))
    assert found.licences == {"yaml/LICENSE": b"MIT"}


def test_documents(tmp_path: Path) -> None:
    wheel = read_wheel(make_wheel(tmp_path, {}))
    library = Library(name="zlib", version="1.3.1", licences={"zlib1g/copyright": b"zlib's"})
    files = documents(wheel, {"demo.libs/libz.so.1": library})
    assert files["licenses/zlib1g/copyright"] == b"zlib's"
    bom = json.loads(files["sboms/crosshook.cdx.json"])
    assert bom["metadata"]["component"]["purl"] == "pkg:pypi/demo@1.0"
    (component,) = bom["components"]
    assert (component["name"], component["version"]) == ("zlib", "1.3.1")
    assert component["evidence"]["occurrences"] == [{"location": "demo.libs/libz.so.1"}]
    assert documents(wheel, {}) == {}
