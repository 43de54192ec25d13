"""Where each system's loader looks for the libraries that a file is linked to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target, target_remarks
from tests.factory import make_elf, make_mach_o, make_pe, make_wheel, make_zip
from tests.wheel.conftest import MakePromise

GLIBC, MUSL = "manylinux_2_28_aarch64", "musllinux_1_2_aarch64"
MACOS, WINDOWS = "macosx_11_0_arm64", "win_arm64"
NAMES = {
    GLIBC: "demo/_core.cpython-313-aarch64-linux-gnu.so",
    MUSL: "demo/_core.cpython-313-aarch64-linux-musl.so",
    MACOS: "demo/_core.cpython-313-darwin.so",
    WINDOWS: "demo/_core.cp313-win_arm64.pyd",
}
RPATH, RUNPATH, SONAME = 15, 29, 14


def problems(directory: Path, promise: Promise, files: Mapping[str, bytes]) -> tuple[str, ...]:
    tag = f"cp313-cp313-{promise.platform.tag}"
    try:
        accept_for_target(make_wheel(directory, files, tag=tag, purelib=False), promise)
    except RefusedWheel as refused:
        return refused.problems
    return ()


def elf(*needed: str, rpath: str = "", runpath: str = "", soname: str = "") -> bytes:
    texts = {RPATH: rpath, RUNPATH: runpath, SONAME: soname}
    return make_elf(
        needed=needed, exports=("x",), paths={tag: text for tag, text in texts.items() if text}
    )


def dylib(*needed: str, rpaths: tuple[str, ...] = (), name: str | None = None) -> bytes:
    return make_mach_o(needed=needed, exports=("x",), rpaths=rpaths, name=name)


def dll(*needed: str) -> bytes:
    return make_pe(imports=dict.fromkeys(needed, ("x",)), exports=("x",))


LIB = elf(soname="libdemo.so.1")


@pytest.mark.parametrize(
    ("module", "place"),
    [
        (elf("libdemo.so.1", runpath="$ORIGIN/../demo.libs"), "demo.libs/libdemo.so.1"),
        (elf("libdemo.so.1", rpath="$ORIGIN/../demo.libs"), "demo.libs/libdemo.so.1"),
        (elf("libdemo.so.1", runpath="/opt:${ORIGIN}"), "demo/libdemo.so.1"),
        (elf("$ORIGIN/sub/libdemo.so.1"), "demo/sub/libdemo.so.1"),
        (
            elf("libdemo.so.1", runpath="$ORIGIN/../../../../lib/demo"),
            "demo-1.0.data/data/lib/demo/libdemo.so.1",
        ),
        (elf("libdemo.so.1", runpath="$ORIGIN"), "demo-1.0.data/platlib/demo/libdemo.so.1"),
    ],
)
def test_libraries_that_elfs_loader_finds(
    tmp_path: Path, make_promise: MakePromise, module: bytes, place: str
) -> None:
    assert problems(tmp_path, make_promise(GLIBC), {NAMES[GLIBC]: module, place: LIB}) == ()


@pytest.mark.parametrize(
    ("module", "place", "content"),
    [
        (elf("libdemo.so.1"), "demo/libdemo.so.1", LIB),
        (elf("libdemo.so.1", runpath="/demo"), "demo/libdemo.so.1", LIB),
        (elf("libdemo.so.1", runpath="$ORIGIN/libs"), "demo/libdemo.so.1", LIB),
        (elf("libdemo.so.1", runpath="$ORIGIN"), "demo/LIBDEMO.SO.1", LIB),
        (elf("libdemo.so.1", runpath="$ORIGIN"), "demo/libdemo.so.1", b"no library"),
        (elf("libdemo.so.1", rpath="$ORIGIN", runpath="$ORIGIN/x"), "demo/libdemo.so.1", LIB),
        (elf("/usr/local/lib/libdemo.so.1"), "demo/libdemo.so.1", LIB),
        (elf("demo/libdemo.so.1", runpath="$ORIGIN/.."), "demo/libdemo.so.1", LIB),
    ],
)
def test_libraries_that_elfs_loader_does_not_find(
    tmp_path: Path, make_promise: MakePromise, module: bytes, place: str, content: bytes
) -> None:
    files = {NAMES[GLIBC]: module, place: content}
    (problem,) = problems(tmp_path, make_promise(GLIBC), files)
    assert "which not every manylinux_2_28_aarch64 has; " in problem
    assert f"{place} is not where its loader looks for a library of that name" in problem


def test_a_library_of_a_library(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {"demo.libs/liba.so": elf("libb.so", soname="liba.so"), "demo.libs/libb.so": elf()}
    by_rpath = {NAMES[GLIBC]: elf("liba.so", rpath="$ORIGIN/../demo.libs"), **files}
    assert problems(tmp_path, make_promise(GLIBC), by_rpath) == ()
    # glibc goes by RUNPATH for what the file itself needs, and musl for what that needs as well.
    by_runpath = {NAMES[GLIBC]: elf("liba.so", runpath="$ORIGIN/../demo.libs"), **files}
    (problem,) = problems(tmp_path, make_promise(GLIBC), by_runpath)
    assert problem.startswith("demo.libs/liba.so: linked to libb.so, which not every")
    on_musl = {NAMES[MUSL]: elf("liba.so", runpath="$ORIGIN/../demo.libs"), **files}
    on_musl = {name: data.replace(b"libc.so.6", b"libc.so\0\0") for name, data in on_musl.items()}
    assert problems(tmp_path, make_promise(MUSL), on_musl) == ()


def test_a_library_that_is_loaded_already(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {
        NAMES[GLIBC]: elf("libdemo-1a2b.so", "liba.so", runpath="$ORIGIN"),
        "demo/libdemo-1a2b.so": elf(soname="libdemo.so.1"),
        "demo/liba.so": elf("libdemo.so.1"),
    }
    assert problems(tmp_path, make_promise(GLIBC), files) == ()


@pytest.mark.parametrize(
    ("module", "place"),
    [
        (dylib("@loader_path/.dylibs/libdemo.dylib"), "demo/.dylibs/libdemo.dylib"),
        (dylib("@loader_path/../libdemo.dylib"), "libdemo.dylib"),
        (dylib("@rpath/libdemo.dylib", rpaths=("@loader_path/lib",)), "demo/lib/libdemo.dylib"),
        (dylib("@rpath/libdemo.dylib", rpaths=("/opt", "@loader_path")), "demo/libdemo.dylib"),
    ],
)
def test_libraries_that_dyld_finds(
    tmp_path: Path, make_promise: MakePromise, module: bytes, place: str
) -> None:
    assert problems(tmp_path, make_promise(MACOS), {NAMES[MACOS]: module, place: dylib()}) == ()


@pytest.mark.parametrize(
    ("library", "rpaths"),
    [
        ("@rpath/libdemo.dylib", ()),
        ("@rpath/libdemo.dylib", ("/usr/local/lib",)),
        ("@executable_path/libdemo.dylib", ()),
        ("@loader_path/Libdemo.dylib", ()),
        ("/usr/local/lib/libdemo.dylib", ()),
        ("/Library/Frameworks/libdemo.dylib", ()),
        ("libdemo.dylib", ()),
    ],
)
def test_libraries_that_dyld_does_not_find(
    tmp_path: Path, make_promise: MakePromise, library: str, rpaths: tuple[str, ...]
) -> None:
    files = {NAMES[MACOS]: dylib(library, rpaths=rpaths), "demo/libdemo.dylib": dylib()}
    (problem,) = problems(tmp_path, make_promise(MACOS), files)
    assert f"linked to {library}, which not every macosx_11_0_arm64 has" in problem


def test_rpaths_of_what_loads_a_library(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {
        NAMES[MACOS]: dylib("@rpath/liba.dylib", rpaths=("@loader_path/lib",)),
        "demo/lib/liba.dylib": dylib("@rpath/libb.dylib", name="@rpath/liba.dylib"),
        "demo/lib/libb.dylib": dylib(name="@rpath/libb.dylib"),
    }
    assert problems(tmp_path, make_promise(MACOS), files) == ()


def test_weak_libraries_may_be_missing(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_mach_o(weak=("@rpath/libgone.dylib",))
    assert problems(tmp_path, make_promise(MACOS), {NAMES[MACOS]: data}) == ()


def test_libraries_that_dyld_finds_in_usr_lib_at_the_end(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    assert (
        problems(tmp_path, make_promise(MACOS), {NAMES[MACOS]: dylib("@rpath/libz.1.dylib")}) == ()
    )


def test_dlls(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = make_promise(WINDOWS)
    module = NAMES[WINDOWS]
    assert problems(tmp_path, promise, {module: dll("Demo.dll"), "demo/demo.DLL": dll()}) == ()
    elsewhere = {module: dll("demo.dll"), "demo.libs/demo.dll": dll()}
    (problem,) = problems(tmp_path, promise, elsewhere)
    assert problem == (
        f"{module}: imports demo.dll, which neither Windows nor CPython brings; demo.libs/demo.dll "
        "is not where its loader looks for a library of that name"
    )
    added = {**elsewhere, "demo/__init__.py": b"import os\nos.add_dll_directory('...')\n"}
    assert problems(tmp_path, promise, added) == ()
    # In a directory beside that of the module that Python loads, its own one does not count.
    files = {module: dll("a.dll"), "demo/a.dll": dll("b.dll"), "demo/sub/b.dll": dll()}
    (problem,) = problems(tmp_path, promise, files)
    assert problem.startswith("demo/a.dll: imports b.dll, which neither")


def test_a_text_of_a_dlls_name(tmp_path: Path, make_promise: MakePromise) -> None:
    files = {NAMES[WINDOWS]: dll("demo.dll"), "demo/demo.dll": b"demo"}
    (problem,) = problems(tmp_path, make_promise(WINDOWS), files)
    assert "imports demo.dll, which neither Windows nor CPython brings" in problem


def test_archives_inside_are_apart(tmp_path: Path, make_promise: MakePromise) -> None:
    inside = {"demo/liba.so": elf("libb.so", runpath="$ORIGIN"), "demo/libb.so": elf()}
    files = {NAMES[GLIBC]: elf(), "demo/vendored.zip": make_zip(inside)}
    assert problems(tmp_path, make_promise(GLIBC), files) == ()
    files["demo/vendored.zip"] = make_zip({"demo/liba.so": inside["demo/liba.so"]})
    files["demo/libb.so"] = elf()
    (problem,) = problems(tmp_path, make_promise(GLIBC), files)
    assert problem.startswith("demo/vendored.zip:demo/liba.so: linked to libb.so")


@pytest.mark.parametrize(
    ("tag", "data", "path"),
    [
        (GLIBC, elf(runpath="/opt/lib:$ORIGIN"), "/opt/lib"),
        (GLIBC, elf(rpath="build/lib"), "build/lib"),
        (GLIBC, elf(rpath="/usr/lib64:/lib"), None),
        (MACOS, dylib(rpaths=("/Users/me/lib", "@loader_path")), "/Users/me/lib"),
    ],
)
def test_directories_of_the_build_machine_are_remarked(
    tmp_path: Path, make_promise: MakePromise, tag: str, data: bytes, path: str | None
) -> None:
    promise = make_promise(tag)
    wheel_tag = f"cp313-cp313-{tag}"
    made = make_wheel(tmp_path, {NAMES[tag]: data}, tag=wheel_tag, purelib=False)
    remarks = target_remarks(accept_for_target(made, promise), promise)
    said = f"{NAMES[tag]}: looks for libraries in {path}, a path of the build machine"
    assert [remark for remark in remarks if "looks for" in remark] == ([said] if path else [])


@pytest.mark.parametrize(
    ("name", "said"),
    [("/tmp/build/_core.so", True), ("@rpath/_core.so", False), ("/DLC/demo/x.dylib", False)],
)
def test_an_install_name_of_the_build_machine_is_remarked(
    tmp_path: Path, make_promise: MakePromise, name: str, said: bool
) -> None:
    promise = make_promise(MACOS)
    files = {NAMES[MACOS]: dylib(name=name)}
    made = make_wheel(tmp_path, files, tag=f"cp313-cp313-{MACOS}", purelib=False)
    remarks = target_remarks(accept_for_target(made, promise), promise)
    remark = f"{NAMES[MACOS]}: calls itself {name}, a path of the build machine"
    assert (remark in remarks) == said
