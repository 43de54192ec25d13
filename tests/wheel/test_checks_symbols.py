"""Symbols that a file needs, against what Python, the system and the wheel define."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from crosshook.errors import RefusedWheel
from crosshook.pythons.exports import python_exports
from crosshook.target.platforms import parse_platform
from crosshook.target.promise import Promise
from crosshook.wheel.checks import accept_for_target
from tests.conftest import py
from tests.factory import make_elf, make_mach_o, make_pe, make_wheel
from tests.wheel.conftest import MakePromise

GLIBC, MUSL = "manylinux_2_28_aarch64", "musllinux_1_2_aarch64"
MACOS, WINDOWS = "macosx_11_0_arm64", "win_arm64"
NAMES = {
    GLIBC: "demo/_core.cpython-313-aarch64-linux-gnu.so",
    MUSL: "demo/_core.cpython-313-aarch64-linux-musl.so",
    MACOS: "demo/_core.cpython-313-darwin.so",
}
LIBCS = {
    GLIBC: "libc.so.6",
    MUSL: "libc.musl-aarch64.so.1",
    MACOS: "/usr/lib/libSystem.B.dylib",
}


def promise_with_exports(make_promise: MakePromise, tag: str, version: str = "3.13") -> Promise:
    exports = python_exports(parse_platform(tag, source="test"), py(version))
    return make_promise(tag, version, exports=exports)


def make_module(
    tag: str,
    imports: Sequence[str] = (),
    *,
    needed: Sequence[str] = (),
    exports: Sequence[str] = ("PyInit__core",),
) -> bytes:
    libraries = (LIBCS[tag], *needed)
    if tag == MACOS:
        return make_mach_o(needed=libraries, imports=imports, exports=exports)
    return make_elf(needed=libraries, imports=imports, exports=exports, paths={29: "$ORIGIN"})


def problems(
    directory: Path,
    promise: Promise,
    data: bytes,
    *,
    name: str | None = None,
    tag: str = "cp313-cp313",
    files: Mapping[str, bytes] | None = None,
) -> tuple[str, ...]:
    platform = promise.platform.tag
    everything = {name or NAMES[platform]: data, **(files or {})}
    path = make_wheel(directory, everything, tag=f"{tag}-{platform}", purelib=False)
    try:
        accept_for_target(path, promise)
    except RefusedWheel as refused:
        return refused.problems
    return ()


@pytest.mark.parametrize("tag", NAMES)
def test_what_python_and_the_c_library_define(
    tmp_path: Path, make_promise: MakePromise, tag: str
) -> None:
    imports = ("PyList_New", "_PyLong_AsTime_t", "PyOS_BeforeFork", "PyExc_OSError", "memcpy")
    data = make_module(tag, imports)
    assert problems(tmp_path, promise_with_exports(make_promise, tag), data) == ()


@pytest.mark.parametrize("tag", NAMES)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("__kmpc_fork_call", "it is linked without LLVM's OpenMP runtime"),
        ("GOMP_parallel", "it is linked without GCC's OpenMP runtime"),
        ("__asan_init", "it is linked without AddressSanitizer's runtime"),
        ("deflate", "neither Python nor a library that it is linked to"),
    ],
)
def test_what_nothing_defines(
    tmp_path: Path, make_promise: MakePromise, tag: str, name: str, why: str
) -> None:
    (problem,) = problems(
        tmp_path, promise_with_exports(make_promise, tag), make_module(tag, ("PyList_New", name))
    )
    assert problem.startswith(f"{NAMES[tag]}: needs {name}, which nothing defines")
    assert why in problem


@pytest.mark.parametrize("tag", NAMES)
def test_names_of_another_build_of_python(
    tmp_path: Path, make_promise: MakePromise, tag: str
) -> None:
    data = make_module(tag, ("_Py_MergeZeroLocalRefcount", "_Py_DecRefShared", "PyList_New"))
    (problem,) = problems(tmp_path, promise_with_exports(make_promise, tag), data)
    assert problem == (
        f"{NAMES[tag]}: needs _Py_DecRefShared, _Py_MergeZeroLocalRefcount, which Python 3.13 lacks"
    )


def test_names_of_the_free_threaded_build_in_that_build(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    name = NAMES[GLIBC].replace("313", "313t")
    promise = promise_with_exports(make_promise, GLIBC, "3.13t")
    data = make_module(GLIBC, ("_Py_MergeZeroLocalRefcount", "PyUnstable_Module_SetGIL"))
    assert problems(tmp_path, promise, data, name=name, tag="cp313-cp313t") == ()


def test_names_that_only_windows_has(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_module(GLIBC, ("PyErr_SetFromWindowsErr",))
    (problem,) = problems(tmp_path, promise_with_exports(make_promise, GLIBC), data)
    assert "needs PyErr_SetFromWindowsErr, which Python 3.13 lacks" in problem


def test_a_python_whose_exports_are_not_known(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_module(GLIBC, ("PyOf_Tomorrow", "Pyramid_New"))
    (problem,) = problems(tmp_path, make_promise(GLIBC), data)
    assert "needs Pyramid_New, which nothing defines" in problem


@pytest.mark.parametrize("tag", NAMES)
@pytest.mark.parametrize(
    ("abi", "name", "oldest"),
    [
        ("cp38-abi3", "PyUnicode_AsUTF8", "3.8"),
        ("cp38-abi3", "_PyLong_AsInt", "3.8"),
        ("cp310-abi3", "PyObject_GetTypeData", "3.10"),
        ("cp312-abi3", "PyObject_GetTypeData", None),
        ("cp32-abi3", "PyList_New", None),
    ],
)
def test_the_stable_abi_of_the_oldest_python(
    tmp_path: Path, make_promise: MakePromise, tag: str, abi: str, name: str, oldest: str | None
) -> None:
    promise = promise_with_exports(make_promise, tag)
    data = make_module(tag, (name,))
    said = problems(tmp_path, promise, data, name="demo/_core.abi3.so", tag=abi)
    expected = (
        f"demo/_core.abi3.so: needs {name}, which the stable ABI of Python {oldest} lacks, and the "
        f"tag {abi}-{tag} promises it",
    )
    assert said[-1:] == (expected if oldest else ())


def test_the_stable_abi_on_windows(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = promise_with_exports(make_promise, WINDOWS)
    data = make_pe(imports={"python3.dll": ("PyObject_GetTypeData", "PyErr_SetFromWindowsErr")})
    (problem,) = problems(tmp_path, promise, data, name="demo/_core.pyd", tag="cp310-abi3")
    assert "needs PyObject_GetTypeData, which the stable ABI of Python 3.10 lacks" in problem


@pytest.mark.parametrize("tag", NAMES)
def test_what_another_file_of_the_wheel_defines(
    tmp_path: Path, make_promise: MakePromise, tag: str
) -> None:
    promise = promise_with_exports(make_promise, tag)
    library = "@loader_path/libdemo.so" if tag == MACOS else "libdemo.so"
    data = make_module(tag, ("run", "PyDemo_Run"), needed=(library,))
    made = make_module(tag, exports=("run", "PyDemo_Run"))
    assert problems(tmp_path, promise, data, files={"demo/libdemo.so": made}) == ()
    # Being in the wheel is not enough: it has to be linked.
    data = make_module(tag, ("run",))
    (problem,) = problems(tmp_path, promise, data, files={"demo/libdemo.so": made})
    assert "needs run, which nothing defines" in problem


def test_a_library_whose_symbols_come_from_the_module_that_loads_it(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    data = make_module(GLIBC, needed=("liba.so", "libb.so"))
    files = {
        "demo/liba.so": make_module(GLIBC, ("of_b",), exports=()),
        "demo/libb.so": make_module(GLIBC, exports=("of_b",)),
    }
    assert problems(tmp_path, promise_with_exports(make_promise, GLIBC), data, files=files) == ()


def test_a_symbol_that_its_library_in_the_wheel_lacks(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    data = make_mach_o(needed=("@loader_path/libdemo.dylib",), imports=("run@1", "gone@1"))
    files = {"demo/libdemo.dylib": make_mach_o(exports=("run",))}
    (problem,) = problems(tmp_path, promise_with_exports(make_promise, MACOS), data, files=files)
    assert problem == f"{NAMES[MACOS]}: needs gone from demo/libdemo.dylib, which lacks it"
    name = "demo/_core.cp313-win_arm64.pyd"
    data = make_pe(imports={"demo.dll": ("run", "gone")})
    (problem,) = problems(
        tmp_path,
        promise_with_exports(make_promise, WINDOWS),
        data,
        name=name,
        files={"demo/demo.dll": make_pe(exports=("run",))},
    )
    assert problem == f"{name}: needs gone from demo/demo.dll, which lacks it"


def test_versioned_symbols_are_of_their_library(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_elf(
        needed=("libc.so.6",),
        versions={"libc.so.6": ("GLIBC_2.17",)},
        imports=("anything@GLIBC_2.17",),
    )
    assert problems(tmp_path, promise_with_exports(make_promise, GLIBC), data) == ()


def test_symbols_without_a_version_may_be_newer_than_the_tag(
    tmp_path: Path, make_promise: MakePromise
) -> None:
    promise = promise_with_exports(make_promise, GLIBC)
    assert problems(tmp_path, promise, make_elf(imports=("getentropy",))) == ()
    (problem,) = problems(tmp_path, promise, make_elf(imports=("arc4random",)))
    assert "needs arc4random, which nothing defines" in problem


@pytest.mark.parametrize("linked", [True, False])
def test_a_library_that_the_tag_promises(
    tmp_path: Path, make_promise: MakePromise, linked: bool
) -> None:
    data = make_module(GLIBC, ("deflateInit_",), needed=("libz.so.1",) if linked else ())
    said = problems(tmp_path, promise_with_exports(make_promise, GLIBC), data)
    assert (said == ()) == linked


def test_libraries_of_macos_that_are_not_known(tmp_path: Path, make_promise: MakePromise) -> None:
    promise = promise_with_exports(make_promise, MACOS)
    frameworks = ("/usr/lib/libobjc.A.dylib",)
    data = make_module(MACOS, ("objc_msgSend",), needed=frameworks)
    assert problems(tmp_path, promise, data) == ()
    (problem,) = problems(
        tmp_path, promise, make_module(MACOS, ("__kmpc_barrier",), needed=frameworks)
    )
    assert "linked without LLVM's OpenMP runtime" in problem


def test_programs_get_nothing_from_python(tmp_path: Path, make_promise: MakePromise) -> None:
    data = make_elf(imports=("PyList_New",), kind=2)
    (problem,) = problems(
        tmp_path, promise_with_exports(make_promise, GLIBC), data, name="demo-1.0.data/scripts/demo"
    )
    assert "needs PyList_New, which nothing defines" in problem


def test_many_names_are_cut_short(tmp_path: Path, make_promise: MakePromise) -> None:
    names = tuple(f"missing_{number:02}" for number in range(20))
    (problem,) = problems(
        tmp_path, promise_with_exports(make_promise, GLIBC), make_module(GLIBC, names)
    )
    assert "missing_07 and 12 more, which nothing defines" in problem
