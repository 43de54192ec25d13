from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pefile
import pytest

from crosshook import _effects
from crosshook.platforms import parse_platform
from crosshook.pythons.composed import compose
from crosshook.pythons.exports import exports
from scripts.target_pythons import WINDOWS, windows_python
from tests.pythons.test_composed import ZIG

VERSIONS = [(3, minor) for minor in range(10, 14)]

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


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("stable_abi", [False, True])
def test_lists_are_whole(version: tuple[int, int], stable_abi: bool) -> None:
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
    assert {"PyMutex_Lock", "PyCriticalSection_Begin"} <= exports((3, 13), stable_abi=False).keys()


@pytest.mark.integration
@pytest.mark.parametrize("stable_abi", [False, True])
@pytest.mark.parametrize("version", WINDOWS)
@pytest.mark.parametrize("tag", ["win_arm64", "win_amd64", "win32", "manylinux_2_28_aarch64"])
def test_an_extension_links_to_what_was_composed(
    tmp_path: Path, tag: str, version: str, stable_abi: bool
) -> None:
    platform = parse_platform(tag, source="test")
    major, minor = map(int, version.split("."))
    made = compose(
        platform,
        (major, minor),
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
        assert dll == ("python3.dll" if stable_abi else f"python{major}{minor}.dll")
        assert {"PyList_Type", "_Py_NoneStruct", "PyModule_Create2"} <= imported[dll]
        assert imported[dll] <= exports((major, minor), stable_abi=stable_abi).keys()


def python_imports(module: pefile.PE) -> dict[str, set[str]]:
    """Return the names that a module imports from Python's DLLs, by DLL."""
    table = getattr(module, "DIRECTORY_ENTRY_IMPORT", ())
    found = {e.dll.decode().lower(): {i.name.decode() for i in e.imports} for e in table}
    return {dll: names for dll, names in found.items() if dll.startswith("python")}
