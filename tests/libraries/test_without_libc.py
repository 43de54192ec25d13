"""libc's files never get in front of the toolchain's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crosshook.libraries.prefix import Prefix
from crosshook.libraries.without_libc import compiler_headers, has_libc, links
from tests.libraries.conftest import MakeFiles

MULTIARCH = "aarch64-linux-gnu"


def tree(make_files: MakeFiles) -> Path:
    return make_files(
        {
            "usr/include/stdio.h": "",
            "usr/include/zlib.h": "",
            "usr/include/sys/own.h": "",
            "usr/include/libxml2/libxml/parser.h": "",
            f"usr/include/{MULTIARCH}/sys/types.h": "",
            f"usr/include/{MULTIARCH}/zconf.h": "",
            f"usr/lib/{MULTIARCH}/libc.so": "",
            f"usr/lib/{MULTIARCH}/libm.so.6": "",
            f"usr/lib/{MULTIARCH}/crt1.o": "",
            f"usr/lib/{MULTIARCH}/libz.a": "",
            f"usr/lib/{MULTIARCH}/pkgconfig/zlib.pc": "",
            f"lib/{MULTIARCH}/libz.so.1.2": "",
            "usr/bin/z-config": "",
        }
    )


HEADERS = ("stdio.h", "sys/types.h", "linux/types.h")


def test_has_libc(make_files: MakeFiles, tmp_path: Path) -> None:
    assert has_libc(Prefix(root=tree(make_files) / "usr", multiarch=MULTIARCH))
    (tmp_path / "usr/include/stdio.h").unlink()
    assert not has_libc(Prefix(root=tmp_path / "usr", multiarch=MULTIARCH))


def test_what_is_left(make_files: MakeFiles) -> None:
    root = tree(make_files)
    (root / f"usr/lib/{MULTIARCH}/libz.so").symlink_to(f"/lib/{MULTIARCH}/libz.so.1.2")
    found = links(Prefix(root=root / "usr", multiarch=MULTIARCH), root, HEADERS)
    assert found == {
        "include/zlib.h": f"{root}/usr/include/zlib.h",
        "include/sys/own.h": f"{root}/usr/include/sys/own.h",
        "include/libxml2": f"{root}/usr/include/libxml2",
        f"include/{MULTIARCH}/zconf.h": f"{root}/usr/include/{MULTIARCH}/zconf.h",
        f"lib/{MULTIARCH}/libz.a": f"{root}/usr/lib/{MULTIARCH}/libz.a",
        f"lib/{MULTIARCH}/pkgconfig": f"{root}/usr/lib/{MULTIARCH}/pkgconfig",
        f"lib/{MULTIARCH}/libz.so": f"{root}/lib/{MULTIARCH}/libz.so.1.2",
        f"lib/{MULTIARCH}/libz.so.1.2": f"{root}/lib/{MULTIARCH}/libz.so.1.2",
        "bin": f"{root}/usr/bin",
    }


def test_a_link_that_leads_nowhere_is_left_out(make_files: MakeFiles) -> None:
    root = tree(make_files)
    (root / f"usr/lib/{MULTIARCH}/libq.so").symlink_to("libq.so.1")
    found = links(Prefix(root=root / "usr", multiarch=MULTIARCH), root, HEADERS)
    assert f"lib/{MULTIARCH}/libq.so" not in found


@pytest.mark.skipif(os.name == "nt", reason="the compiler's output has paths with slashes")
def test_what_a_compiler_has_itself(make_files: MakeFiles) -> None:
    root = make_files({"own/stdio.h": "", "own/sys/types.h": "", "other/x.h": ""})
    output = (
        f'#include "..." search starts here:\n#include <...> search starts here:\n {root}/own\n'
    )
    assert compiler_headers(f"{output}End of search list.\n") == {"stdio.h", "sys/types.h"}
    assert compiler_headers("") == frozenset()
