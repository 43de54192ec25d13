"""What is in a prefix, and that it says where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from crosshook.libraries.prefix import Prefix
from tests.libraries.conftest import MakeFiles

PACKAGE = """\
prefix=/usr/local
exec_prefix=${prefix}
libdir=/usr/local/lib
includedir=${prefix}/include

Name: demo
Libs: -L${libdir} -ldemo
Libs.private: -lz -lm
Requires.private: zlib
Cflags: -I/usr/local/include/demo -I/usr/localised
"""


def test_directories(make_files: MakeFiles) -> None:
    root = make_files(
        {
            "include/a.h": "",
            "include/aarch64-linux-gnu/b.h": "",
            "lib/aarch64-linux-gnu/pkgconfig/a.pc": "",
            "share/pkgconfig/b.pc": "",
        }
    )
    prefix = Prefix(root=root, multiarch="aarch64-linux-gnu")
    assert prefix.include == (f"{root}/include", f"{root}/include/aarch64-linux-gnu")
    assert prefix.library == (f"{root}/lib", f"{root}/lib/aarch64-linux-gnu")
    assert set(prefix.package_files()) == {"a.pc", "b.pc"}
    assert prefix.has_multiarch
    assert Prefix(root=root).include == (f"{root}/include",)


def test_a_package_file_says_where_it_is(make_files: MakeFiles) -> None:
    root = make_files({"lib/pkgconfig/demo.pc": PACKAGE, "lib/libdemo.so": ""})
    text = Prefix(root=root).package_files()["demo.pc"]
    assert f"prefix={root}\n" in text
    assert f"libdir={root}/lib\n" in text
    assert f"-I{root}/include/demo -I/usr/localised\n" in text
    assert "Libs: -L${libdir} -ldemo\nLibs.private" in text


@pytest.mark.parametrize("stated", ["C:/deps", r"C:\deps", "@@HOMEBREW_CELLAR@@/demo/1.0"])
def test_a_prefix_of_another_system(make_files: MakeFiles, stated: str) -> None:
    root = make_files({"lib/pkgconfig/demo.pc": f"prefix={stated}\nlibdir={stated}/lib\n"})
    text = Prefix(root=root).package_files()["demo.pc"]
    assert text == f"prefix={root}\nlibdir={root}/lib\n"


@pytest.mark.parametrize("root", ["${pcfiledir}/../..", "{root}"])
def test_one_that_is_right_already(make_files: MakeFiles, tmp_path: Path, root: str) -> None:
    stated = root.replace("{root}", str(tmp_path))
    make_files({"lib/pkgconfig/demo.pc": f"prefix={stated}\nlibdir=${{prefix}}/lib\n"})
    text = Prefix(root=tmp_path).package_files()["demo.pc"]
    (line, *_) = text.splitlines()
    assert Path(line.removeprefix("prefix=")).resolve() == tmp_path.resolve()


def test_one_that_states_no_prefix(make_files: MakeFiles) -> None:
    package = "Cflags: -I/usr/include/demo -I/usr/include/other\nLibs: -L/usr/lib/demo -ldemo\n"
    root = make_files(
        {"lib/pkgconfig/demo.pc": package, "include/demo/a.h": "", "lib/demo/libdemo.so": ""}
    )
    assert Prefix(root=root).package_files()["demo.pc"] == (
        f"Cflags: -I{root}/include/demo -I/usr/include/other\nLibs: -L{root}/lib/demo -ldemo\n"
    )


def test_static_libraries_are_linked_with_what_they_need(make_files: MakeFiles) -> None:
    root = make_files({"lib/pkgconfig/demo.pc": PACKAGE, "lib/libdemo.a": ""})
    text = Prefix(root=root).package_files()["demo.pc"]
    assert "Libs: -L${libdir} -ldemo -lz -lm\n" in text
    assert "Requires:  zlib\n" in text
    assert "private" not in text


def test_scripts(make_files: MakeFiles) -> None:
    script = "#!/bin/sh\nprefix=/usr\necho -I$prefix/include -I/usr/include/x\n"
    names = ("x-config", "x_config", "xconfig", "other")
    root = make_files({**{f"bin/{name}": script for name in names}, "bin/y-config": b"\x7fELF"})
    scripts = Prefix(root=root).scripts()
    assert list(scripts) == ["x-config", "x_config"]
    assert f"prefix={root}\n" in scripts["x-config"]
    assert f"-I{root}/include/x" in scripts["x-config"]
