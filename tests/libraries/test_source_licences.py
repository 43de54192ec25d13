"""The licences of libraries that commands build from source."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from crosshook.libraries.prefix import Prefix
from crosshook.libraries.source_licences import licences_named, shared_libraries
from tests.libraries.conftest import MakeFiles

FILES = {
    "project/LICENSE": "the project's",
    "project/vendor/yaml/License": "MIT",
    "project/vendor/yaml/src/api.c": "",
    "project/build/CMakeCache.txt": "",
    "zlib 1.3/LICENSE": "zlib",
    "zlib 1.3/Makefile": "",
    "zlib 1.3/NOTICE.md": "a notice",
    "other/LICENSE": "another",
}
ZLIB = {"LICENSE": b"zlib", "NOTICE.md": b"a notice"}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("cmake -S vendor/yaml -B build -DCMAKE_INSTALL_PREFIX=/x", {"License": b"MIT"}),
        ("cmake -Svendor/yaml -Bbuild", {"License": b"MIT"}),
        ("cd {top}/zlib\\ 1.3 && ./configure --prefix=/x && make install", ZLIB),
        ("make -C '{top}/zlib 1.3' install", ZLIB),
        ("make -f '{top}/zlib 1.3/Makefile' install", ZLIB),
        # Which of them is whose, nothing says.
        ("make -C ../other && make -C '../zlib 1.3'", {**ZLIB, "LICENSE": b"another"}),
        ("cc -shared vendor/yaml/src/api.c -o /x/lib/libyaml.so", {}),
        ("cmake . && make -C build install", {}),
        ("make 'PREFIX=", {}),
        ("", {}),
    ],
)
def test_what_a_command_names(
    make_files: MakeFiles, command: str, found: Mapping[str, bytes]
) -> None:
    top = make_files(FILES)
    licences = dict(licences_named([command.replace("{top}", str(top))], top / "project"))
    assert licences.pop("LICENSE.zlib 1.3", b"zlib") == b"zlib"
    assert licences == found


def test_several_commands(make_files: MakeFiles) -> None:
    commands = ["cmake -S vendor/yaml -B build", "cmake --build build --target install"]
    assert licences_named(commands, make_files(FILES) / "project") == {"License": b"MIT"}


def test_libraries_that_are_installed(make_files: MakeFiles) -> None:
    names = {"lib/libz.so", "lib/libz.so.1.3", "lib/libz.1.dylib", "bin/zlib1.dll"}
    files = dict.fromkeys({*names, "lib/libz.a", "bin/tool", "include/z.so.h"}, "")
    root = make_files(files)
    found = shared_libraries(Prefix(root=root))
    assert {file.relative_to(root).as_posix() for file in found} == names
