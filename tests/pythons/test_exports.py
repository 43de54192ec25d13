from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pefile
import pytest

from crosshook import _effects
from crosshook.platforms import parse_platform
from crosshook.python_version import PythonVersion
from crosshook.pythons.composed import compose
from crosshook.pythons.exports import dll_names, exports
from crosshook.pythons.pyconfig import render_pyconfig_h
from scripts.target_pythons import WINDOWS, headers_of, windows_python
from tests.conftest import py
from tests.pythons.test_composed import ZIG

VERSIONS = [py(f"3.{minor}") for minor in range(10, 15)]
FREE_THREADED = [py("3.13t"), py("3.14t")]

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
    [*((v, s) for v in VERSIONS for s in (False, True)), *((v, False) for v in FREE_THREADED)],
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


@pytest.mark.integration
@pytest.mark.parametrize("version", [*VERSIONS, *FREE_THREADED], ids=str)
def test_lists_hold_what_the_headers_declare(tmp_path: Path, version: PythonVersion) -> None:
    # Of 3.10 to 3.13, whose lists are those of real DLLs. Py_FrozenMain is what freezers link in.
    nowhere = {"Py_FrozenMain", "_PyTrash_begin", "_PyTrash_end"}
    nowhere |= {"_PyCodec_Forget", "_PyTime_FromTimeval"}
    declared = declared_names(headers_of(version), version, tmp_path)
    assert len(declared) > 1100
    assert declared - exports(version, stable_abi=False).keys() <= nowhere


def declared_names(headers: Path, version: PythonVersion, work: Path) -> set[str]:
    """Return what Python.h declares with PyAPI_FUNC and PyAPI_DATA, as compilers see it."""
    shutil.copytree(headers, work / "include")
    (work / "include" / "pyconfig.h").write_text(
        render_pyconfig_h(parse_platform("win_amd64", source="test"), version)
    )
    macro = re.compile(r"^(\s*#\s*define\s+PyAPI_(?:FUNC|DATA)\(RTYPE\)).*$", re.MULTILINE)
    for file in (work / "include").rglob("*.h"):
        text = file.read_text(encoding="utf-8")
        file.write_text(macro.sub(r"\1 DECLARED RTYPE", text), encoding="utf-8")
    (work / "all.c").write_text("#include <Python.h>\n")
    command = [*ZIG, "cc", "-target", "x86_64-windows-gnu", "-E", "-P", "-Iinclude", "all.c"]
    done = subprocess.run(command, check=True, cwd=work, capture_output=True, text=True)
    text = re.sub(r"__attribute__\s*\(\(.*?\)\)", "", done.stdout)
    return {declared_name(found) for found in re.findall(r"\bDECLARED\b([^;{]*)[;{]", text)}


def declared_name(declaration: str) -> str:
    before, _, behind = declaration.partition("(")
    pointer_to_function = re.match(r"\s*\*\s*(\w+)", behind)
    if pointer_to_function:
        return str(pointer_to_function[1])
    words: list[str] = re.findall(r"\w+", re.sub(r"\[.*?\]", "", before))
    return words[-1]


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
    _effects.realise(made, tmp_path / "made")
    (tmp_path / "tiny.c").write_text(MODULE)
    flags = ["-Wall", "-Werror", "-shared", "-fPIC", "-fno-sanitize=undefined"]
    flags += ["-DPy_LIMITED_API=0x030a0000"] if stable_abi else []
    libraries = made.python.import_libraries
    library = libraries.get("dynamic_stableabi" if stable_abi else "dynamic")
    command = [*ZIG, "cc", "-target", platform.zig_target, *flags, "-Imade/include", "tiny.c"]
    subprocess.run(
        [*command, *([library] if library else []), "-o", "tiny.so"], check=True, cwd=tmp_path
    )
    if platform.row.system == "windows":
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
