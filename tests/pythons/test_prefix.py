from __future__ import annotations

import struct
from pathlib import Path

import pytest

from crosshook.errors import CrosshookError
from crosshook.pythons.composed import Composition
from crosshook.pythons.prefix import read_prefix
from crosshook.target.platforms import parse_platform
from scripts.target_pythons import windows_python
from tests.conftest import py
from tests.pythons.test_composed import make_headers


def make_windows(prefix: Path, machine: int = 0xAA64) -> Path:
    make_headers(prefix / "include")
    header = bytearray(0x100)
    header[:2] = b"MZ"
    header[0x3C:0x40] = struct.pack("<I", 0x80)
    header[0x80:0x86] = b"PE\0\0" + struct.pack("<H", machine)
    (prefix / "python313.dll").write_bytes(header)
    (prefix / "libs").mkdir()
    for name in ("python313.lib", "python3.lib"):
        (prefix / "libs" / name).touch()
    return prefix


def make_posix(prefix: Path, soabi: str = "cpython-313-aarch64-linux-gnu") -> Path:
    make_headers(prefix / "include" / "python3.13")
    stdlib = prefix / "lib" / "python3.13"
    stdlib.mkdir(parents=True)
    data = f"# made by configure\nbuild_time_vars = {{'SOABI': {soabi!r},\n 'CC': 'gcc -m64'}}\n"
    (stdlib / "_sysconfigdata__linux_.py").write_text(data)
    return prefix


def read(prefix: Path, tag: str, made: Path, version: str = "3.13") -> Composition:
    return read_prefix(prefix, parse_platform(tag, source="test"), py(version), directory=made)


