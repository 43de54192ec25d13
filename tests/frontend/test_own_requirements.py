"""What crosshook requires, copied into a site-packages directory, in a real interpreter's eyes."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from crosshook.frontend.own_requirements import copy_into, own_requirements

PACKAGING = importlib.metadata.version("packaging")
PYTHON = "3.13.2"


def copied(directory: Path, *texts: str, there: dict[str, str] | None = None) -> tuple[str, ...]:
    requirements = [Requirement(text) for text in texts]
    return copy_into(directory, requirements, there=there or {}, python=PYTHON)


def test_a_copy_is_what_an_installer_would_have_made(tmp_path: Path) -> None:
    assert copied(tmp_path, "packaging>=24") == ()
    assert not list(tmp_path.rglob("__pycache__"))
    code = (
        "import importlib.metadata, sys; sys.path.insert(0, sys.argv[1]); "
        "import packaging.requirements; print(packaging.__file__); "
        "one = importlib.metadata.distribution('packaging'); "
        "print(one.version, all(file.locate().is_file() for file in one.files "
        "if '__pycache__' not in file.parts))"
    )
    command = [sys.executable, "-IS", "-c", code, str(tmp_path)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert out == [str(tmp_path / "packaging" / "__init__.py"), f"{PACKAGING} True"]


def test_what_is_there_stays(tmp_path: Path) -> None:
    assert copied(tmp_path, "packaging>=24", there={"packaging": "24.2"}) == ()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("requirement", "there"),
    [
        ("packaging>=24", {"packaging": "23.2"}),
        ("packaging<24", {}),
        ("a-distribution-that-nobody-has", {}),
        # With code for this machine, and with requirements of its own.
        ("coverage", {}),
        ("build", {}),
        # Installed from a checkout.
        ("crosshook", {}),
    ],
)
def test_what_is_left_to_an_installer(
    tmp_path: Path, requirement: str, there: dict[str, str]
) -> None:
    assert copied(tmp_path, requirement, there=there) == (requirement,)
    assert not list(tmp_path.iterdir())


def test_a_copy_has_to_be_for_the_python(tmp_path: Path) -> None:
    old = [Requirement("packaging>=24")]
    assert copy_into(tmp_path, old, there={}, python="3.6.15") == ("packaging>=24",)
    assert not list(tmp_path.iterdir())


def test_markers_are_for_the_python_of_the_environment(tmp_path: Path) -> None:
    text = "a-distribution-that-nobody-has ; python_version < '3.11'"
    assert copied(tmp_path, text) == ()
    (left,) = copy_into(tmp_path, [Requirement(text)], there={}, python="3.10.4")
    assert left.startswith("a-distribution-that-nobody-has")


def test_extras_are_not_required() -> None:
    assert {one.name for one in own_requirements()} == {"packaging", "tomli"}
