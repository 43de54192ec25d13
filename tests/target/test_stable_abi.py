from __future__ import annotations

import pytest

from crosshook.pythons.exports import exports
from crosshook.target.stable_abi import stable_abi_names
from tests.conftest import py

_ELSEWHERE_ALONE = {
    "PyOS_AfterFork",
    "PyOS_AfterFork_Child",
    "PyOS_AfterFork_Parent",
    "PyOS_BeforeFork",
}


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14", "3.15"])
def test_the_names_are_those_that_python3_dll_exports(version: str) -> None:
    exported = set(exports(py(version), stable_abi=True))
    # That of a debug build and of win32 are forwarded as well, to nowhere.
    nowhere = {"PyOS_CheckStack", "_Py_NegativeRefcount", "_Py_RefTotal"}
    assert stable_abi_names(py(version), windows=True) - nowhere == exported - nowhere


def test_names_that_depend_on_the_system() -> None:
    windows = stable_abi_names(py("3.13"), windows=True)
    elsewhere = stable_abi_names(py("3.13"), windows=False)
    assert elsewhere - windows == _ELSEWHERE_ALONE
    assert "PyErr_SetFromWindowsErr" in windows - elsewhere


@pytest.mark.parametrize(
    ("name", "first"),
    [("PyList_New", "3.2"), ("PyObject_GetTypeData", "3.12"), ("PyUnicode_AsUTF8AndSize", "3.10")],
)
def test_the_version_that_a_name_came_with(name: str, first: str) -> None:
    before = py(f"3.{int(first.partition('.')[2]) - 1}")
    assert name in stable_abi_names(py(first), windows=False)
    assert name not in stable_abi_names(before, windows=False)
