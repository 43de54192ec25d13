from __future__ import annotations

import ctypes
import re
import subprocess
import sys
from pathlib import Path

import pefile
import pytest

from crosshook.pythons.composed import compose
from crosshook.pythons.exports import dll_names, exports, posix_exports, python_exports
from crosshook.pythons.realise import realise
from crosshook.target.platforms import parse_platform
from crosshook.target.python_version import PythonVersion, running_python
from crosshook.target.stable_abi import stable_abi_names
from scripts.derive_exports import declared_names
from scripts.target_pythons import WINDOWS, headers_of, windows_python
from tests.conftest import py
from tests.pythons.test_composed import ZIG

VERSIONS = [py(f"3.{minor}") for minor in range(10, 16)]
FREE_THREADED = [py("3.13t"), py("3.14t"), py("3.15t")]

MODULE = """
#include <Python.h>
static PyObject *f(PyObject *self, PyObject *o) {
    if (PyObject_IsInstance(o, (PyObject *)&PyList_Type)) Py_RETURN_NONE;
    PyErr_SetString(PyExc_TypeError, "not a list");
    return NULL;
}
static PyMethodDef methods[] = {{"f", f, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "tiny", NULL, -1, methods};
PyMODINIT_FUNC PyInit_tiny(void) { return PyModule_Create(&definition); }
_Static_assert(sizeof(Py_ssize_t) == sizeof(void *), "Py_ssize_t");
"""


@pytest.mark.parametrize(
    ("version", "stable_abi"),
    [
        *((v, s) for v in VERSIONS for s in (False, True)),
        *((v, False) for v in FREE_THREADED),
        (py("3.15t"), True),
    ],
)
def test_lists_are_whole(version: PythonVersion, stable_abi: bool) -> None:
    found = exports(version, stable_abi=stable_abi)
    assert len(found) > (800 if stable_abi else 1500)
    assert list(found) == sorted(found)
    assert all(re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) for name in found)
    for name, data in {
        "PyList_Type": True,
        "_Py_NoneStruct": True,
        "PyExc_TypeError": True,
    }.items():
        assert found[name] is data
    assert found["PyModule_Create2"] is False


def test_names_that_a_list_of_other_origin_lacked() -> None:
    found = exports(py("3.13"), stable_abi=False)
    assert {"PyMutex_Lock", "PyCriticalSection_Begin"} <= found.keys()


@pytest.mark.parametrize("version", FREE_THREADED)
def test_what_free_threaded_builds_have_more(version: PythonVersion) -> None:
    found = exports(version, stable_abi=False).keys()
    with_gil = exports(py(version.dotted), stable_abi=False).keys()
    of_threads = {"PyUnstable_Module_SetGIL", "_Py_DecRefShared", "_Py_MergeZeroLocalRefcount"}
    assert of_threads <= found - with_gil
    assert with_gil <= found


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ("3.13", {"dynamic": "python313.dll", "dynamic_stableabi": "python3.dll"}),
        ("3.13t", {"dynamic": "python313t.dll"}),
        ("3.14t", {"dynamic": "python314t.dll"}),
        ("3.15", {"dynamic": "python315.dll", "dynamic_stableabi": "python3.dll"}),
        ("3.15t", {"dynamic": "python315t.dll", "dynamic_stableabi": "python3t.dll"}),
    ],
)
def test_names_of_dlls(version: str, names: dict[str, str]) -> None:
    assert dll_names(py(version)) == names


def test_3_15_has_the_stable_abi_of_both_builds() -> None:
    stable = exports(py("3.15"), stable_abi=True)
    assert exports(py("3.15t"), stable_abi=True) == stable
    # As CPython's test of the stable ABI lists it, and not on Windows.
    assert {"PyType_FromSlots", "PyABIInfo_Check", "PyErr_SetFromWindowsErr"} <= stable.keys()
    assert "PyOS_AfterFork_Child" not in stable
    win = parse_platform("win_arm64", source="test")
    found = python_exports(win, py("3.15"))
    assert set(found) == {"python315.dll", "python3.dll", "python3t.dll"}
    assert found["python3t.dll"] == found["python3.dll"] == stable.keys()
    assert set(python_exports(win, py("3.15t"))) == {"python315t.dll", "python3t.dll"}