def test_windows_layout(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python")
    found = read(prefix, "win_arm64", tmp_path / "made")
    assert found.files == {}
    assert found.python.details["c_api"]["headers"] == str(prefix / "include")
    assert found.python.import_libraries["dynamic"] == str(prefix / "libs" / "python313.lib")


def test_nuget_layout(tmp_path: Path) -> None:
    make_windows(tmp_path / "pythonarm64" / "tools")
    found = read(tmp_path / "pythonarm64", "win_arm64", tmp_path / "made")
    assert found.python.details["base_prefix"] == str(tmp_path / "pythonarm64" / "tools")


def test_windows_python_for_another_machine(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python", machine=0x8664)
    with pytest.raises(CrosshookError, match="0x8664, win_arm64 needs 0xaa64"):
        read(prefix, "win_arm64", tmp_path / "made")


def test_windows_python_without_import_libraries(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python")
    (prefix / "libs" / "python3.lib").unlink()
    with pytest.raises(CrosshookError, match=r"python3\.lib: no such import library"):
        read(prefix, "win_arm64", tmp_path / "made")


def test_posix_layout_and_no_flags_of_its_builder(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python")
    found = read(prefix, "linux_aarch64", tmp_path / "made")
    assert found.python.sysconfig_vars["INCLUDEPY"] == str(prefix / "include" / "python3.13")
    assert found.python.sysconfig_vars["CC"] == "cc"


def test_posix_python_for_another_machine(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python", "cpython-313-x86_64-linux-gnu")
    with pytest.raises(CrosshookError, match="needs 'cpython-313-aarch64-linux-gnu'"):
        read(prefix, "linux_aarch64", tmp_path / "made")


def test_debian_layout_gets_one_pyconfig(tmp_path: Path) -> None:
    prefix = tmp_path / "root"
    make_posix(prefix / "usr")
    split = prefix / "usr" / "include" / "aarch64-linux-gnu" / "python3.13"
    split.mkdir(parents=True)
    (split / "pyconfig.h").write_text("#define SIZEOF_VOID_P 8\n")
    found = read(prefix, "linux_aarch64", tmp_path / "made")
    assert found.files == {"include/pyconfig.h": "#define SIZEOF_VOID_P 8\n"}
    assert found.python.sysconfig_vars["INCLUDEPY"] == str(tmp_path / "made" / "include")


def test_prefix_with_the_data_of_several_processors(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python")
    other = prefix / "lib" / "python3.13" / "_sysconfigdata__aaa.py"
    other.write_text("build_time_vars = {'SOABI': 'cpython-313-x86_64-linux-gnu'}\n")
    found = read(prefix, "linux_aarch64", tmp_path / "made")
    assert found.python.sysconfig_vars["SOABI"] == "cpython-313-aarch64-linux-gnu"
    assert read(prefix, "linux_x86_64", tmp_path / "made").files == {}


@pytest.mark.parametrize("text", ["", "build_time_vars = {'SOABI': f()}", "build_time_vars = {'}"])
def test_sysconfig_data_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    prefix = make_posix(tmp_path / "python")
    (prefix / "lib" / "python3.13" / "_sysconfigdata__linux_.py").write_text(text)
    with pytest.raises(CrosshookError, match="not an installed Python"):
        read(prefix, "linux_aarch64", tmp_path / "made")


def test_posix_layout_without_pyconfig(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python")
    (prefix / "include" / "python3.13" / "pyconfig.h").unlink()
    with pytest.raises(CrosshookError, match=r"pyconfig\.h: no such file"):
        read(prefix, "linux_aarch64", tmp_path / "made")


def test_the_whole_version_is_that_of_the_prefix(tmp_path: Path) -> None:
    windows = read(make_windows(tmp_path / "windows"), "win_arm64", tmp_path / "made")
    posix = read(make_posix(tmp_path / "posix"), "linux_aarch64", tmp_path / "made")
    for found in (windows, posix):
        assert found.python.details["implementation"]["version"]["micro"] == 2


@pytest.mark.parametrize("tag", ["win_arm64", "linux_aarch64"])
def test_a_directory_without_python(tmp_path: Path, tag: str) -> None:
    with pytest.raises(CrosshookError, match=r"no Python\.h"):
        read(tmp_path, tag, tmp_path / "made")


def test_a_prefix_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CrosshookError, match=r"--target-python: .*neither a directory"):
        read(tmp_path / "nowhere", "win_arm64", tmp_path / "made")


@pytest.mark.integration
def test_a_real_python_for_windows(tmp_path: Path) -> None:
    prefix = windows_python("3.13")
    found = read(prefix, "win_amd64", tmp_path)
    assert found.python.details["base_prefix"] == str(prefix)
    with pytest.raises(CrosshookError, match="win_arm64 needs 0xaa64"):
        read(prefix, "win_arm64", tmp_path)


def test_free_threaded_windows_layout(tmp_path: Path) -> None:
    prefix = make_windows(tmp_path / "python")
    for name in ("python313.dll", "libs/python313.lib"):
        (prefix / name).rename(prefix / name.replace("313", "313t"))
    found = read(prefix, "win_arm64", tmp_path / "made", "3.13t")
    # It may have python3t.lib as well, which Python.h lets nothing be compiled for.
    assert found.python.import_libraries == {"dynamic": str(prefix / "libs" / "python313t.lib")}
    # Both builds share the official headers.
    assert found.python.details["c_api"]["headers"] == str(tmp_path / "made" / "include")
    assert found.trees == {"include": prefix / "include"}
    assert "#define Py_GIL_DISABLED 1\n" in found.files["include/pyconfig.h"]
    assert "of another machine" in found.files["include/pyconfig.h"]
    with pytest.raises(CrosshookError, match=r"python313\.dll: no such file"):
        read(prefix, "win_arm64", tmp_path / "made")


def test_free_threaded_posix_layout(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python", "cpython-313t-aarch64-linux-gnu")
    for directory in ("include", "lib"):
        (prefix / directory / "python3.13").rename(prefix / directory / "python3.13t")
    found = read(prefix, "linux_aarch64", tmp_path / "made", "3.13t")
    assert found.python.details["c_api"]["headers"] == str(prefix / "include" / "python3.13t")


def test_posix_python_with_the_gil_is_not_free_threaded(tmp_path: Path) -> None:
    prefix = make_posix(tmp_path / "python", "cpython-313-aarch64-linux-gnu")
    for directory in ("include", "lib"):
        (prefix / directory / "python3.13").rename(prefix / directory / "python3.13t")
    with pytest.raises(CrosshookError, match="needs 'cpython-313t-aarch64-linux-gnu'"):
        read(prefix, "linux_aarch64", tmp_path / "made", "3.13t")
