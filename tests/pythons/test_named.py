"""``--target-python`` with a ``build-details.json``: as the file, and inside a prefix."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crosshook.errors import CrosshookError
from crosshook.pythons.composed import Composition
from crosshook.pythons.description import describe_cpython
from crosshook.pythons.named import Named, find_build_details, read_target_python
from crosshook.target.platforms import parse_platform
from tests.conftest import py
from tests.pythons.test_build_details import MISSING, changed, full, windows
from tests.pythons.test_composed import make_headers
from tests.pythons.test_prefix import make_posix, make_windows

STANDARD = "lib/python3.13/build-details.json"
DEBIAN = "lib/python3.13/build-details..aarch64-linux-gnu.json"


def write(file: Path, data: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data), encoding="utf-8")
    return file


def read(named: Path, made: Path, tag: str = "linux_aarch64") -> Named:
    platform = parse_platform(tag, source="test")

    def compose() -> Composition:
        python = describe_cpython(
            platform, py("3.13"), prefix=str(made), headers=str(made / "include")
        )
        return Composition(python=python, trees={}, files={"composed": ""}, commands=())

    return read_target_python(named, platform, py("3.13"), directory=made, compose=compose)


def relative() -> dict[str, Any]:
    """As a ``make install`` with relative paths writes it."""
    data = changed("base_prefix", "../..")
    data["c_api"] = {"headers": "./include/python3.13"}
    data["base_interpreter"] = "./bin/python3.13"
    data["implementation"]["version"]["micro"] = 7
    return data


@pytest.mark.parametrize("name", [STANDARD, DEBIAN])
def test_a_prefix_that_describes_itself(tmp_path: Path, name: str) -> None:
    prefix = make_posix(tmp_path / "python")
    (prefix / "bin").mkdir()
    (prefix / "bin/python3.13").touch()
    write(prefix / name, relative())
    found = read(prefix, tmp_path / "made")
    details = found.composition.python.details
    assert details["implementation"]["version"]["micro"] == 7
    assert details["base_interpreter"] == str(prefix / "bin/python3.13")
    assert details["c_api"]["headers"] == str(prefix / "include/python3.13")
    assert found.unpacked
    assert found.notes == ()


def test_what_is_not_on_this_machine_is_left_out(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python")
    write(prefix / STANDARD, relative())
    details = read(prefix, tmp_path / "made").composition.python.details
    assert "base_interpreter" not in details
    assert details["libpython"] == {"link_extensions": False}
    assert set(details["c_api"]) == {"headers"}


@pytest.mark.parametrize("data", [{}, full("linux-x86_64")])
def test_a_prefix_with_a_description_that_cannot_be_used(tmp_path: Path, data: object) -> None:
    prefix = make_posix(tmp_path / "python")
    file = write(prefix / STANDARD, data)
    found = read(prefix, tmp_path / "made")
    assert found.composition.python.details["base_prefix"] == str(prefix)
    (note,) = found.notes
    assert note.startswith(f"left aside: {file}: ")


def test_mending_is_said(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python")
    file = write(prefix / STANDARD, changed("abi.extension_suffix", MISSING))
    (note,) = read(prefix, tmp_path / "made").notes
    assert note.startswith(f"{file}: mended: abi.extension_suffix: missing")


def test_a_prefix_for_windows(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python")
    write(prefix / "build-details.json", windows())
    found = read(prefix, tmp_path / "made", "win_arm64").composition.python
    assert found.details["libpython"] == {
        "dynamic": str(prefix / "python313.dll"),
        "link_extensions": True,
    }
    assert found.details["c_api"]["headers"] == str(prefix / "include")
    assert found.import_libraries["dynamic"] == str(prefix / "libs/python313.lib")


def test_the_file_of_a_prefix(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "root/usr")
    found = read(write(prefix / DEBIAN, full()), tmp_path / "made")
    assert found.unpacked
    details = found.composition.python.details
    assert details["base_prefix"] == str(prefix)
    assert details["c_api"]["headers"] == str(prefix / "include/python3.13")


def test_a_file_alone_is_composed(tmp_path: Path) -> None:
    data = changed("base_prefix", "/nowhere/usr")
    data["suffixes"]["kept"] = ["so"]
    data["arbitrary_data"] = {
        "other": 1,
        "crosshook": {"sysconfig_vars": {"SIZEOF_VOID_P": 4, "CFLAGS": "-mtheirs", "LIBDIR": "/x"}},
    }
    found = read(write(tmp_path / "target.json", data), tmp_path / "made")
    assert not found.unpacked
    assert found.composition.files == {"composed": ""}
    assert found.notes == ("development files are composed: /nowhere/usr: not on this machine",)
    python = found.composition.python
    assert python.details["suffixes"]["kept"] == ["so"]
    assert python.details["base_prefix"] == str(tmp_path / "made")
    assert python.details["c_api"] == {"headers": str(tmp_path / "made/include")}
    assert python.details["arbitrary_data"] == {"other": 1}
    assert python.sysconfig_vars["SIZEOF_VOID_P"] == 4
    assert "-mtheirs" not in str(python.sysconfig_vars["CFLAGS"])
    assert python.sysconfig_vars["LIBDIR"] != "/x"


def test_a_file_whose_prefix_here_is_another_python(tmp_path: Path) -> None:
    """/usr of the target machine and /usr of this one."""
    prefix = make_posix(tmp_path / "usr", "cpython-313-x86_64-linux-gnu")
    found = read(
        write(tmp_path / "target.json", changed("base_prefix", str(prefix))), tmp_path / "made"
    )
    assert not found.unpacked
    assert "SOABI is 'cpython-313-x86_64-linux-gnu'" in found.notes[0]


def test_a_file_without_headers_is_composed(tmp_path: Path) -> None:
    data = changed("base_prefix", "/nowhere/usr")
    del data["c_api"]
    found = read(write(tmp_path / "target.json", data), tmp_path / "made")
    headers = found.composition.python.details["c_api"]["headers"]
    assert headers == str(tmp_path / "made/include")


def test_a_file_of_another_python(tmp_path: Path) -> None:
    file = write(tmp_path / "target.json", full("linux-x86_64"))
    with pytest.raises(CrosshookError, match=r"platform is 'linux-x86_64', linux_aarch64 needs"):
        read(file, tmp_path / "made")


def test_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(CrosshookError, match="neither a directory nor a file"):
        read(tmp_path / "nowhere", tmp_path / "made")


def test_a_prefix_without_description(tmp_path: Path) -> None:
    make_headers(tmp_path / "include/python3.13")
    assert find_build_details(tmp_path, parse_platform("win32", source="test"), py("3.13")) is None
    found = find_build_details(tmp_path, parse_platform("linux_x86_64", source="test"), py("3.13"))
    assert found is None