@pytest.mark.integration
@pytest.mark.parametrize("version", [*VERSIONS, *FREE_THREADED], ids=str)
def test_lists_hold_what_the_headers_declare(tmp_path: Path, version: PythonVersion) -> None:
    # Of 3.10 to 3.13, whose lists are those of real DLLs. Py_FrozenMain is what freezers link in.
    nowhere = {"Py_FrozenMain", "_PyTrash_begin", "_PyTrash_end"}
    nowhere |= {"_PyCodec_Forget", "_PyTime_FromTimeval"}
    declared = declared_names(headers_of(version), version, tmp_path)
    assert len(declared) > 1100
    assert declared - exports(version, stable_abi=False).keys() <= nowhere


@pytest.mark.integration
@pytest.mark.parametrize("stable_abi", [False, True])
@pytest.mark.parametrize("version", WINDOWS)
@pytest.mark.parametrize("tag", ["win_arm64", "win_amd64", "win32", "manylinux_2_28_aarch64"])
def test_an_extension_links_to_what_was_composed(
    tmp_path: Path, tag: str, version: str, stable_abi: bool
) -> None:
    platform = parse_platform(tag, source="test")
    made = compose(
        platform,
        py(version),
        headers=windows_python(version) / "include",
        directory=tmp_path / "made",
        dlltool=(*ZIG, "dlltool"),
    )
    realise(made, tmp_path / "made")
    (tmp_path / "tiny.c").write_text(MODULE)
    flags = ["-Wall", "-Werror", "-shared", "-fPIC", "-fno-sanitize=undefined"]
    flags += ["-DPy_LIMITED_API=0x030a0000"] if stable_abi else []
    libraries = made.python.import_libraries
    library = libraries.get("dynamic_stableabi" if stable_abi else "dynamic")
    command = [*ZIG, "cc", "-target", platform.zig_target, *flags, "-Imade/include", "tiny.c"]
    subprocess.run(
        [*command, *([library] if library else []), "-o", "tiny.so"], check=True, cwd=tmp_path
    )
    if platform.system.name == "windows":
        with pefile.PE(str(tmp_path / "tiny.so")) as module:
            assert module.FILE_HEADER.Machine == platform.row.machine[1]
            imported = python_imports(module)
        (dll,) = imported
        assert dll == ("python3.dll" if stable_abi else f"python{py(version).digits}.dll")
        assert {"PyList_Type", "_Py_NoneStruct", "PyModule_Create2"} <= imported[dll]
        assert imported[dll] <= exports(py(version), stable_abi=stable_abi).keys()


def python_imports(module: pefile.PE) -> dict[str, set[str]]:
    """Return the names that a module imports from Python's DLLs, by DLL."""
    table = getattr(module, "DIRECTORY_ENTRY_IMPORT", ())
    found = {e.dll.decode().lower(): {i.name.decode() for i in e.imports} for e in table}
    return {dll: names for dll, names in found.items() if dll.startswith("python")}


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_pythons_for_posix_export_what_they_have_there(version: str) -> None:
    names = posix_exports(py(version))
    assert {"PyList_New", "Py_BuildValue", "PyOS_BeforeFork", "PyOS_AfterFork_Child"} <= names
    assert names.isdisjoint({"PyErr_SetFromWindowsErr", "PyUnicode_AsMBCSString"})
    assert "PyUnstable_Module_SetGIL" not in names


@pytest.mark.parametrize("version", ["3.13t", "3.14t", "3.15t"])
def test_free_threaded_pythons_for_posix(version: str) -> None:
    own, usual = posix_exports(py(version)), posix_exports(py(version.rstrip("t")))
    assert own > usual
    assert "PyUnstable_Module_SetGIL" in own


@pytest.mark.skipif(sys.platform == "win32", reason="Pythons for Windows have DLLs")
def test_the_python_that_runs_this_exports_what_its_list_says() -> None:
    version = running_python()
    loaded = ctypes.PyDLL(None)
    known = posix_exports(version)
    lacking = {name for name in known if not hasattr(loaded, name)}
    # Bug-fix releases add and take away private names; the list has those of several.
    assert len(lacking) < 10, lacking
    assert lacking.isdisjoint(exports(version, stable_abi=True))
    assert stable_abi_names(version, windows=False) - lacking <= known
    assert not hasattr(loaded, "PyErr_SetFromWindowsErr")
